"""Print the report of a round of a crisis as a PDF on A4 pages: facts about the event, then a line per structure."""

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
from fpdf.enums import Align

from ror.exchange.about import About, LabelledText
from ror.exchange.printed_page import INK, MARGIN, RULE, SOFT, WIDTH, Paper
from ror.model.crisis import ExtraCount
from ror.model.french import count, number

_TELEPHONE, _TENSION = 26.0, 17.0
_SHORT = {
    ExtraCount.REOPENABLE: "Réactiv.",
    ExtraCount.MOBILIZED: "Mobilisés",
    ExtraCount.IN_24_HOURS: "À 24 h",
}
"""The names of the counts in a column of a page."""


def to_pdf(about: About, facts: Sequence[LabelledText], structures: pa.Table, extras: Iterable[ExtraCount]) -> bytes:
    """Print a report: the `facts`, then `structures`, the table of `services.coordination.crisis_report.structures_table`."""
    paper = Paper(about)
    paper.add_page()
    for name, words in facts:
        paper.write_paragraph(f"{name} : {words}", 9.5, INK)
    paper.ln(2)
    paper.write_line(count(structures.num_rows, "structure"), 11, INK, "B", 7)
    numbers = {"Répondu": "Répondu", "Lits": "Lits", "Places": "Places", **{one.label: _SHORT[one] for one in extras}}
    _names(paper, numbers)
    for row in structures.to_pylist():
        if paper.ensure_room(10.5):
            _names(paper, numbers)
        _structure(paper, row, numbers)
    return bytes(paper.output())


def _widths(numbers: dict[str, str]) -> dict[str, float]:
    """Return the widths of the columns in mm; the structure has the rest of the page."""
    others = {**dict.fromkeys(numbers, 17.0), "Tension": _TENSION, "Téléphone": _TELEPHONE}
    return {"Structure": WIDTH - sum(others.values()), **others}


def _names(paper: Paper, numbers: dict[str, str]) -> None:
    paper.set_fill_color("#e8edf2")
    for name, width in _widths(numbers).items():
        align = Align.R if name in numbers else Align.L
        paper.write_box(numbers.get(name, name), 8.5, INK, width=width, style="B", align=align, fill=True)
    paper.ln(6.5)


def _structure(paper: Paper, row: dict[str, Any], numbers: dict[str, str]) -> None:
    top, left = paper.get_y(), MARGIN
    cells = row | {"Répondu": f"{row['Répondu']} / {row['Demandées']}", "Tension": row["Tension"].partition(",")[0]}
    for name, width in _widths(numbers).items():
        paper.set_xy(left, top + 0.6)
        value = cells[name]
        words = "" if value is None else number(value) if isinstance(value, int) else str(value)
        align, style = (Align.R, "") if name in numbers else (Align.L, "B" if name == "Structure" else "")
        paper.write_box(words, 8.5, INK, width=width, height=4.5, style=style, align=align)
        left += width
    missing = f" - sans réponse : {row['Sans réponse']}" if row["Sans réponse"] else ""
    paper.set_xy(MARGIN, top + 5)
    paper.write_box(f"{row['Commune']}{missing}", 7.5, SOFT, width=WIDTH, height=3.6)
    paper.set_draw_color(RULE)
    paper.line(MARGIN, top + 9.2, MARGIN + WIDTH, top + 9.2)
    paper.set_xy(MARGIN, top + 9.6)
