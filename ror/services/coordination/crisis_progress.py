"""How far an event of a crisis is: which units of its scope answered the present round, by structure; and a manager's own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from ror.model.crisis import CrisisEvent, CrisisRound, CrisisScope, current_round, is_answer
from ror.services.availability import consult
from ror.store.board import aging
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
    """What a structure answered: how many units are expected to answer and did, the names of the others; and whom to call."""

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
        """How many units are expected to answer: those in scope that are open."""
        return len(self.units)

    @property
    def answered(self) -> int:
        """How many of them answered."""
        return len(self.units) - len(self.missing)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an event is in a round: `structures` are those of its scope, in the order of the board."""

    event: CrisisEvent
    round: CrisisRound
    structures: tuple[StructureProgress, ...]

    @property
    def expected(self) -> int:
        """How many units are expected to answer: those in scope that are open."""
        return sum(one.expected for one in self.structures)

    @property
    def answered(self) -> int:
        """How many of them answered."""
        return sum(one.answered for one in self.structures)

    @property
    def late(self) -> list[StructureProgress]:
        """The structures with a unit that has not answered, those that miss most first."""
        return sorted((one for one in self.structures if one.missing), key=lambda one: -len(one.missing))


@dataclass(frozen=True, slots=True)
class OwnProgress:
    """What an open event asks of a manager: its units in scope by id, and those of them that answered the present round."""

    event: CrisisEvent
    round: CrisisRound
    units: frozenset[str]
    answered: frozenset[str]


def progress(db: Database, event: CrisisEvent, now: datetime) -> Progress:
    """Return how far an event is in its present round, its last one once it is over. Checks no right: it names no person."""
    board = boards.current(db)
    return of_board(db, board, event, current_round(event, now), now)


def of_board(db: Database, board: Board, event: CrisisEvent, one: CrisisRound, at: datetime) -> Progress:
    """Return how far an event is in a round on a board, now's or that of a past instant, as it stands at this instant."""
    return of_units(db, board, in_scope(board.units, event.scope), event, one, at)


def of_units(db: Database, board: Board, units: pa.Table, event: CrisisEvent, one: CrisisRound, at: datetime) -> Progress:
    """Return how far an event is in a round from the units of its scope; the board says which events were open."""
    with db.reader() as cursor:
        return of_aged_units(aging.aged(cursor, units, consult.moment(board, at)), event, one)


def of_aged_units(units: pa.Table, event: CrisisEvent, one: CrisisRound) -> Progress:
    """Return how far an event is in a round from the units of its scope, aged already (those of a view)."""
    by_structure: dict[str, list[UnitRow]] = {}
    for row in units.select(_READ).to_pylist():
        if row["open"]:
            by_structure.setdefault(row["finess"], []).append(row)
    return Progress(event, one, tuple(_structure(of, one) for of in by_structure.values()))


def _structure(units: Sequence[UnitRow], one: CrisisRound) -> StructureProgress:
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
        missing=tuple(row["name"] for row in units if not answers(row, one)),
    )


def in_scope(units: pa.Table, scope: CrisisScope) -> pa.Table:
    """Return the units of a board that a scope holds, in the same order."""
    return units.filter(pa.array(aging.in_scope(units, scope), pa.bool_()))


def answers(row: UnitRow, one: CrisisRound) -> bool:
    """Return whether the last event of a unit of the board answers a round."""
    return is_answer(row["kind"], row["observed_at"], row["recorded_at"], one.start)


def is_up_to_date(row: UnitRow, asking: Iterable[OwnProgress]) -> bool:
    """Return whether a manager has nothing to type for a unit: it answered every event that asks for it, else it is fresh."""
    answered = [row["unit"] in one.answered for one in asking if row["unit"] in one.units]
    return all(answered) if answered else row["rank"] == 0


def own(rows: Iterable[UnitRow], events: Iterable[CrisisEvent], now: datetime) -> list[OwnProgress]:
    """Return what open events ask of a manager, from the aged units of its perimeter; those that ask nothing are left out."""
    found = []
    units = [row for row in rows if row["open"]]
    for event in events:
        one = current_round(event, now)
        expected = [row for row in units if event.scope.holds_unit(row)]
        if expected:
            answered = frozenset(row["unit"] for row in expected if answers(row, one))
            found.append(OwnProgress(event, one, frozenset(row["unit"] for row in expected), answered))
    return found
