"""The situation report of a département: totals, map, charts and structures on A4 pages, as a PDF to print or hand over.

The fonts are those that every reader of PDF has; the shapes of the legend, which these lack, are drawn.
"""

import io
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from fpdf import FPDF
from fpdf.enums import Align, XPos, YPos

from ror.exchange.about import APART, FICTITIOUS, About
from ror.exchange.shapes import badge, shape
from ror.model.french import count, number, phone
from ror.model.nomenclature import CapacityType

Row = Mapping[str, Any]
"""A summary: `store.consultation.departments` and `structures` say of what."""

MARGIN, WIDTH = 12.0, 186.0
LONGEST = 400
"""Letters of one text: more than any line holds."""

_INK, _SOFT, _RULE = "#1c2733", "#4a5763", "#c5ced6"
_MAP, _CHART = (90.0, 104.0), (92.0, 51.0)
"""Widths and heights in mm of the places where pictures stand."""

MOST_BARS = 10
"""Structures of a chart: those that offer most; the table has them all."""

MOST = f"Les graphiques montrent les {MOST_BARS} structures qui offrent le plus, le tableau les donne toutes."


@dataclass(frozen=True, slots=True)
class Situation:
    """What a report tells: `total` sums `structures` up; `types` are what is counted, beds, places or both.

    Pictures are PNG; a chart is None where nothing is available, the map where the outlines are not known.
    """

    about: About
    total: Row
    structures: Sequence[Row]
    types: tuple[CapacityType, ...]
    map: bytes | None
    charts: Mapping[CapacityType, bytes | None]


def to_pdf(situation: Situation) -> bytes:
    """The report; each page says what it is, of which instant, and that it is fictitious when it is."""
    paper = _Paper(situation.about)
    paper.add_page()
    _totals(paper, situation)
    _legend(paper, situation.about)
    _pictures(paper, situation)
    _structures(paper, situation)
    return bytes(paper.output())


def sentence(text: str) -> bytes:
    """A page that says one thing: why there is no report."""
    paper = FPDF(format="A4")
    paper.core_fonts_encoding = _LETTERS
    paper.add_page()
    paper.set_font("Helvetica", size=12)
    paper.multi_cell(0, 7, printable(text))
    return bytes(paper.output())


_LETTERS = "cp1252"


def printable(text: str) -> str:
    """The text in the letters that the fonts have: others lose their accents, or are « ? »."""
    return "".join(_letter(letter) for letter in text)


def _letter(letter: str) -> str:
    if not letter.isprintable():
        return " "
    try:
        letter.encode(_LETTERS)
    except UnicodeEncodeError:
        return unicodedata.normalize("NFKD", letter).encode(_LETTERS, "ignore").decode(_LETTERS) or "?"
    return letter


class _Paper(FPDF):
    """Pages with the same head and foot."""

    def __init__(self, about: About) -> None:
        super().__init__(format="A4")
        self.about = about
        self.core_fonts_encoding = _LETTERS
        self.set_margin(MARGIN)
        self.set_auto_page_break(True, margin=16)
        self.set_lang("fr-FR")
        self.set_title(printable(about.title))
        self.set_author(printable(about.service))
        self.set_creation_date(about.at)

    def header(self) -> None:
        """Service, what the report is about, the instant of the data."""
        about = self.about
        self.line_of(f"Rapport de situation - {about.service} - {about.region}", 9, _SOFT)
        self.say(about.title, 15, _INK, width=WIDTH - 62, style="B")
        self.say(f"Situation au {about.instant}", 9.5, _INK, width=62, style="B", align=Align.R)
        self.ln(8)
        if about.fictitious:
            self.set_fill_color("#fff3cd")
            self.say(FICTITIOUS, 9, "#5c4200", width=WIDTH, height=5.5, style="B", align=Align.C, fill=True)
            self.ln(6.5)
        self.set_draw_color(_RULE)
        self.line(MARGIN, self.get_y(), MARGIN + WIDTH, self.get_y())
        self.ln(2.5)

    def footer(self) -> None:
        """Which page of how many, and once more of when."""
        self.set_y(-12)
        self.say(f"{self.about.title} - situation au {self.about.instant}, heure de Paris", 7.5, _SOFT, width=WIDTH - 30)
        self.say(f"Page {self.page_no()}/{{nb}}", 7.5, _SOFT, width=30, align=Align.R)

    def say(self, text: str, size: float, ink: str, *, width: float, height: float = 6, style: str = "", **more: Any) -> None:
        """One line in a box of the given width, cut where it ends; the next box is to its right."""
        self.set_font("Helvetica", style, size)
        self.set_text_color(ink)
        self.cell(width, height, self.cut(text, width), new_x=XPos.RIGHT, new_y=YPos.TOP, **more)

    def line_of(self, text: str, size: float, ink: str, style: str = "", height: float = 5) -> None:
        """A line of its own."""
        self.say(text, size, ink, width=WIDTH, height=height, style=style)
        self.ln(height)

    def cut(self, text: str, width: float) -> str:
        """The text in letters that the fonts have, as much of it as the width takes."""
        words = printable(text[:LONGEST])
        room = width - 2 * self.c_margin
        if self.get_string_width(words) <= room:
            return words
        while words and self.get_string_width(words + "...") > room:
            words = words[:-1]
        return words.rstrip() + "..."

    def wrapped(self, text: str, width: float, most: int) -> list[str]:
        """The text on as many lines of the width as it takes, `most` at most: the last one is cut."""
        coded = self.multi_cell(width, 1, printable(text[:LONGEST]), dry_run=True, output="LINES")
        lines = [line.encode("latin-1").decode(_LETTERS) for line in cast(list[str], coded)]
        return lines if len(lines) <= most else [*lines[: most - 1], self.cut(" ".join(lines[most - 1 :]), width)]


