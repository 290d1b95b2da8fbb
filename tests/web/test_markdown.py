"""Text on screen: what users typed is escaped wherever Streamlit reads Markdown, and no field shows a prompt in English."""

import ast
import re

import pytest
from hypothesis import given

from ror.settings import PAGES, ROOT
from ror.web.markdown import JOINER, literal
from tests.attacks.hostile_texts import WILD

FILES = sorted([*PAGES.glob("*.py"), *(ROOT / "ror/web").rglob("*.py")])
# The methods of Streamlit that read Markdown in their first argument.
MARKDOWN_METHODS = {
    *(
        "markdown",
        "write",
        "caption",
        "title",
        "header",
        "subheader",
        "error",
        "warning",
        "info",
        "success",
        "toast",
        "exception",
    ),
    *("button", "form_submit_button", "download_button", "link_button", "popover", "expander", "checkbox", "toggle", "radio"),
    *("selectbox", "multiselect", "text_input", "text_area", "number_input", "date_input", "file_uploader", "slider", "metric"),
    *("segmented_control", "pills", "tabs", "status", "spinner", "dialog"),
}
# The names of variables whose text comes from the database or from a user.
FROM_USERS = re.compile(
    r"message|refus|question|(?<!department_)name|login|comment|author|typed|^back|structure\]|row\[", re.IGNORECASE
)


def unescaped(argument):
    """Return the parts of a label that are neither constant nor escaped."""
    if isinstance(argument, ast.Constant):
        return []
    if isinstance(argument, ast.JoinedStr):
        return [part for value in argument.values if isinstance(value, ast.FormattedValue) for part in unescaped(value.value)]
    if isinstance(argument, ast.BinOp):
        return unescaped(argument.left) + unescaped(argument.right)
    if isinstance(argument, ast.IfExp):
        return unescaped(argument.body) + unescaped(argument.orelse)
    if isinstance(argument, ast.List | ast.Tuple):
        return [part for one in argument.elts for part in unescaped(one)]
    if isinstance(argument, ast.Call) and ast.unparse(argument.func).endswith(("literal", "french.count")):
        return []
    return [ast.unparse(argument)]


def calls_of(names):
    """Yield the calls of these methods in the files of the screens, each with its file and line."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def unescaped_parts():
    for place, call in calls_of(MARKDOWN_METHODS):
        if call.args:
            for part in unescaped(call.args[0]):
                yield place, part


def test_a_field_of_choice_that_was_emptied_asks_in_french():
    fields = list(calls_of({"selectbox", "multiselect"}))
    assert fields
    assert [place for place, call in fields if "placeholder" not in {word.arg for word in call.keywords}] == []


def test_no_name_and_no_refusal_goes_into_markdown_unescaped():
    assert [place for place in unescaped_parts() if FROM_USERS.search(place[1])] == []


def test_a_label_that_holds_a_name_is_seen_by_the_rule_above():
    (unescaped_part,) = unescaped(ast.parse("f\"Unité {row['name']} {literal(row['name'])}\"", mode="eval").body)
    assert FROM_USERS.search(unescaped_part)


@pytest.mark.parametrize(
    "text",
    [
        "Hôpital d'Œuvre « fictif » : 3 lits, 2 places (aile nord)",
        "Médecine interne - 2e étage",
        "Saint-Denis, 12 rue de l'Exemple",
        "",
    ],
)
def test_ordinary_words_are_not_changed(text):
    assert literal(text) == text


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("# titre", "\\# titre"),
        ("1. liste", "1\\. liste"),
        ("- liste", "\\- liste"),
        ("---", "\\---"),
        ("===", "\\==="),
        ("**gras** _x_ ~~y~~", r"\*\*gras\*\* \_x\_ \~\~y\~\~"),
        ("[lien](https://ailleurs.example)", f"\\[lien\\](https:{JOINER}//ailleurs.example)"),
        ("www.ailleurs.example", f"www{JOINER}.ailleurs.example"),
        ("a@b.fr", f"a@{JOINER}b.fr"),
        (":red[x] :smile: :material/home:", f":{JOINER}red\\[x\\] :{JOINER}smile: :{JOINER}material/home:"),
        ("$x$ `code` <b>", r"\$x\$ \`code\` \<b\>"),
        ("a -> b", f"a -{JOINER}\\> b"),
    ],
)
def test_marks_of_markdown_and_of_streamlit_are_shown_as_they_are(text, markdown):
    assert literal(text) == markdown


@given(WILD)
def test_whatever_the_text_it_is_all_there_and_no_mark_is_left_bare(text):
    shown = literal(text)
    bare = re.sub(r"\\[!-/:-@\[-`{-~]", "", shown)
    assert not re.search(r"[\\`*_\[\]<>~$|#{}]", bare)
    assert not re.search(r"^\s*([-+=]|[0-9]+[.)])", shown, re.MULTILINE)
    assert not re.search(r":(?=[^\s\u2060])|@(?=[^\s\u2060])|www\.", shown, re.IGNORECASE)
    expected = "\n".join(line.strip() for line in text.replace(JOINER, "").splitlines())
    assert re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", shown).replace(JOINER, "") == expected or JOINER in text
