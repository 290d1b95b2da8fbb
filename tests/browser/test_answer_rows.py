"""The list of answers in a real Chromium: what has the focus keeps it when a declaration draws the rows anew."""

import pytest

from ror.settings import ROOT

SOURCE = (ROOT / "ror/web/answer_rows.js").read_text()
ROWS = [
    {"id": finess, "figure": "4", "of": "sur 8", "age": "2 h", "title": "Réanimation", "place": "Hôpital fictif", "far": "",
     "calls": [{"label": "Gestion des lits", "telephone": "06 39 98 01 01", "uri": "tel:0639980101"},
               {"label": "Standard", "telephone": "01 99 00 03 00", "uri": "tel:0199000300"}]}
    for finess in ("990770001", "990910001")
]  # fmt: skip


@pytest.mark.parametrize("part", [".ror-row-open", ".ror-row-call:first-child", ".ror-row-call:last-child"])
def test_what_has_the_focus_keeps_it_when_rows_are_drawn_anew(page_factory, part):
    page = page_factory()
    page.evaluate(f"() => {{ {SOURCE.replace('export default function', 'window.draw = function')} }}")
    focused = page.evaluate(
        """([rows, part]) => {
            const draw = () => window.draw({ data: { label: "Unités", rows }, parentElement: document.body });
            draw();
            document.querySelectorAll(part)[1].focus();
            draw();
            return document.activeElement === document.querySelectorAll(part)[1];
        }""",
        [ROWS, part],
    )
    assert focused


def test_arrow_keys_go_to_each_telephone_of_a_row_and_back(page_factory):
    page = page_factory()
    page.evaluate(f"() => {{ {SOURCE.replace('export default function', 'window.draw = function')} }}")
    page.evaluate('(rows) => window.draw({ data: { label: "Unités", rows }, parentElement: document.body })', ROWS)
    page.locator(".ror-row-open").last.focus()
    reached = []
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
        reached.append(page.evaluate("document.activeElement.href ?? document.activeElement.className"))
    assert reached == ["tel:0639980101", "tel:0199000300", "tel:0639980101", "ror-row-open"]


def test_a_telephone_says_whom_it_calls(page_factory):
    page = page_factory()
    page.evaluate(f"() => {{ {SOURCE.replace('export default function', 'window.draw = function')} }}")
    page.evaluate('(rows) => window.draw({ data: { label: "Unités", rows }, parentElement: document.body })', ROWS)
    assert page.get_by_role("link", name="Gestion des lits 06 39 98 01 01, Réanimation, Hôpital fictif").count() == 2