def _totals(paper: _Paper, situation: Situation) -> None:
    """What is available and how much of it is fresh, beds and places apart; then how old the numbers are."""
    about, row = situation.about, situation.total
    for name, words in about.asked:
        paper.line_of(f"Filtre - {name} : {words}", 9, _INK)
    fresh = about.bands[1].label
    told = {
        CapacityType.BED: (count(row["beds"], "lit disponible", "lits disponibles"), count(row["beds_fresh"], "confirmé")),
        CapacityType.PLACE: (
            count(row["places"], "place disponible", "places disponibles"),
            count(row["places_fresh"], "confirmée"),
        ),
    }
    boxes = [(first, f"dont {second} depuis {fresh}") for kind, (first, second) in told.items() if kind in situation.types]
    shut = f", {count(row['shut'], 'autre fermée', 'autres fermées')}" if row["shut"] else ""
    boxes.append((count(row["units"], "unité"), f"dont {number(row['overdue'])} en retard{shut}"))
    for style, size, height, place in (("B", 14.0, 7.0, 0), ("", 8.5, 5.0, 1)):
        for box in boxes:
            paper.say(box[place], size, _INK, width=WIDTH / len(boxes), height=height, style=style)
        paper.ln(height)
    paper.ln(1)
    _ages(paper, situation)


def _ages(paper: _Paper, situation: Situation) -> None:
    """A bar of the units, by the age of their number."""
    counts = [situation.total[f"band_{band.rank}"] for band in situation.about.bands]
    if not sum(counts):
        return
    paper.line_of("Unités, selon l'âge de leur dernière mise à jour", 8.5, _SOFT, height=4.5)
    left, top = MARGIN, paper.get_y()
    for band, units in zip(situation.about.bands, counts, strict=True):
        width = WIDTH * units / sum(counts)
        paper.set_fill_color(band.colour)
        paper.rect(left, top, width, 6, style="F")
        room = width - 1.5 - 2.6
        if room > 0:
            shape(paper, band, left + 1.5, top + 1.7, 2.6, band.ink)
        if room > paper.get_string_width(number(units)) + 2 * paper.c_margin:
            paper.set_xy(left + 4.1, top)
            paper.say(number(units), 8.5, band.ink, width=room, style="B")
        left += width
    paper.set_xy(MARGIN, top + 7.5)


