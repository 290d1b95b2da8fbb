"""The pages of a printed report: header, footer, text shortened or wrapped to a width.

Only the fonts that every PDF reader has are used.
"""

import unicodedata
from typing import Any, cast

from fpdf import FPDF, ViewerPreferences
from fpdf.enums import Align, XPos, YPos

from ror.exchange.about import FICTITIOUS, About

MARGIN, WIDTH = 12.0, 186.0
MAX_TEXT_LENGTH = 400
"""Most characters of one line: more than fit the width of a page."""

INK, SOFT, RULE = "#1c2733", "#4a5763", "#c5ced6"

LETTERS = "cp1252"


def printable(text: str) -> str:
    """Replace the characters that the fonts lack: they lose their accents, or become « ? »."""
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
    """Pages of a report with the same header and footer, declared as French for screen readers."""

    def __init__(self, about: About, kind: str = "Rapport de situation") -> None:
        super().__init__(format="A4")
        self.about, self.kind = about, kind
        self.core_fonts_encoding = LETTERS
        self.set_margin(MARGIN)
        self.set_auto_page_break(True, margin=16)
        self.set_lang("fr-FR")
        self.set_title(printable(f"{kind} - {about.title}"))
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self.set_author(printable(about.service))
        self.set_creation_date(about.at)

    def header(self) -> None:
        """Print the service, the title and the instant of the data at the top of a page."""
        about = self.about
        self.write_line(f"{self.kind} - {about.service} - {about.region}", 9, SOFT)
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
        """Print the title, the instant and the page number at the bottom of a page."""
        self.set_y(-12)
        self.write_box(
            f"{self.about.title} - situation au {self.about.instant}, {self.about.zone_words}", 7.5, SOFT, width=WIDTH - 30
        )
        self.write_box(f"Page {self.page_no()}/{{nb}}", 7.5, SOFT, width=30, align=Align.R)

    def write_box(
        self, text: str, size: float, ink: str, *, width: float, height: float = 6, style: str = "", **more: Any
    ) -> None:
        """Print one line in a box, shortened to the width in mm; the next box is to its right."""
        self.set_font("Helvetica", style, size)
        self.set_text_color(ink)
        self.cell(width, height, self.shorten(text, width), new_x=XPos.RIGHT, new_y=YPos.TOP, **more)

    def write_line(self, text: str, size: float, ink: str, style: str = "", height: float = 5) -> None:
        """Print one line over the whole width."""
        self.write_box(text, size, ink, width=WIDTH, height=height, style=style)
        self.ln(height)

    def ensure_room(self, height: float) -> bool:
        """Begin a new page when this one has less than `height` mm left. Return whether a page was begun."""
        if new := self.will_page_break(height):
            self.add_page()
        return new

    def write_paragraph(self, text: str, size: float, ink: str) -> None:
        """Print a text over the whole width, on as many lines as it needs."""
        self.set_font("Helvetica", "", size)
        self.set_text_color(ink)
        self.multi_cell(WIDTH, size / 2, printable(text), align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def fits(self, text: str, size: float, *, width: float, style: str = "") -> bool:
        """Return whether `write_box` prints a text whole in this width, in mm."""
        self.set_font("Helvetica", style, size)
        return self.shorten(text, width) == printable(text)

    def shorten(self, text: str, width: float) -> str:
        """Return the printable text, shortened with « ... » to the width."""
        words = printable(text[:MAX_TEXT_LENGTH])
        room = width - 2 * self.c_margin
        if self.get_string_width(words) <= room:
            return words
        while words and self.get_string_width(words + "...") > room:
            words = words[:-1]
        return words.rstrip() + "..."

    def wrap(self, text: str, width: float, most: int) -> list[str]:
        """Wrap a text to lines of the width, `most` at most; the last one is shortened."""
        coded = self.multi_cell(width, 1, printable(text[:MAX_TEXT_LENGTH]), dry_run=True, output="LINES")
        lines = [line.encode("latin-1").decode(LETTERS) for line in cast(list[str], coded)]
        return lines if len(lines) <= most else [*lines[: most - 1], self.shorten(" ".join(lines[most - 1 :]), width)]
