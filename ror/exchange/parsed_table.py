"""Parse the table file of an import row by row: each row becomes an entry, or a reject with the reason."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from ror.errors import Refused
from ror.exchange.import_file import MAX_FILE_BYTES, Reject, check_file_size, open_file
from ror.exchange.safe_file import Limits
from ror.exchange.table_rows import FileTable, Titles, check_row, read_table

Entry = TypeVar("Entry")


@dataclass(frozen=True, slots=True)
class NamedRow:
    """A row: its line number from 1, its text, and its cells by the names of their columns, "" for missing ones.

    A parser may add to `remarks` sentences for the user about a row that it accepts.
    """

    line: int
    text: str
    cells: dict[str, str]
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ParsedTable(Generic[Entry]):
    """The entries of a table, in its order; `read` counts its rows, refused ones included; `columns` are those present."""

    read: int
    entries: list[Entry]
    rejects: list[Reject]
    columns: Collection[str]


RowParser = Callable[[NamedRow], Entry | None]
"""A function that returns the entry of a row, or None to skip the row. It raises `Refused` to reject the row."""


def parse_file(
    path: Path, expected: str, titles: Titles, parse: RowParser[Entry], limits: Limits | None = None
) -> ParsedTable[Entry]:
    """Parse a CSV or an XLSX file of `MAX_FILE_BYTES` bytes at most; a bad row becomes a reject and never stops the rest.

    `expected` says in French which file to give. Raises `BadFile` when it cannot be read as a table with these titles, or has
    more than `limits`.
    """
    check_file_size(path, expected, MAX_FILE_BYTES)
    with open_file(path) as file:
        return parse_table(read_table(path.name, file, expected, titles, limits or Limits()), parse)


def parse_table(table: FileTable, parse: RowParser[Entry]) -> ParsedTable[Entry]:
    """Parse the rows of a table; a bad one becomes a reject. Raises `BadFile` past the limits of the table."""
    entries: list[Entry] = []
    rejects: list[Reject] = []
    read = 0
    for line, cells, text in table.rows:
        read += 1
        try:
            check_row(cells, text, table.width)
            named = {name: cells[index] if index < len(cells) else "" for name, index in table.columns.items()}
            row = NamedRow(line, text, named)
            entry = parse(row)
        except Refused as refusal:
            rejects.append(Reject(line, refusal.user_message, text))
            continue
        if entry is not None:
            entries.append(entry)
        rejects += [Reject(line, remark, text, accepted=True) for remark in row.remarks]
    return ParsedTable(read, entries, rejects, table.columns)