def _legend(paper: _Paper, about: About) -> None:
    """The bands in their colour, shape and words, and what they mean."""
    room = WIDTH / len(about.bands)
    for place, band in enumerate(about.bands):
        badge(paper, band, MARGIN + place * room, paper.get_y(), band.label, room - 3)
    paper.ln(6)
    paper.set_font("Helvetica", "", 7.5)
    paper.set_text_color(_SOFT)
    late = about.late.partition(" ")[2]
    words = f"{late} La couleur d'une structure est celle de son unité médiane. {APART} {MOST}"
    paper.multi_cell(WIDTH, 3.6, printable(words), align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.ln(2)


def _pictures(paper: _Paper, situation: Situation) -> None:
    """The map on the left, the charts on its right, one under the other."""
    top = paper.get_y()
    if situation.map:
        words = "Carte des structures du département, à la couleur de leur unité médiane ; le tableau dit la même chose."
        _picture(paper, situation.map, (MARGIN, top), _MAP, words)
    for place, kind in enumerate(situation.types):
        left, under = MARGIN + WIDTH - _CHART[0], top + place * (_CHART[1] + 2)
        if drawn := situation.charts[kind]:
            _picture(paper, drawn, (left, under), _CHART, f"{kind.label.capitalize()}s disponibles par structure, selon l'âge")
        else:
            paper.set_xy(left, under)
            paper.say(f"{kind.label.capitalize()}s : aucune disponibilité déclarée.", 9, _SOFT, width=_CHART[0])
    paper.set_xy(MARGIN, top + _MAP[1] + 3)


def _picture(paper: _Paper, drawn: bytes, place: tuple[float, float], room: tuple[float, float], words: str) -> None:
    paper.image(io.BytesIO(drawn), *place, w=room[0], h=room[1], keep_aspect_ratio=True, alt_text=words)


def _structures(paper: _Paper, situation: Situation) -> None:
    """A line per structure, the names of the columns again on each page."""
    columns = _columns(situation.types)
    paper.line_of(count(len(situation.structures), "structure"), 11, _INK, "B", 7)
    _names(paper, columns)
    for row in situation.structures:
        paper.set_font("Helvetica", "B", 8.5)
        lines = paper.wrapped(row["structure"], columns["Structure"] - 2, 2)
        height = 4.0 * len(lines) + 4.6
        if paper.will_page_break(height):
            paper.add_page()
            _names(paper, columns)
        _structure(paper, situation.about, row, lines, height, columns)


def _columns(types: Sequence[CapacityType]) -> dict[str, float]:
    """Names and widths in mm; the structure has what the others leave."""
    numbers = {"Lits": 13.0} if CapacityType.BED in types else {}
    numbers |= {"Places": 14.0} if CapacityType.PLACE in types else {}
    others = {"Âge": 34.0, **numbers, "Unités": 14.0, "En retard": 18.0, "Téléphone": 27.0 + _GAP}
    return {"Structure": WIDTH - sum(others.values()), **others}


def _names(paper: _Paper, columns: Mapping[str, float]) -> None:
    paper.set_fill_color("#e8edf2")
    for name, width in columns.items():
        align = Align.R if name in _NUMBERS else Align.L
        if name == "Téléphone":
            paper.say("", 8.5, _INK, width=_GAP, fill=True)
            width -= _GAP
        paper.say(name, 8.5, _INK, width=width, style="B", align=align, fill=True)
    paper.ln(6.5)


_GAP = 4.0
"""Between the last number and the telephone."""

_NUMBERS = {"Lits": "beds", "Places": "places", "Unités": "units", "En retard": "overdue"}


def _structure(
    paper: _Paper, about: About, row: Row, lines: Sequence[str], height: float, columns: Mapping[str, float]
) -> None:
    top, left = paper.get_y(), MARGIN
    for place, line in enumerate(lines):
        paper.set_xy(left, top + 0.6 + 4.0 * place)
        paper.say(line, 8.5, _INK, width=columns["Structure"], height=4, style="B")
    paper.set_xy(left, top + 0.6 + 4.0 * len(lines))
    paper.say(row["commune"], 7.5, _SOFT, width=columns["Structure"], height=3.4)
    for name, width in columns.items():
        paper.set_xy(left, top + 0.6)
        if name == "Âge":
            band = None if row["rank"] is None else about.bands[row["rank"]]
            badge(paper, band, left, top + 0.8, band.label if band else "Fermée", width - 2)
        elif name == "Téléphone":
            paper.set_x(left + _GAP)
            paper.say(phone(row["telephone"]), 8.5, _INK, width=width - _GAP, height=4.5)
        elif name in _NUMBERS:
            paper.say(number(row[_NUMBERS[name]]), 9, _INK, width=width, height=4.5, align=Align.R)
        left += width
    paper.set_draw_color(_RULE)
    paper.line(MARGIN, top + height, MARGIN + WIDTH, top + height)
    paper.set_xy(MARGIN, top + height + 0.4)
