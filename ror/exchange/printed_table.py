"""Print a table part by part, as it is read: CSV for a spreadsheet, JSON for a program."""

import csv
import io
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import IO, Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from ror.exchange.table_csv import format_cell


class TableFormat(StrEnum):
    """The formats of a printed table."""

    CSV = "csv"
    JSON = "json"
    XLSX = "xlsx"


def print_csv(parts: Iterable[pa.Table], target: IO[bytes], zone: ZoneInfo) -> int:
    """Print a line of column names, then a table that comes in parts. Return the number of its rows.

    The first part may be empty. Cells are as in `table_csv.to_csv`, with instants in `zone`; booleans are « oui » and « non ».
    """
    lines = 0
    with _Text(target, "utf-8-sig") as text:
        writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
        for number, part in enumerate(parts):
            if number == 0:
                writer.writerow(part.column_names)
            for row in zip(*(column.to_pylist() for column in part.columns), strict=True):
                writer.writerow([_yes_no(value) if isinstance(value, bool) else format_cell(value, zone) for value in row])
            lines += part.num_rows
    return lines


def print_json(parts: Iterable[pa.Table], target: IO[bytes], about: dict[str, Any]) -> int:
    """Print one object: the values of `about`, then `rows`, a list with one object per row. Return the number of rows.

    Instants are ISO 8601 in UTC.
    """
    lines = 0
    with _Text(target, "utf-8") as text:
        text.write(f"{_json(about)[:-1]}, " if about else "{")
        text.write('"rows": [')
        for part in parts:
            for row in part.to_pylist():
                text.write(f"{',' if lines else ''}\n{_json(row)}")
                lines += 1
        text.write("\n]}\n")
    return lines


class _Text(io.TextIOWrapper):
    """A text writer on a binary file that leaves the file open."""

    def __init__(self, target: IO[bytes], encoding: str) -> None:
        super().__init__(target, encoding, newline="", write_through=False)

    def __exit__(self, *_: object) -> None:
        self.detach()


def _yes_no(value: bool) -> str:
    return "oui" if value else "non"


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, default=_as_text, allow_nan=False)


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value)} has no place in a table.")
