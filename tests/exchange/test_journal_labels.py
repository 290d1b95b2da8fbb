"""Every subject, key and action that the services write in the journal has French words: they are read from the source."""

import ast
from collections.abc import Iterator
from functools import cache

from ror.exchange.journal_labels import KEYS, SUBJECTS, VALUES
from ror.model.call_round import CallKind
from ror.settings import ROOT

WRITERS = {"record", "refusals", "require", "authorized_transaction", "JournalEntry"}

Values = dict[str, list[ast.expr]]


def assigned(tree: ast.Module) -> Values:
    """Return what each name of a module is given, wherever that is."""
    values: Values = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            values.setdefault(node.target.id, []).append(node.value)
        for target in node.targets if isinstance(node, ast.Assign) else ():
            pairs = (
                zip(target.elts, node.value.elts, strict=True)
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
                else [(target, node.value)]
            )
            for name, value in pairs:
                if isinstance(name, ast.Name):
                    values.setdefault(name.id, []).append(value)
    return values


def texts(node: ast.expr | None, values: Values) -> Iterator[str]:
    """Yield the texts that an expression may be, or begin with."""
    match node:
        case ast.Name(id=name):
            for value in values.get(name, ()):
                yield from texts(value, {})
        case ast.Constant(value=str(text)) | ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from texts(one, values)
            yield from texts(other, values)


@cache
def modules() -> list[tuple[ast.Module, Values]]:
    """Return the modules of the services, each with what its names are given."""
    trees = [ast.parse(path.read_text("utf-8")) for path in sorted((ROOT / "ror" / "services").rglob("*.py"))]
    return [(tree, assigned(tree)) for tree in trees]


@cache
def returned() -> dict[str, list[tuple[ast.expr, Values]]]:
    """Return what each function of the services returns, by its name."""
    found: dict[str, list[tuple[ast.expr, Values]]] = {}
    for tree, values in modules():
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            for node in ast.walk(function):
                if isinstance(node, ast.Return) and node.value is not None:
                    found.setdefault(function.name, []).append((node.value, values))
    return found


def keys_of(node: ast.expr, values: Values, depth: int = 0) -> Iterator[str]:
    """Yield the keys of the dictionary that an expression is: written out, named, merged, filtered or returned."""
    if depth > 5:
        return
    match node:
        case ast.Dict():
            for key, value in zip(node.keys, node.values, strict=True):
                yield from texts(key, values) if key else keys_of(value, values, depth + 1)
        case ast.Name(id=name):
            for value in values.get(name, ()):
                yield from keys_of(value, values, depth + 1)
        case ast.BinOp(left=one, right=other) | ast.IfExp(body=one, orelse=other):
            yield from keys_of(one, values, depth + 1)
            yield from keys_of(other, values, depth + 1)
        case ast.DictComp(generators=[ast.comprehension(iter=ast.Call(func=ast.Attribute(value=filtered, attr="items")))]):
            yield from keys_of(filtered, values, depth + 1)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            for value, of_its_module in returned().get(name, ()):
                yield from keys_of(value, of_its_module, depth + 1)


@cache
def written() -> tuple[set[str], set[str]]:
    """Return the kinds of subjects, and the keys of the values before and after, that the services write."""
    kinds, keys = set(), set()
    for tree, values in modules():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if getattr(call.func, "attr", getattr(call.func, "id", "")) not in WRITERS:
                continue
            kinds |= {text.partition(":")[0] for argument in call.args for text in texts(argument, values)}
            given = [argument.value for argument in call.keywords if argument.arg in ("before", "after")]
            keys |= {key for value in given for key in keys_of(value, values)}
    return kinds, keys


def test_every_subject_that_the_services_write_has_words():
    kinds, _ = written()
    assert len(kinds) > 25
    assert kinds - set(SUBJECTS) == set()


def test_every_key_that_the_services_write_has_words():
    _, keys = written()
    assert len(keys) > 40
    assert keys - set(KEYS) == set()


def test_every_action_that_the_services_write_has_words():
    actions = {
        text
        for tree, values in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and key.value == "action"
        for text in texts(value, values)
    }
    assert len(actions) > 30
    assert (actions | set(CallKind)) - set(VALUES) == set()
