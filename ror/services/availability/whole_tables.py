"""Whole tables taken out as files, a part at a time, so that a country's needs no more memory than a region's.

Of the command line: `actor` None. The screens take out what they show (`services.export`).
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
from ror.exchange.workbook import to_workbook
from ror.model.journal import Act
from ror.model.rights import Account, Action
from ror.services import journal
from ror.services.availability import consult
from ror.services.availability.export import about
from ror.store import pages, registry
from ror.store.board import past
from ror.store.board.board import Board, together
from ror.store.engine.database import Database

PART = 20_000
"""Lines read at a time."""

MOST_OF_A_WORKBOOK = 500_000
"""Lines of a workbook, which is made in memory."""

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
    "capacity_type": "capacity_type",
    "temporality": "temporality",
    "open": "open",
    **{status: status for status in ("available", "installed", "occupied", "reserved")},
    "closed_count": "closed",
    "supplementary": "supplementary",
    "closed_until": "closed_until",
    "comment": "comment",
    "source_type": "source_type",
    "observed_at": "observed_at",
    "due_at": "due_at",
    "telephone": "telephone",
    "position": "position",
}
"""Columns of the board, and what they are called outside: by the words of the HTTP API."""


class Table(StrEnum):
    """What can be taken out whole."""

    AVAILABILITY = "availability"
    STRUCTURES = "structures"
    UNITS = "units"
    DECLARATIONS = "declarations"


@dataclass(frozen=True, slots=True)
class TakenOut:
    """How many lines were written, as they stood at which position."""

    lines: int
    position: int


def take_out(
    db: Database,
    actor: Account | None,
    table: Table,
    form: TableFormat,
    target: IO[bytes],
    now: datetime,
    since: datetime | None = None,
) -> TakenOut:
    """Write a table into a file; that it was is a line of the journal. `since`: the declarations recorded from then on.

    Raises `Forbidden`, journalled, and `Refused` for `since` with another table or more than a workbook holds.
    """
    if since is not None and table is not Table.DECLARATIONS:
        raise Refused(f"Only declarations have an instant to begin with: export {table} without --since.")
    journal.require(db, actor, Action.EXPORT, Act.EXPORT, f"file:{table}", now)
    position, parts = _parts(db, table, now, since)
    of = replace(about(table, now), fictitious=registry.is_fictitious(db))
    lines = _print(parts, form, target, of, position)
    with journal.authorized_transaction(db, actor, Action.EXPORT, Act.EXPORT, f"file:{table}", now) as transaction:
        journal.record(transaction, Act.EXPORT, actor, f"file:{table}", now, after={"lines": lines})
    return TakenOut(lines, position)


def _print(parts: Iterator[pa.Table], form: TableFormat, target: IO[bytes], of: About, position: int) -> int:
    if form is TableFormat.JSON:
        said = {"table": of.title, "at": of.at, "position": position, "fictitious": of.fictitious}
        return print_json(parts, target, said)
    if form is TableFormat.CSV:
        return print_csv(parts, target)
    held: list[pa.Table] = []
    lines = 0
    for part in parts:
        held.append(part)
        lines += part.num_rows
        if lines > MOST_OF_A_WORKBOOK:
            raise Refused(f"A workbook holds {MOST_OF_A_WORKBOOK} lines at most: export {of.title} as csv or json.")
    target.write(to_workbook(pa.concat_tables(held), of))
    return lines


def _parts(db: Database, table: Table, now: datetime, since: datetime | None) -> tuple[int, Iterator[pa.Table]]:
    """A position, and the lines of a table as they stand there, in parts of which there is at least one."""
    if table is Table.AVAILABILITY:
        board = consult.kept(db)
        return board.position, _offers(db, board, now)
    position = db.position
    return position, _paged(db, table, position, since)


def _offers(db: Database, board: Board, now: datetime) -> Iterator[pa.Table]:
    units = together(board.slices.values())
    with db.reader() as cursor:
        offers = past.offers(cursor, units, past.Query(limit=max(units.num_rows, 1)), now)
    yield offers.select(list(_OFFER)).rename_columns(list(_OFFER.values()))


_KEYS = {Table.STRUCTURES: "finess", Table.UNITS: "unit", Table.DECLARATIONS: "position"}


def _paged(db: Database, table: Table, end: int, since: datetime | None) -> Iterator[pa.Table]:
    last: str | int = 0 if table is Table.DECLARATIONS else ""
    while True:
        part = _part(db, table, last, end)
        yield part.filter(pc.field("recorded_at") >= since) if since is not None else part
        if part.num_rows < PART:
            return
        last = part[_KEYS[table]][-1].as_py()


def _part(db: Database, table: Table, after: str | int, end: int) -> pa.Table:
    with db.reader() as cursor:
        if table is Table.DECLARATIONS:
            return pages.declarations(cursor, int(after), end, PART)
        if table is Table.STRUCTURES:
            return pages.structures(cursor, str(after), PART)
        units = pages.units(cursor, str(after), PART)
        return units.rename_columns(["unit" if name == "id" else name for name in units.column_names])
