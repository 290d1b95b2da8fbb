"""Compare a view with the past: units that offer less or more, went silent or answer again, and the change of the totals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from ror.model.filters import Filters
from ror.model.rights import Account
from ror.model.unit_change import ChangeKind, UnitState, change_of, seriousness
from ror.services.availability import consult, past_boards
from ror.services.availability.consult import Board, Summary, UnitRow, View, ViewCache
from ror.store.board import consultation, past
from ror.store.board.differences import differences
from ror.store.engine.database import Database

DAY = timedelta(hours=24)
STEP = 5
"""Minutes between the instants that the present is compared with."""

NO_FILTER = Filters()

TOTALS = ("beds", "places", "units", "up_to_date", "overdue")
"""The numbers of a summary whose change is given."""


@dataclass(frozen=True, slots=True)
class UnitChange:
    """A unit that changed: its line of the board now, and its number then (None before its first one)."""

    kind: ChangeKind
    unit: UnitRow
    before: int | None

    @property
    def now(self) -> int | None:
        """The number now, 0 when closed."""
        number: int | None = self.unit["available"]
        return number

    def age(self, at: datetime) -> timedelta | None:
        """Return the age of the number at an instant, None when there is none."""
        observed: datetime | None = self.unit["observed_at"]
        return at - observed if observed else None


@dataclass(frozen=True, slots=True, eq=False)
class ViewChanges:
    """The changes of a view: `before` is the same view at an earlier instant, as it was known then."""

    before: View
    now: View
    database: Database

    @property
    def units(self) -> tuple[UnitChange, ...]:
        """The units that changed, the most serious first; computed at the first use, since the totals do not need them."""
        return self.now.cache.get("changed units", lambda: _changed_units(self.database, self.before, self.now))

    @property
    def worse(self) -> list[UnitChange]:
        """The units that offer less or became overdue, the most serious first."""
        return [change for change in self.units if change.kind.worse]

    @property
    def better(self) -> list[UnitChange]:
        """The units that offer more or answer again, the largest gains first."""
        return [change for change in self.units if not change.kind.worse]

    def totals(self, department: str = "") -> dict[str, int]:
        """Return the change of each of `TOTALS`, for the region or one département."""
        return {name: _summary(self.now, department)[name] - _summary(self.before, department)[name] for name in TOTALS}

    @property
    def reopened(self) -> list[UnitRow]:
        """The units that were closed and are open, as they are now, whatever their number is."""
        shut = self.before.board.units
        shut = shut.filter(pc.invert(shut["open"]))["unit"].combine_chunks()
        units = consultation.matching(self.now.board.units, self.now.filters.of_units())
        rows: list[UnitRow] = units.filter(pc.and_(units["open"], pc.is_in(units["unit"], value_set=shut))).to_pylist()
        return rows


def since(db: Database, board: Board, now: datetime, position: int, at: datetime) -> ViewChanges:
    """Return the changes of the whole board, as it stands now, since a position that was read at the instant `at`.

    Builds views of its own: those of `consult.view` cache the changes of a day. Checks no right.
    """
    with db.reader() as cursor:
        then = past.board_at(cursor, board, at, position)
    # Each view has its own moment: an event of a crisis that opened between the two asked for nothing then.
    before = ViewCache(db).get(then, NO_FILTER, consult.moment(board, at))
    return ViewChanges(before, ViewCache(db).get(board, NO_FILTER, consult.moment(board, now)), db)


def last_day(db: Database, account: Account, view: View) -> ViewChanges:
    """Return the changes of a view over the last 24 hours, rounded to `STEP` minutes.

    The filters on what a unit offers apply to the totals alone: a unit that fell to zero passes no « at least 1 ».
    Raises `Forbidden`, journalled.
    """
    # Rounded, so that one past board, which takes longest to read, serves many instants of the present.
    then = view.at - DAY
    then = then.replace(minute=then.minute // STEP * STEP, second=0, microsecond=0)
    return ViewChanges(past_boards.view_at(db, account, view.filters, then), view, db)


def _changed_units(db: Database, before: View, now: View) -> tuple[UnitChange, ...]:
    units = consultation.matching(now.board.units, now.filters.of_units())
    with db.reader() as cursor:
        # Both boards are aged already: a closed unit offers 0 in them, and ages again to the same.
        rows = differences(cursor, (before.board.units, before.moment), (units, now.moment)).to_pylist()
    changed = units.filter(pc.is_in(units["unit"], value_set=pa.array([row["unit"] for row in rows], pa.string())))
    lines = {line["unit"]: line for line in changed.to_pylist()}
    found = [(change_of(_state(row, "before"), _state(row, "now")), row) for row in rows]
    changes = [UnitChange(kind, lines[row["unit"]], row["available_before"]) for kind, row in found if kind is not None]
    return tuple(sorted(changes, key=_order))


def matching_with_before(changes: ViewChanges, columns: Sequence[str]) -> pa.Table:
    """Return some columns of the matching units, and `before`: the number 24 hours earlier, null for an unknown one."""
    units, earlier = changes.now.matching((*columns, "unit")), changes.before.board.units
    rows = pc.index_in(units["unit"], value_set=earlier["unit"].combine_chunks())
    return units.append_column("before", earlier["available"].take(rows))


def _state(row: dict[str, UnitRow], when: str) -> UnitState:
    return UnitState(**{name: row[f"{name}_{when}"] for name in ("available", "open", "overdue", "silent")})  # type: ignore[arg-type]


def _order(change: UnitChange) -> tuple[int, int, str, str]:
    return (*seriousness(change.kind, change.before, change.now), change.unit["department"], change.unit["unit"])


def _summary(view: View, department: str) -> Summary:
    return view.departments.get(department, consult.NO_UNIT) if department else view.region
