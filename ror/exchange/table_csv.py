"""Print tables as CSV files for a French spreadsheet: UTF-8 with BOM, semicolons, no formula."""

import csv
import io
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa

from ror.model.territory import PARIS, zone_words

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def escape_formula(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run as a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def format_cell(value: object, zone: ZoneInfo) -> str:
    """Format one value for a French spreadsheet.

    Instants are written in the time zone, a list of badges as its words; a text that would be a formula gets an apostrophe.
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, float):
        return f"{value:.15g}".replace(".", ",")
    if isinstance(value, list):
        value = " ".join(value)
    return escape_formula(value) if isinstance(value, str) else str(value)


def titles(table: pa.Table, zone: ZoneInfo) -> list[str]:
    """Return the names of the columns; columns of instants also name the time zone, unless it is that of Paris."""
    note = "" if zone == PARIS else f" ({zone_words(zone)})"
    return [f"{field.name}{note}" if pa.types.is_timestamp(field.type) else field.name for field in table.schema]


def to_csv(table: pa.Table, zone: ZoneInfo) -> bytes:
    """Print a table, a line of column names first; instants are written in a time zone."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(titles(table, zone))
    for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
        writer.writerow([format_cell(value, zone) for value in row])
    return ("\ufeff" + text.getvalue()).encode()
