"""Every subject and key that the services write in the journal has French words: they are read from the source."""

import ast
from collections.abc import Iterator
from functools import cache

from ror.exchange.journal_labels import KEYS, SUBJECTS
from ror.settings import ROOT

WRITERS = {"record", "refusals", "require", "authorized_transaction", "JournalEntry"}

Values = dict[str, list[ast.expr]]


def assigned(tree: ast.Module) -> Values:
    """Return what each name of a module is given, wherever that is."""
    values: Values = {}
    for node in ast.walk(tree):
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
def written() -> tuple[set[str], set[str]]:
    """Return the kinds of subjects, and the keys of the values before and after, that the services write."""
    kinds, keys = set(), set()
    for path in sorted((ROOT / "ror" / "services").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        values = assigned(tree)
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if getattr(call.func, "attr", getattr(call.func, "id", "")) not in WRITERS:
                continue
            kinds |= {text.partition(":")[0] for argument in call.args for text in texts(argument, values)}
            given = [argument.value for argument in call.keywords if argument.arg in ("before", "after")]
            given += [one for value in given if isinstance(value, ast.Name) for one in values.get(value.id, ())]
            keys |= {text for one in given if isinstance(one, ast.Dict) for key in one.keys for text in texts(key, values)}
    return kinds, keys


def test_every_subject_that_the_services_write_has_words():
    kinds, _ = written()
    assert len(kinds) > 25
    assert kinds - set(SUBJECTS) == set()


def test_every_key_that_the_services_write_has_words():
    _, keys = written()
    assert len(keys) > 40
    assert keys - set(KEYS) == set()
