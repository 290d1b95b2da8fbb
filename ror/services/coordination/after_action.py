"""Review a past instant: what the board knew then, beside what was later learnt to be true then; for after-action reviews."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from ror.errors import Refused
from ror.model.board import Filters
from ror.model.hindsight import USUAL_WITHIN, WITHIN, Evidence, Hindsight, Totals, Way, totals, truth
from ror.model.journal import Act
from ror.model.nomenclature import CapacityType
from ror.model.rights import Account, Action
from ror.services import journal
from ror.services.availability import consult, past_boards
from ror.services.availability.consult import UnitRow, View
from ror.store.board import hindsight
from ror.store.engine.database import Database

_COLUMNS = (
    *("unit", "name", "type_label", "finess", "structure", "commune", "department", "capacity_type", "temporality"),
    *("position", "available", "open", "rank", "observed_at", "recorded_at", "overdue"),
)
"""The columns of the aged past board that the review reads."""


@dataclass(frozen=True, slots=True)
class ReviewedUnit:
    """A unit at the instant: its row of the board of then, and the number known beside the true one."""

    row: UnitRow
    comparison: Hindsight


@dataclass(frozen=True, slots=True)
class Review:
    """The units of a past view, those that were wrong first, by how much, then those that were right, then those unknown."""

    view: View
    within: timedelta
    units: Sequence[ReviewedUnit]

    def totals(self, capacity: CapacityType) -> Totals:
        """Add up the units that count beds, or places."""
        return totals(one.comparison for one in self.units if one.row["capacity_type"] == capacity)


def review(
    db: Database,
    account: Account,
    at: datetime,
    now: datetime,
    *,
    filters: Filters | None = None,
    department: str = "",
    within: timedelta = USUAL_WITHIN,
) -> Review:
    """Return what was known of units at a past instant beside what is known of it now (`model.hindsight.truth`).

    `department`: the units of one, "" for all. `within`: how long after the instant something observed may speak of it, one
    of `WITHIN`. Raises `Forbidden`, journalled; `Refused` for an instant to come, and another `within`.
    """
    journal.require(db, account, Action.COORDINATE, Act.CONSULT, "after_action", now)
    past_boards.check(at, now)
    if within not in WITHIN:
        raise Refused("Choisissez dans la liste jusqu'à combien de temps après l'instant un nombre en parle encore.")
    view = past_boards.view_at(db, account, filters or Filters(), at)
    units = view.matching(_COLUMNS)
    if department:
        units = units.filter(pc.equal(units["department"], department))
    position = consult.current(db, account).position
    with db.reader() as cursor:
        learnt = hindsight.evidence(cursor, units, at, at + within, position)
    by_unit = _by_unit(learnt)
    found = [_reviewed(row, by_unit.get(row["unit"], []), at, within) for row in units.to_pylist()]
    return Review(view, within, sorted(found, key=_order))


def _by_unit(learnt: pa.Table) -> dict[str, list[Evidence]]:
    found: dict[str, list[Evidence]] = {}
    for row in learnt.to_pylist():
        one = Evidence(row["available"], row["true_at"], row["learnt_at"], Way(row["way"]))
        found.setdefault(row["unit"], []).append(one)
    return found


def _reviewed(row: UnitRow, evidence: Sequence[Evidence], at: datetime, within: timedelta) -> ReviewedUnit:
    return ReviewedUnit(row, Hindsight(row["available"], truth(evidence, at, within)))


def _order(one: ReviewedUnit) -> tuple[bool, bool, int]:
    """Return the key of the order of a review; units of one key stay in the order of the board."""
    comparison = one.comparison
    return comparison.truth is None, not comparison.differs, -abs(comparison.difference or 0)
