"""Print tables as CSV files for a French spreadsheet: UTF-8 with BOM, semicolons, no formula."""

import csv
import io
from datetime import date, datetime

import pyarrow as pa

from ror.model.freshness import PARIS

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def escape_formula(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run as a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def format_cell(value: object) -> str:
    """Format one value for a French spreadsheet; a text that would be a formula gets an apostrophe.

    A list of badges becomes its words.
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
    """Print a table, a line of column names first."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(table.column_names)
    for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
        writer.writerow([format_cell(value) for value in row])
    return ("\ufeff" + text.getvalue()).encode()
