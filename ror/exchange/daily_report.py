"""Print the report of the region as a PDF and as the text of a mail: what is available, how recent it is, what changed.

It names units and structures, but no person, and contains no comment of a unit.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fpdf.enums import Align

from ror.exchange.about import APART, MEDIAN, About
from ror.exchange.printed_page import INK, MARGIN, RULE, SOFT, WIDTH, Paper
from ror.exchange.printed_summary import SummaryRow, print_badges, print_totals
from ror.exchange.shapes import draw_badge
from ror.model.french import count, number
from ror.model.freshness import freshness_words
from ror.model.local_time import format_instant
from ror.model.nomenclature import CapacityType

TITLE = "Rapport du jour"
_MAP = (90.0, 90.0)
"""Width and height in mm of the map."""

_TYPES = (CapacityType.BED, CapacityType.PLACE)


@dataclass(frozen=True, slots=True)
class TableLine:
    """A line of the table of départements or of needs; `change` is by how much beds and places changed, None if unknown."""

    name: str
    row: SummaryRow
    change: Mapping[str, int] | None


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit of a list, in words: its name, its structure with its département, its number, the age of the number."""

    unit: str
    structure: str
    number: str
    age: str


@dataclass(frozen=True, slots=True)
class UnitList:
    """A list of units: `total` is the number of all of them, `lines` the first ones."""

    title: str
    total: int
    lines: Sequence[UnitLine]


@dataclass(frozen=True, slots=True)
class DailyReport:
    """The data of a report.

    `since` is when the report that it is compared with was made, `change` how the totals changed since, `counts` the number of
    units by kind of change. All three are None for a first report. `map` is a PNG, None when the outlines are unknown.
    """

    about: About
    total: SummaryRow
    departments: Sequence[TableLine]
    needs: Sequence[TableLine]
    lists: Sequence[UnitList]
    since: datetime | None = None
    change: Mapping[str, int] | None = None
    counts: Mapping[str, int] | None = None
    map: bytes | None = None


def signed(value: int) -> str:
    """Format a change with its sign: « +3 », « -2 », « = »."""
    return f"{'+' if value > 0 else '-'}{number(abs(value))}" if value else "="


def to_pdf(report: DailyReport) -> bytes:
    """Print the report on A4 pages; each has its title, its instant, and a banner when it is fictitious."""
    paper = Paper(report.about, TITLE)
    paper.add_page()
    paper.write_paragraph(_comparison(report), 9, INK)
    paper.ln(1)
    print_totals(paper, report.total, _TYPES, _changes(report))
    print_badges(paper)
    paper.ln(1)
    _map_and_counts(paper, report)
    _table(paper, "Par département", "Département", report.departments)
    _table(paper, "Par besoin", "Besoin", report.needs)
    recent = f"« Récents » : confirmés depuis {report.about.bands[1].label}."
    recent += "" if report.since is None else " « Chang. » : depuis le rapport précédent."
    paper.write_paragraph(f"{recent} Une unité qui répond à plusieurs besoins compte dans chacun d'eux.", 7.5, SOFT)
    for units in report.lists:
        _unit_list(paper, units)
    paper.ln(2)
    late = report.about.late.partition(" ")[2]
    paper.write_paragraph(f"{late} {MEDIAN} {APART} Ce rapport ne contient ni commentaire ni nom de personne.", 7.5, SOFT)
    return bytes(paper.output())


def _comparison(report: DailyReport) -> str:
    if report.since is None:
        return "Premier rapport : il n'est comparé à aucun autre."
    return f"Les changements sont ceux depuis le rapport du {format_instant(report.since, report.about.zone)}."


def _changes(report: DailyReport) -> dict[str, str] | None:
    if report.change is None:
        return None
    return {name: f"{signed(value)} depuis le rapport précédent" for name, value in report.change.items()}


def _map_and_counts(paper: Paper, report: DailyReport) -> None:
    """Print the map on the left, and on its right how many units changed, by kind."""
    paper.ensure_room(_MAP[1] if report.map else 40)
    top, left = paper.get_y(), MARGIN
    if report.map:
        words = "Carte des structures de la région, à la couleur de leur unité médiane ; les tableaux disent la même chose."
        paper.image(io.BytesIO(report.map), left, top, w=_MAP[0], h=_MAP[1], keep_aspect_ratio=True, alt_text=words)
        left += _MAP[0] + 6
    if report.counts is not None:
        paper.set_xy(left, top)
        paper.write_box("Unités qui ont changé", 11, INK, width=80, style="B")
        for index, (name, units) in enumerate(report.counts.items(), 1):
            paper.set_xy(left, top + 2 + 6 * index)
            paper.write_box(number(units), 9.5, INK, width=14, style="B", align=Align.R)
            paper.write_box(name, 9.5, INK, width=70)
    counted = 10 + 6 * len(report.counts or ())
    paper.set_xy(MARGIN, top + max(_MAP[1] if report.map else 0, counted if report.counts else 0) + 2)


