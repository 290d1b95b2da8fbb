"""The situation report of a département: totals, map, charts and structures on A4 pages, as a PDF."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fpdf import FPDF
from fpdf.enums import Align

from ror.exchange.about import APART, About
from ror.exchange.printed_page import INK, LETTERS, MARGIN, RULE, SOFT, WIDTH, Paper, printable
from ror.exchange.printed_summary import SummaryRow, print_badges, print_totals
from ror.exchange.shapes import draw_badge
from ror.model.french import count, number, phone
from ror.model.nomenclature import CapacityType

_MAP, _CHART = (90.0, 104.0), (92.0, 51.0)
"""Widths and heights in mm of the pictures."""

MAX_BARS = 10
"""Most structures of a chart: those that offer most. The table has all of them."""

CHARTS_NOTE = f"Les graphiques montrent les {MAX_BARS} structures qui offrent le plus, le tableau les donne toutes."


@dataclass(frozen=True, slots=True)
class Situation:
    """The data of a report: `total` is the sum of `structures`; `types` are beds, places or both.

    Pictures are PNG; a chart is None when nothing is available, the map when the outlines are unknown.
    """

    about: About
    total: SummaryRow
    structures: Sequence[SummaryRow]
    types: tuple[CapacityType, ...]
    map: bytes | None
    charts: Mapping[CapacityType, bytes | None]


def to_pdf(situation: Situation) -> bytes:
    """Print the report; each page has its title, its instant, and a banner when it is fictitious."""
    paper = Paper(situation.about)
    paper.add_page()
    for name, words in situation.about.criteria:
        paper.write_paragraph(f"Filtre - {name} : {words}", 9, INK)
    print_totals(paper, situation.total, situation.types)
    _legend(paper, situation)
    _pictures(paper, situation)
    _structures(paper, situation)
    return bytes(paper.output())


def message_pdf(text: str) -> bytes:
    """Print a PDF of one page with one message: why there is no report."""
    paper = FPDF(format="A4")
    paper.core_fonts_encoding = LETTERS
    paper.add_page()
    paper.set_font("Helvetica", size=12)
    paper.multi_cell(0, 7, printable(text))
    return bytes(paper.output())


def _legend(paper: Paper, situation: Situation) -> None:
    """Print the legend: the bands in their colour and shape, and what they mean."""
    print_badges(paper)
    late = situation.about.late.partition(" ")[2]
    words = f"{late} La couleur d'une structure est celle de son unité médiane. {APART} {CHARTS_NOTE}"
    paper.write_paragraph(f"{words} {_map_caption(situation)}", 7.5, SOFT)
    paper.ln(2)


def _map_caption(situation: Situation) -> str:
    """Return the explanation of the map, with the number of structures that are not on it."""
    if not situation.map:
        return ""
    off = sum(row["longitude"] is None for row in situation.structures)
    missing = f" Sans position connue, {count(off, 'structure')} n'y {'est' if off < 2 else 'sont'} pas." if off else ""
    return f"Sur la carte, un point grandit avec le plus grand des deux nombres de la structure, lits ou places.{missing}"


def _pictures(paper: Paper, situation: Situation) -> None:
    """Print the map on the left, and the charts on its right, one under the other."""
    paper.ensure_room(_MAP[1])
    top = paper.get_y()
    if situation.map:
        words = "Carte des structures du département, à la couleur de leur unité médiane ; le tableau dit la même chose."
        _picture(paper, situation.map, (MARGIN, top), _MAP, words)
    for index, kind in enumerate(situation.types):
        left, under = MARGIN + WIDTH - _CHART[0], top + index * (_CHART[1] + 2)
        if chart := situation.charts[kind]:
            _picture(paper, chart, (left, under), _CHART, f"{kind.label.capitalize()}s disponibles par structure, selon l'âge")
        else:
            paper.set_xy(left, under)
            paper.write_box(f"{kind.label.capitalize()}s : aucune disponibilité déclarée.", 9, SOFT, width=_CHART[0])
    paper.set_xy(MARGIN, top + _MAP[1] + 3)


def _picture(paper: Paper, png: bytes, position: tuple[float, float], size: tuple[float, float], alt_text: str) -> None:
    paper.image(io.BytesIO(png), *position, w=size[0], h=size[1], keep_aspect_ratio=True, alt_text=alt_text)


def _structures(paper: Paper, situation: Situation) -> None:
    """Print a line per structure, with the names of the columns on each page."""
    columns = _columns(situation.types)
    paper.write_line(count(len(situation.structures), "structure"), 11, INK, "B", 7)
    _names(paper, columns)
    for row in situation.structures:
        paper.set_font("Helvetica", "B", 8.5)
        lines = paper.wrap(row["structure"], columns["Structure"] - 2, 2)
        height = 4.0 * len(lines) + 4.6
        if paper.ensure_room(height):
            _names(paper, columns)
        _structure(paper, situation.about, row, lines, height, columns)


def _columns(types: Sequence[CapacityType]) -> dict[str, float]:
    """Return the widths of the columns in mm by name; the structure has the rest of the page."""
    numbers = {"Lits": 13.0} if CapacityType.BED in types else {}
    numbers |= {"Places": 14.0} if CapacityType.PLACE in types else {}
    others = {"Âge": 34.0, **numbers, "Unités": 14.0, "En retard": 18.0, "Téléphone": 27.0 + _GAP}
    return {"Structure": WIDTH - sum(others.values()), **others}


def _names(paper: Paper, columns: Mapping[str, float]) -> None:
    paper.set_fill_color("#e8edf2")
    for name, width in columns.items():
        align = Align.R if name in _NUMBERS else Align.L
        if name == "Téléphone":
            paper.write_box("", 8.5, INK, width=_GAP, fill=True)
            width -= _GAP
        paper.write_box(name, 8.5, INK, width=width, style="B", align=align, fill=True)
    paper.ln(6.5)


_GAP = 4.0
"""Space in mm between the last number and the telephone."""

_NUMBERS = {"Lits": "beds", "Places": "places", "Unités": "units", "En retard": "overdue"}


def _structure(
    paper: Paper, about: About, row: SummaryRow, lines: Sequence[str], height: float, columns: Mapping[str, float]
) -> None:
    top, left = paper.get_y(), MARGIN
    for index, line in enumerate(lines):
        paper.set_xy(left, top + 0.6 + 4.0 * index)
        paper.write_box(line, 8.5, INK, width=columns["Structure"], height=4, style="B")
    paper.set_xy(left, top + 0.6 + 4.0 * len(lines))
    paper.write_box(row["commune"], 7.5, SOFT, width=columns["Structure"], height=3.4)
    for name, width in columns.items():
        paper.set_xy(left, top + 0.6)
        if name == "Âge":
            band = None if row["rank"] is None else about.bands[row["rank"]]
            draw_badge(paper, band, left, top + 0.8, band.label if band else "Fermée", width - 2)
        elif name == "Téléphone":
            for index, line in enumerate(paper.wrap(phone(row.get("bed_telephone") or row["telephone"]), width - _GAP, 2)):
                paper.set_xy(left + _GAP, top + 0.6 + 4.0 * index)
                paper.write_box(line, 8.5, INK, width=width - _GAP, height=4.5)
        elif name in _NUMBERS:
            paper.write_box(number(row[_NUMBERS[name]]), 9, INK, width=width, height=4.5, align=Align.R)
        left += width
    paper.set_draw_color(RULE)
    paper.line(MARGIN, top + height, MARGIN + WIDTH, top + height)
    paper.set_xy(MARGIN, top + height + 0.4)
