"""Review a past instant, for after-action reviews: the numbers known then beside those that later proved to be true then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from ror.errors import Refused
from ror.model.filters import Filters
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
    """A unit at the past instant: its row of that board, and the comparison of the number known with the true one."""

    row: UnitRow
    comparison: Hindsight


@dataclass(frozen=True, slots=True)
class Review:
    """The units of a past view: the wrong ones first, by the size of the difference, then the right ones, then the unknown."""

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
    """Return the numbers known at a past instant beside the true ones, as known now (`model.hindsight.truth`).

    `department`: the units of one, "" for all. `within`: how long after the instant an observation still counts as evidence of
    it, one of `WITHIN`. Raises `Forbidden`, journalled; `Refused` for an instant to come, and another `within`.
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
    reviewed = [_reviewed(row, by_unit.get(row["unit"], []), at, within) for row in units.to_pylist()]
    return Review(view, within, sorted(reviewed, key=_order))


def _by_unit(learnt: pa.Table) -> dict[str, list[Evidence]]:
    by_unit: dict[str, list[Evidence]] = {}
    for row in learnt.to_pylist():
        evidence = Evidence(row["available"], row["true_at"], row["learnt_at"], Way(row["way"]))
        by_unit.setdefault(row["unit"], []).append(evidence)
    return by_unit


def _reviewed(row: UnitRow, evidence: Sequence[Evidence], at: datetime, within: timedelta) -> ReviewedUnit:
    return ReviewedUnit(row, Hindsight(row["available"], truth(evidence, at, within)))


def _order(unit: ReviewedUnit) -> tuple[bool, bool, int]:
    """Return the sort key of a unit in a review; units of one key stay in the order of the board."""
    comparison = unit.comparison
    return comparison.truth is None, not comparison.differs, -abs(comparison.difference or 0)
