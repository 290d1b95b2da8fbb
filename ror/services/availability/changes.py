"""What changed over 24 hours: the units that offer less or more, went silent or answer again, and the totals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from ror.model.rights import Account
from ror.model.unit_change import ChangeKind, UnitState, change_of, seriousness
from ror.services.availability import consult, past_boards
from ror.services.availability.consult import Summary, UnitRow, View
from ror.store.board import consultation
from ror.store.board.differences import differences
from ror.store.engine.database import Database

DAY = timedelta(hours=24)
STEP = 5
"""Minutes between the instants that the present is compared with."""

TOTALS = ("beds", "places", "units", "up_to_date", "overdue")
"""The numbers of a summary of which the change is given."""


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
class Changes:
    """What changed of a view: `before` is the same view 24 hours earlier, to `STEP` minutes, as it was known then."""

    before: View
    now: View
    database: Database

    @property
    def units(self) -> tuple[UnitChange, ...]:
        """The units that changed, the most serious first; read when they are first asked for: the totals need none."""
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


def last_day(db: Database, account: Account, view: View) -> Changes:
    """Return what changed of a view over the last 24 hours.

    The filters that depend on what a unit offers hold for the totals alone: a unit that fell to zero passes no « at least 1 ».
    Raises `Forbidden`, journalled.
    """
    # To a step of time: the past board, which takes longest, so serves many instants of the present.
    then = view.at - DAY
    then = then.replace(minute=then.minute // STEP * STEP, second=0, microsecond=0)
    return Changes(past_boards.view_at(db, account, view.filters, then), view, db)


def _changed_units(db: Database, before: View, now: View) -> tuple[UnitChange, ...]:
    units = consultation.matching(now.board.units, now.filters.of_units())
    with db.reader() as cursor:
        # Both boards are aged already: a closed unit offers 0 in them, and ages again to the same.
        rows = differences(cursor, (before.board.units, before.at), (units, now.at)).to_pylist()
    changed = units.filter(pc.is_in(units["unit"], value_set=pa.array([row["unit"] for row in rows], pa.string())))
    lines = {line["unit"]: line for line in changed.to_pylist()}
    found = [(change_of(_state(row, "before"), _state(row, "now")), row) for row in rows]
    changes = [UnitChange(kind, lines[row["unit"]], row["available_before"]) for kind, row in found if kind is not None]
    return tuple(sorted(changes, key=_order))


def matching_with_before(changes: Changes, columns: Sequence[str]) -> pa.Table:
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
