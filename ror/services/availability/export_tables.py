"""Export whole tables as files, a part at a time, so that a country's needs no more memory than a region's.

The command line does so, as the account None. The screens export what they show (`services.availability.export`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc

from ror.errors import Refused
from ror.exchange.about import About
from ror.exchange.printed_table import TableFormat, print_csv, print_json
from ror.exchange.unit_types import type_table
from ror.exchange.workbook import to_workbook
from ror.model.count_parts import SEXES
from ror.model.crisis import duties_at
from ror.model.journal import Act
from ror.model.rights import Account, Action
from ror.services import journal
from ror.services.availability.export import about
from ror.store import pages, registry_changes, unit_types
from ror.store.board import board as boards
from ror.store.board.board import Board
from ror.store.board.offers import OfferQuery, read_offers
from ror.store.engine.database import Database

PART_LINES = 20_000
"""Lines read at a time."""

MAX_WORKBOOK_LINES = 500_000
"""Lines of a workbook, which is built in memory."""

_OFFER = {
    "unit": "unit",
    "name": "name",
    "finess": "structure",
    "structure": "structure_name",
    "commune": "commune",
    "department": "department",
    "unit_type": "unit_type",
    "type_label": "unit_type_label",
    "activity_field": "activity_field",
    "needs": "needs",
    "capacity_type": "capacity_type",
    "temporality": "temporality",
    "open": "open",
    **{status: status for status in ("available", "installed", "occupied", "reserved")},
    "closed_count": "closed",
    "supplementary": "supplementary",
    **{sex: sex for sex in SEXES},
    "parts": "parts",
    "closed_until": "closed_until",
    "comment": "comment",
    "source_type": "source_type",
    "observed_at": "observed_at",
    "due_at": "due_at",
    "contradicted_by": "contradicted_by",
    "contradicted_at": "contradicted_at",
    "tension": "tension",
    "tension_at": "tension_at",
    "telephone": "telephone",
    "bed_telephone": "bed_telephone",
    "position": "position",
}
"""Columns of the board, and their names in the file, which are those of the HTTP API."""


class ExportTable(StrEnum):
    """The tables that can be exported whole."""

    AVAILABILITY = "availability"
    STRUCTURES = "structures"
    UNITS = "units"
    DECLARATIONS = "declarations"
    UNIT_TYPES = "unit-types"


@dataclass(frozen=True, slots=True)
class TableExport:
    """The number of lines that were written, and the position of the log that they show."""

    lines: int
    position: int


def export_table(
    db: Database,
    account: Account | None,
    table: ExportTable,
    form: TableFormat,
    target: IO[bytes],
    now: datetime,
    since: datetime | None = None,
) -> TableExport:
    """Write a table into a file, and a line in the journal. `since`: only the declarations recorded from that instant on.

    Raises `Forbidden`, journalled, and `Refused` for `since` with another table or more than a workbook holds.
    """
    if since is not None and table is not ExportTable.DECLARATIONS:
        raise Refused(f"Only declarations have an instant to begin with: export {table} without --since.")
    journal.require(db, account, Action.EXPORT, Act.EXPORT, f"file:{table}", now)
    position, parts = _parts(db, table, now, since)
    description = replace(about(table, now), fictitious=registry_changes.is_fictitious(db))
    lines = _print(parts, form, target, description, position)
    with journal.authorized_transaction(db, account, Action.EXPORT, Act.EXPORT, f"file:{table}", now) as transaction:
        journal.record(transaction, Act.EXPORT, account, f"file:{table}", now, after={"lines": lines})
    return TableExport(lines, position)


def _print(parts: Iterator[pa.Table], form: TableFormat, target: IO[bytes], description: About, position: int) -> int:
    """Write the parts of a table in a format; return the number of lines."""
    if form is TableFormat.JSON:
        about = {
            "table": description.title,
            "at": description.at,
            "position": position,
            "fictitious": description.fictitious,
        }
        return print_json(parts, target, about)
    if form is TableFormat.CSV:
        return print_csv(parts, target, description.zone)
    tables: list[pa.Table] = []
    lines = 0
    for part in parts:
        tables.append(part)
        lines += part.num_rows
        if lines > MAX_WORKBOOK_LINES:
            raise Refused(f"A workbook holds {MAX_WORKBOOK_LINES} lines at most: export {description.title} as csv or json.")
    target.write(to_workbook(pa.concat_tables(tables), description))
    return lines


def _parts(db: Database, table: ExportTable, now: datetime, since: datetime | None) -> tuple[int, Iterator[pa.Table]]:
    """Return the present position, and the lines of a table as they are at it, in one part or more."""
    if table is ExportTable.AVAILABILITY:
        board = boards.current(db)
        return board.position, _offers(db, board, now)
    position = db.position
    if table is ExportTable.UNIT_TYPES:
        return position, iter([_unit_types(db)])
    return position, _paged(db, table, position, since)


def _offers(db: Database, board: Board, now: datetime) -> Iterator[pa.Table]:
    units = board.units
    with db.reader() as cursor:
        query = OfferQuery(limit=max(units.num_rows, 1))
        offers = read_offers(cursor, units, query, now, duties_at(board.crises, now))
    yield offers.select(list(_OFFER)).rename_columns(list(_OFFER.values()))


def _unit_types(db: Database) -> pa.Table:
    """Return what the region decided of each type in force (`exchange.unit_types.type_table`)."""
    with db.reader() as cursor:
        return type_table(unit_types.decisions_by_type(cursor), unit_types.used(cursor))


_KEYS = {ExportTable.STRUCTURES: "finess", ExportTable.UNITS: "unit", ExportTable.DECLARATIONS: "position"}


def _paged(db: Database, table: ExportTable, end: int, since: datetime | None) -> Iterator[pa.Table]:
    last: str | int = 0 if table is ExportTable.DECLARATIONS else ""
    while True:
        part = _part(db, table, last, end)
        yield part.filter(pc.field("recorded_at") >= since) if since is not None else part
        if part.num_rows < PART_LINES:
            return
        last = part[_KEYS[table]][-1].as_py()


def _part(db: Database, table: ExportTable, after: str | int, end: int) -> pa.Table:
    with db.reader() as cursor:
        if table is ExportTable.DECLARATIONS:
            return pages.declarations(cursor, int(after), end, PART_LINES)
        if table is ExportTable.STRUCTURES:
            return pages.structures(cursor, str(after), PART_LINES)
        units = pages.units(cursor, str(after), PART_LINES, boards.current(db).directory.name_needs)
        return units.rename_columns(["unit" if name == "id" else name for name in units.column_names])
