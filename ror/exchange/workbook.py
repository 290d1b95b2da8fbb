"""Print tables as XLSX workbooks: typed cells, ages in the colours of the legend, a sheet « À propos ».

A text is never a formula or a link, whatever it begins with, and does not become one when its cell is edited.
"""

import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ror.exchange.about import APART, FICTITIOUS, MEDIAN, NO_FILTER, About
from ror.exchange.table_csv import FORMULA

MAX_ROWS = 1_048_575
"""Most rows of a sheet below its titles; a longer table continues on the next sheet."""

MAX_CELL_LENGTH = 32_767
"""Most characters of a cell."""

NARROWEST, WIDEST = 8, 45
_LINE, _MAX_LINES = 15, 27
"""The height of a line of text in points, and the most lines of a row: Excel allows less than 409 points."""

_MEASURED = 500
_INK, _HEAD, _RULE = "#1c2733", "#e8edf2", "#9b1c1c"
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_OLDEST = datetime(1900, 3, 1)
"""Earlier dates are written as texts, since Excel counts a 29 February 1900 that did not exist."""

_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
_RESERVED = ("", "à propos", "history")
"""Names that a sheet cannot have: the empty one, that of the last sheet, and one that Excel reserves."""


def to_workbook(table: pa.Table, about: About, *, seconds: bool = False) -> bytes:
    """Print a table, then the sheet « À propos ».

    Instants (with a zone) become dates in the time of the region, to the second with `seconds`; a list of badges becomes
    its words in their colour, any other value keeps its type. Texts lose what a workbook must not contain: control characters,
    lone surrogates, characters past `MAX_CELL_LENGTH`.
    """
    file = io.BytesIO()
    with Workbook(file, _OPTIONS) as book:
        created = about.at.astimezone(UTC).replace(tzinfo=None)
        book.set_properties({"title": cell_text(about.title), "author": cell_text(about.service), "created": created})
        formats = _TableFormats(book, about, seconds)
        for number, start in enumerate(range(0, max(table.num_rows, 1), MAX_ROWS), 1):
            sheet = book.add_worksheet(_sheet_name(about.title, number))
            widths = _lay_out(sheet, table, about)
            _write_rows(sheet, table.slice(start, MAX_ROWS), formats, widths)
        _write_about(book.add_worksheet("À propos"), about, formats, coloured=_has_badges(table))
    return file.getvalue()


def message_workbook(text: str) -> bytes:
    """Print a workbook that contains only a message: why there is no table."""
    file = io.BytesIO()
    with Workbook(file, _OPTIONS) as book:
        sheet = book.add_worksheet("Message")
        sheet.set_column(0, 0, 100)
        sheet.write_string(0, 0, cell_text(text))
    return file.getvalue()


_OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def cell_text(text: str) -> str:
    """Return a text without the characters that a cell cannot hold."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNSEEN.sub("", lines)[:MAX_CELL_LENGTH]


class _TableFormats:
    """The formats of the cells of a table and of « À propos »."""

    def __init__(self, book: Workbook, about: About, seconds: bool) -> None:
        self.zone = about.zone
        top = {"valign": "top"}
        self.head = book.add_format({"bold": True, "bg_color": _HEAD, "font_color": _INK, "bottom": 1, "text_wrap": True} | top)
        self.text = book.add_format({"text_wrap": True} | top)
        self.inert = book.add_format({"text_wrap": True} | top)
        self.inert.set_quote_prefix()
        self.whole = book.add_format({"num_format": "#,##0"} | top)
        self.decimal = book.add_format({"num_format": "General"} | top)
        self.instant = book.add_format(
            {"num_format": "dd/mm/yyyy hh:mm:ss" if seconds else "dd/mm/yyyy hh:mm", "align": "left"} | top
        )
        self.day = book.add_format({"num_format": "dd/mm/yyyy", "align": "left"} | top)
        self.title = book.add_format({"bold": True, "font_size": 15, "font_color": _INK})
        self.name = book.add_format({"bold": True} | top)
        self.warning = book.add_format({"bold": True, "font_color": _RULE})
        self.badges: Mapping[str, Format] = {
            badge.words: book.add_format({"bg_color": badge.colour, "font_color": badge.ink, "bold": True} | top)
            for badge in about.badges
        }

    def of(self, text: str) -> Format:
        """Return the format of a text: that of its badge, or one by which the cell stays a text when it is edited."""
        return self.badges.get(text) or (self.inert if text.startswith(FORMULA) else self.text)


def _lay_out(sheet: Worksheet, table: pa.Table, about: About) -> list[int]:
    """Set the widths, the frozen titles and the printing of a sheet. Return the widths of the columns."""
    widths = [_width(name, table[name].slice(0, _MEASURED).to_pylist()) for name in table.column_names]
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    words = f"{about.title} - {about.instant}{f' - {FICTITIOUS}' if about.fictitious else ''}"
    sheet.set_header("&L" + cell_text(words)[:120].replace("&", "&&"))
    sheet.set_footer("&RPage &P / &N")
    return widths


def _width(name: str, values: Sequence[Any]) -> int:
    longest = max((len(_words(value)) for value in (name, *values)), default=0)
    return min(max(longest + 3, NARROWEST), WIDEST)


def _words(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(value)
    return "00/00/0000 00:00" if isinstance(value, datetime) else "" if value is None else str(value)


def _line_count(row: Sequence[Any], widths: Sequence[int]) -> int:
    """Return how many lines the texts of a row need: LibreOffice does not compute it, and would print over the next row."""
    texts = [(value, width - 1) for value, width in zip(row, widths, strict=True) if isinstance(value, str)]
    most = max(
        (sum(max(len(part) - 1, 0) // width + 1 for part in cell_text(text).split("\n")) for text, width in texts), default=1
    )
    return min(most, _MAX_LINES)


def _write_rows(sheet: Worksheet, table: pa.Table, formats: _TableFormats, widths: Sequence[int]) -> None:
    for column, name in enumerate(table.column_names):
        sheet.write_string(0, column, name, formats.head)
    for line, row in enumerate(zip(*(values.to_pylist() for values in table.columns), strict=True), 1):
        if (lines := _line_count(row, widths)) > 1:
            sheet.set_row(line, _LINE * lines)
        for column, value in enumerate(row):
            _write_cell(sheet, line, column, value, formats)
    if table.num_columns:
        sheet.autofilter(0, 0, max(table.num_rows, 1), table.num_columns - 1)


def _write_cell(sheet: Worksheet, line: int, column: int, value: Any, formats: _TableFormats) -> None:
    if value is None or value in ([], ""):
        return
    if isinstance(value, bool):
        sheet.write_boolean(line, column, value, formats.text)
    elif isinstance(value, int | float) and _is_number(value):
        sheet.write_number(line, column, value, formats.whole if isinstance(value, int) else formats.decimal)
    elif isinstance(value, datetime) and _naive(value, formats.zone) >= _OLDEST:
        sheet.write_datetime(line, column, _naive(value, formats.zone), formats.instant)
    elif isinstance(value, date) and not isinstance(value, datetime) and value >= _OLDEST.date():
        sheet.write_datetime(line, column, value, formats.day)
    else:
        text = cell_text(_words(value) if isinstance(value, list) else str(value))
        sheet.write_string(line, column, text, formats.of(text))


def _is_number(value: float) -> bool:
    """Return whether a workbook can store a number exactly: fifteen digits at most, neither infinite nor undefined."""
    return abs(value) < 1e15


def _naive(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return the local time in a time zone without the zone, since cells have none."""
    return instant.astimezone(zone).replace(tzinfo=None)


def _has_badges(table: pa.Table) -> bool:
    return any(pa.types.is_list(field.type) for field in table.schema)


def _sheet_name(title: str, number: int) -> str:
    more = "" if number == 1 else f" ({number})"
    name = _NOT_IN_NAMES.sub(" ", cell_text(title)).strip(" '")[: 31 - len(more)].strip(" '") + more
    return "Tableau" if name.casefold() in _RESERVED else name


def _write_about(sheet: Worksheet, about: About, formats: _TableFormats, *, coloured: bool) -> None:
    """Print « À propos »: source, instant, filters, legend."""
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 90)
    sheet.write_string(0, 0, cell_text(about.title), formats.title)
    if about.fictitious:
        sheet.write_string(1, 0, FICTITIOUS, formats.warning)
    facts = [("Source", f"{about.service}, {about.region}"), ("Données au", f"{about.instant} ({about.zone_words})")]
    facts += [(f"Filtre : {name}", words) for name, words in about.criteria] or [("Filtres", NO_FILTER)]
    for line, (name, words) in enumerate(facts, 2):
        sheet.write_string(line, 0, cell_text(name), formats.name)
        sheet.write_string(line, 1, cell_text(words), formats.of(words))
    if coloured:
        _write_legend(sheet, len(facts) + 3, about, formats)


def _write_legend(sheet: Worksheet, line: int, about: About, formats: _TableFormats) -> None:
    sheet.write_string(line, 0, "Légende", formats.name)
    sheet.write_string(line, 1, "Âge de la dernière mise à jour", formats.text)
    for badge in about.badges:
        line += 1
        sheet.write_string(line, 0, badge.words, formats.of(badge.words))
    for words in (about.late, MEDIAN, APART):
        line += 1
        sheet.write_string(line, 1, words, formats.text)
