"""Tables printed as CSV files that a spreadsheet opens as they are: UTF-8 with BOM, semicolons, no formula."""

import csv
import io
from datetime import date, datetime

import pyarrow as pa

from ror.model.freshness import PARIS

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def escape_formula(text: str) -> str:
    """The text with a leading apostrophe where a spreadsheet would run it as a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def format_cell(value: object) -> str:
    """One value as a French spreadsheet reads it; a text that it would take for a formula gets an apostrophe.

    A list (of badges) is its words.
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(PARIS):%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, float):
        return f"{value:.15g}".replace(".", ",")
    if isinstance(value, list):
        value = " ".join(value)
    return escape_formula(value) if isinstance(value, str) else str(value)


def to_csv(table: pa.Table) -> bytes:
    """The whole table, a line of column names first."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(table.column_names)
    for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
        writer.writerow([format_cell(value) for value in row])
    return ("\ufeff" + text.getvalue()).encode()
