"""The progress of an event of a crisis: the units of its scope that answered a round, by structure or for one manager."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from ror.model.crisis import CrisisEvent, CrisisRound, CrisisScope, current_round, is_answer
from ror.services.availability import consult
from ror.store.board import aging, past
from ror.store.board import board as boards
from ror.store.board.board import Board, UnitRow
from ror.store.engine.database import Database

_READ = (
    *("unit", "name", "finess", "structure", "department", "commune", "structure_telephone", "structure_bed_telephone"),
    *("tension", "open", "kind", "capacity_type", "available", "parts", "others", "observed_at", "recorded_at"),
)
"""Columns that progress and reports read: those of the whole board would take twice as long."""


@dataclass(frozen=True, slots=True)
class StructureProgress:
    """The answers of a structure: its units that are expected to answer, and the names of those that have not (`missing`)."""

    finess: str
    structure: str
    department: str
    commune: str
    telephone: str
    bed_telephone: str
    tension: int | None
    units: tuple[UnitRow, ...]
    missing: tuple[str, ...]

    @property
    def expected(self) -> int:
        """The number of units that are expected to answer: those in scope that are open."""
        return len(self.units)

    @property
    def answered(self) -> int:
        """The number of units that answered."""
        return len(self.units) - len(self.missing)


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of an event in a round; `structures` are those of its scope, in the order of the board."""

    event: CrisisEvent
    round: CrisisRound
    structures: tuple[StructureProgress, ...]

    @property
    def expected(self) -> int:
        """The number of units that are expected to answer: those in scope that are open."""
        return sum(one.expected for one in self.structures)

    @property
    def answered(self) -> int:
        """The number of units that answered."""
        return sum(one.answered for one in self.structures)

    @property
    def late(self) -> list[StructureProgress]:
        """The structures with a unit that has not answered, those with most of them first."""
        return sorted((one for one in self.structures if one.missing), key=lambda one: -len(one.missing))


@dataclass(frozen=True, slots=True)
class OwnProgress:
    """The progress of one manager: the ids of its units in the scope of an event, and of those that answered the round."""

    event: CrisisEvent
    round: CrisisRound
    units: frozenset[str]
    answered: frozenset[str]


def progress(db: Database, event: CrisisEvent, now: datetime) -> Progress:
    """Return the progress of an event in its present round, or in its last one once it is over.

    Checks no right, since the result names no person.
    """
    board, crisis_round = boards.current(db), current_round(event, now)
    if now < event.until:
        return of_board(db, board, event, crisis_round, now)
    return of_past_round(db, board, event, crisis_round, event.until)


def of_board(db: Database, board: Board, event: CrisisEvent, crisis_round: CrisisRound, at: datetime) -> Progress:
    """Return the progress of an event in a round, from a board as it stood at an instant, now or past."""
    return of_units(db, board, in_scope(board.units, event.scope), event, crisis_round, at)


def of_past_round(db: Database, board: Board, event: CrisisEvent, crisis_round: CrisisRound, at: datetime) -> Progress:
    """Return the progress of an event in a round, as it was known at an instant: the units of its scope alone are read."""
    with db.reader() as cursor:
        units = past.existing(past.units_at(cursor, in_scope(board.units, event.scope), at, board.position), at)
    return of_units(db, board, units, event, crisis_round, at)


def of_units(
    db: Database, board: Board, units: pa.Table, event: CrisisEvent, crisis_round: CrisisRound, at: datetime
) -> Progress:
    """Return the progress of an event in a round, from the units of its scope; `board` has the events that were open."""
    with db.reader() as cursor:
        return of_aged_units(aging.aged(cursor, units, consult.moment(board, at)), event, crisis_round)


def of_aged_units(units: pa.Table, event: CrisisEvent, crisis_round: CrisisRound) -> Progress:
    """Return the progress of an event in a round, from the units of its scope as a view has them, already aged."""
    by_structure: dict[str, list[UnitRow]] = {}
    for row in units.select(_READ).to_pylist():
        if row["open"]:
            by_structure.setdefault(row["finess"], []).append(row)
    return Progress(event, crisis_round, tuple(_structure(rows, crisis_round) for rows in by_structure.values()))


def _structure(units: Sequence[UnitRow], crisis_round: CrisisRound) -> StructureProgress:
    first = units[0]
    return StructureProgress(
        finess=first["finess"],
        structure=first["structure"],
        department=first["department"],
        commune=first["commune"],
        telephone=first["structure_telephone"],
        bed_telephone=first["structure_bed_telephone"],
        tension=first["tension"],
        units=tuple(units),
        missing=tuple(row["name"] for row in units if not answers(row, crisis_round)),
    )


def in_scope(units: pa.Table, scope: CrisisScope) -> pa.Table:
    """Return the units of a board that a scope holds, in the same order."""
    return units.filter(pa.array(aging.in_scope(units, scope), pa.bool_()))


def answers(row: UnitRow, crisis_round: CrisisRound) -> bool:
    """Return whether the last event of a unit of the board answers a round."""
    return is_answer(row["kind"], row["observed_at"], row["recorded_at"], crisis_round.start)


def is_up_to_date(row: UnitRow, asking: Iterable[OwnProgress]) -> bool:
    """Return whether a unit needs no update: closed, answered in every event that asks for it, or fresh without any event."""
    if not row["open"]:
        return True
    answered = [row["unit"] in one.answered for one in asking if row["unit"] in one.units]
    return all(answered) if answered else row["rank"] == 0


def progress_of_units(rows: Iterable[UnitRow], events: Iterable[CrisisEvent], now: datetime) -> list[OwnProgress]:
    """Return a manager's progress in open events, from the aged units of its perimeter; events without any are left out."""
    own_progress = []
    units = [row for row in rows if row["open"]]
    for event in events:
        crisis_round = current_round(event, now)
        expected = [row for row in units if event.scope.holds_unit(row)]
        if expected:
            answered = frozenset(row["unit"] for row in expected if answers(row, crisis_round))
            own_progress.append(OwnProgress(event, crisis_round, frozenset(row["unit"] for row in expected), answered))
    return own_progress
