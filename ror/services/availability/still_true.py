"""What screens say of how likely numbers are: of the units that they show, and of their totals; nothing of a past view."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ror.model.freshness import CLOCK_TOLERANCE
from ror.model.nomenclature import CapacityType
from ror.model.trust.checks import Bools, Claim
from ror.model.trust.expected import Total
from ror.model.trust.still_true import Chance, StillTrue
from ror.services.availability import trust
from ror.services.availability.consult import UnitRow, View
from ror.services.availability.trust import Trust
from ror.store.engine.database import Database

UNKNOWN = StillTrue()

_COLUMNS = pa.schema(
    [
        *((name, pa.string()) for name in ("unit", "unit_type", "needs")),
        *(("available", pa.int32()), ("observed_at", pa.timestamp("us", "UTC"))),
        *(("open", pa.bool_()), ("contradicted_by", pa.int32())),
    ]
)
"""Columns of the aged board that are read."""

_SUMMED = (*_COLUMNS.names, "department", "capacity_type")


def of_table(db: Database, view: View, units: pa.Table) -> list[StillTrue]:
    """Return what is known of the numbers of aged units of a view, in their order; `UNKNOWN` while nothing is learnt.

    Nothing is known of a number that a reader contradicts, nor of one whose instant is ahead of the clock.
    """
    learnt = _learnt(db, view)
    if learnt is None:
        return [UNKNOWN] * units.num_rows
    found = [_chances(learnt, units, view.at, claim) for claim in (Claim.SAME, Claim.ANY_LEFT)]
    return [StillTrue(*both) if any(both) else UNKNOWN for both in zip(*found, strict=True)]


def of_rows(db: Database, view: View, rows: Sequence[UnitRow]) -> list[StillTrue]:
    """Return what `of_table` does, of rows of the board."""
    return of_table(db, view, pa.Table.from_pylist([{name: row[name] for name in _COLUMNS.names} for row in rows], _COLUMNS))


def any_left(db: Database, view: View, units: pa.Table) -> pa.Array:
    """Return the probability that each number of aged units leaves at least one, null where it is not known."""
    learnt = _learnt(db, view)
    if learnt is None:
        return pa.nulls(units.num_rows, pa.float64())
    found = learnt.probability(units, view.at, Claim.ANY_LEFT)
    return pa.array(found.value, mask=~(found.usable & _credible(units, view.at)))


def total(db: Database, view: View, capacity: CapacityType) -> Total | None:
    """Return what the beds, or the places, of a view have become; None where it is not known, and for none declared.

    A unit of a type that came since the last learning is in the total of the view alone: nothing is shown then.
    """
    learnt = _learnt(db, view)
    if learnt is None:
        return None
    units = view.matching(_SUMMED)
    units = units.filter(pc.equal(units["capacity_type"], str(capacity)))
    found = learnt.total(units, view.at)
    declared = pc.sum(units["available"]).as_py()
    return found if found and found.declared == declared != 0 else None


def _learnt(db: Database, view: View) -> Trust | None:
    return None if view.past else trust.latest(db)


def _chances(learnt: Trust, units: pa.Table, at: datetime, claim: Claim) -> list[Chance | None]:
    found = learnt.probability(units, at, claim)
    usable = found.usable & _credible(units, at)
    bounds = zip(usable.tolist(), found.value.tolist(), found.low.tolist(), found.high.tolist(), strict=True)
    return [Chance(value, low, high) if some else None for some, value, low, high in bounds]


def _credible(units: pa.Table, at: datetime) -> Bools:
    """Return which numbers no reader contradicts, and are not ahead of the clock."""
    latest = pa.scalar(at + CLOCK_TOLERANCE, pa.timestamp("us", "UTC"))
    ahead = pc.greater(units["observed_at"].cast(pa.timestamp("us", "UTC")), latest)
    doubtful = pc.or_(pc.fill_null(ahead, False), pc.greater(pc.fill_null(units["contradicted_by"], 0), 0))
    credible: Bools = ~np.array(doubtful, dtype=np.bool_)
    return credible