_WIDTHS = {
    **{"Âge": 31.0, "Lits": 12.0, "Récents": 15.0, "Chang.": 14.0},
    **{"Places": 14.0, "Récents ": 15.0, "Chang. ": 14.0, "Unités": 13.0, "Retard": 14.0},
}
"""The widths of the columns in mm by their titles, those of beds before those of places: of two same titles, that of places
ends with a blank. The name has the rest of the page."""


def _table(paper: Paper, title: str, first: str, lines: Sequence[TableLine]) -> None:
    """Print a table of places or needs, with the names of the columns on each page."""
    paper.ensure_room(30)
    paper.ln(2)
    paper.write_line(title, 11, INK, "B", 7)
    _headings(paper, first)
    for line in lines:
        if paper.ensure_room(6):
            _headings(paper, first)
        _table_line(paper, line)


def _headings(paper: Paper, first: str) -> None:
    paper.set_fill_color("#e8edf2")
    paper.write_box(first, 8.5, INK, width=WIDTH - sum(_WIDTHS.values()), style="B", fill=True)
    for name, width in _WIDTHS.items():
        align = Align.L if name == "Âge" else Align.R
        paper.write_box(name.strip(), 8.5, INK, width=width, style="B", align=align, fill=True)
    paper.ln(6.5)


def _table_line(paper: Paper, line: TableLine) -> None:
    row, change, top = line.row, line.change, paper.get_y()
    name_width = WIDTH - sum(_WIDTHS.values())
    paper.write_box(line.name, 8.5, INK, width=name_width, height=5.4)
    band = None if row["rank"] is None else paper.about.bands[row["rank"]]
    if row["units"] or row["shut"]:
        draw_badge(paper, band, MARGIN + name_width, top + 0.4, band.label if band else "Fermée", _WIDTHS["Âge"] - 2)
    paper.set_xy(MARGIN + name_width + _WIDTHS["Âge"], top)
    cells = {
        "Lits": number(row["beds"]),
        "Récents": number(row["beds_fresh"]),
        "Chang.": signed(change["beds"]) if change else "",
        "Places": number(row["places"]),
        "Récents ": number(row["places_fresh"]),
        "Chang. ": signed(change["places"]) if change else "",
        "Unités": number(row["units"]),
        "Retard": number(row["overdue"]),
    }
    for name, words in cells.items():
        ink = SOFT if name.startswith(("Chang.", "Récents")) else INK
        paper.write_box(words, 9, ink, width=_WIDTHS[name], height=5.4, align=Align.R)
    paper.set_draw_color(RULE)
    paper.line(MARGIN, top + 5.6, MARGIN + WIDTH, top + 5.6)
    paper.set_xy(MARGIN, top + 5.8)


_UNIT_WIDTHS = (68.0, 62.0, 29.0, 27.0)


def _unit_list(paper: Paper, units: UnitList) -> None:
    paper.ensure_room(22)
    paper.ln(2)
    paper.write_line(f"{units.title} ({number(units.total)})", 11, INK, "B", 7)
    for line in units.lines:
        paper.ensure_room(5)
        words = (line.unit, line.structure, line.number, line.age)
        for cell, width, ink in zip(words, _UNIT_WIDTHS, (INK, SOFT, INK, SOFT), strict=True):
            paper.write_box(cell, 8.5, ink, width=width, height=4.8)
        paper.ln(4.8)
    if units.total > len(units.lines):
        left = number(units.total - len(units.lines))
        paper.write_paragraph(f"... et {left} autres, dans le service et dans le tableau CSV quand il est joint.", 8.5, SOFT)


def to_text(report: DailyReport) -> str:
    """Write the report in a few lines, for a mail."""
    total, about = report.total, report.about
    beds = freshness_words(total["beds_fresh"], total["beds_old"], "confirmé", about.bands)
    places = freshness_words(total["places_fresh"], total["places_old"], "confirmée", about.bands)
    lines = [
        f"{about.region}, situation au {about.instant} ({about.zone_words}) :",
        f"- {count(total['beds'], 'lit disponible', 'lits disponibles')}, {beds}{_since(report, 'beds')}",
        f"- {count(total['places'], 'place disponible', 'places disponibles')}, {places}{_since(report, 'places')}",
        f"- {count(total['units'], 'unité')}, dont {number(total['overdue'])} en retard{_since(report, 'overdue')}",
    ]
    if about.fictitious:
        lines.insert(0, "Démonstration, données fictives.")
    if report.since is not None and report.counts is not None:
        changed = [f"{name.lower()} : {number(units)}" for name, units in report.counts.items() if units]
        since = format_instant(report.since, about.zone)
        lines += [f"Depuis le rapport du {since}, unités : {', '.join(changed) or 'aucune n’a changé'}."]
    return "\n".join(lines)


def _since(report: DailyReport, name: str) -> str:
    return f" ({signed(report.change[name])})" if report.change is not None else ""
