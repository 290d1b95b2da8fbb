"""The pages of a report to print: their letters, their head and foot, lines cut or wrapped to a width.

The fonts are those that every reader of PDF has.
"""

import unicodedata
from typing import Any, cast

from fpdf import FPDF, ViewerPreferences
from fpdf.enums import Align, XPos, YPos

from ror.exchange.about import FICTITIOUS, About

MARGIN, WIDTH = 12.0, 186.0
LONGEST = 400
"""Letters of one line: more than any holds."""

INK, SOFT, RULE = "#1c2733", "#4a5763", "#c5ced6"

LETTERS = "cp1252"


def printable(text: str) -> str:
    """The text in the letters that the fonts have: others lose their accents, or are « ? »."""
    return "".join(_letter(letter) for letter in text)


def _letter(letter: str) -> str:
    if not letter.isprintable():
        return " "
    try:
        letter.encode(LETTERS)
    except UnicodeEncodeError:
        return unicodedata.normalize("NFKD", letter).encode(LETTERS, "ignore").decode(LETTERS) or "?"
    return letter


class Paper(FPDF):
    """Pages of a report with the same head and foot, told in French to a reader of screens."""

    def __init__(self, about: About) -> None:
        super().__init__(format="A4")
        self.about = about
        self.core_fonts_encoding = LETTERS
        self.set_margin(MARGIN)
        self.set_auto_page_break(True, margin=16)
        self.set_lang("fr-FR")
        self.set_title(printable(f"Rapport de situation - {about.title}"))
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self.set_author(printable(about.service))
        self.set_creation_date(about.at)

    def header(self) -> None:
        """Service, what the report is about, the instant of the data."""
        about = self.about
        self.write_line(f"Rapport de situation - {about.service} - {about.region}", 9, SOFT)
        self.write_box(about.title, 15, INK, width=WIDTH - 62, style="B")
        self.write_box(f"Situation au {about.instant}", 9.5, INK, width=62, style="B", align=Align.R)
        self.ln(8)
        if about.fictitious:
            self.set_fill_color("#fff3cd")
            self.write_box(FICTITIOUS, 9, "#5c4200", width=WIDTH, height=5.5, style="B", align=Align.C, fill=True)
            self.ln(6.5)
        self.set_draw_color(RULE)
        self.line(MARGIN, self.get_y(), MARGIN + WIDTH, self.get_y())
        self.ln(2.5)

    def footer(self) -> None:
        """Which page of how many, and once more of when."""
        self.set_y(-12)
        self.write_box(f"{self.about.title} - situation au {self.about.instant}, heure de Paris", 7.5, SOFT, width=WIDTH - 30)
        self.write_box(f"Page {self.page_no()}/{{nb}}", 7.5, SOFT, width=30, align=Align.R)

    def write_box(
        self, text: str, size: float, ink: str, *, width: float, height: float = 6, style: str = "", **more: Any
    ) -> None:
        """One line in a box of the given width, cut where it ends; the next box is to its right."""
        self.set_font("Helvetica", style, size)
        self.set_text_color(ink)
        self.cell(width, height, self.shorten(text, width), new_x=XPos.RIGHT, new_y=YPos.TOP, **more)

    def write_line(self, text: str, size: float, ink: str, style: str = "", height: float = 5) -> None:
        """A line of its own."""
        self.write_box(text, size, ink, width=WIDTH, height=height, style=style)
        self.ln(height)

    def ensure_room(self, height: float) -> bool:
        """Go on to a new page when this one has not so many mm left; whether it did."""
        if new := self.will_page_break(height):
            self.add_page()
        return new

    def write_paragraph(self, text: str, size: float, ink: str) -> None:
        """As many lines as it takes, whatever its length."""
        self.set_font("Helvetica", "", size)
        self.set_text_color(ink)
        self.multi_cell(WIDTH, size / 2, printable(text), align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def shorten(self, text: str, width: float) -> str:
        """The text in letters that the fonts have, as much of it as the width takes."""
        words = printable(text[:LONGEST])
        room = width - 2 * self.c_margin
        if self.get_string_width(words) <= room:
            return words
        while words and self.get_string_width(words + "...") > room:
            words = words[:-1]
        return words.rstrip() + "..."

    def wrap(self, text: str, width: float, most: int) -> list[str]:
        """The text on as many lines of the width as it takes, `most` at most: the last one is cut."""
        coded = self.multi_cell(width, 1, printable(text[:LONGEST]), dry_run=True, output="LINES")
        lines = [line.encode("latin-1").decode(LETTERS) for line in cast(list[str], coded)]
        return lines if len(lines) <= most else [*lines[: most - 1], self.shorten(" ".join(lines[most - 1 :]), width)]
