"""How likely the numbers and the totals that a screen shows still hold; never known for a past view."""

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
from ror.services.availability.consult import UnitRow, View
from ror.services.availability.trust import learning
from ror.services.availability.trust.learning import Trust
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
    """Return how likely the numbers of aged units of a view still hold, in their order; `UNKNOWN` before the first learning.

    A number that a reader contradicts, or whose instant is ahead of the clock, is `UNKNOWN` too.
    """
    learnt = _learnt(db, view)
    if learnt is None:
        return [UNKNOWN] * units.num_rows
    by_claim = [_chances(learnt, units, view.at, claim) for claim in (Claim.SAME, Claim.ANY_LEFT)]
    return [StillTrue(*both) if any(both) else UNKNOWN for both in zip(*by_claim, strict=True)]


def chances_of_rows(db: Database, view: View, rows: Sequence[UnitRow]) -> list[StillTrue]:
    """Return what `of_table` returns, for rows of the board."""
    return of_table(db, view, pa.Table.from_pylist([{name: row[name] for name in _COLUMNS.names} for row in rows], _COLUMNS))


def any_left(db: Database, view: View, units: pa.Table) -> pa.Array:
    """Return the probability that each number of aged units leaves at least one, null where it is not known."""
    learnt = _learnt(db, view)
    if learnt is None:
        return pa.nulls(units.num_rows, pa.float64())
    found = learnt.probability(units, view.at, Claim.ANY_LEFT)
    return pa.array(found.value, mask=~(found.usable & _credible(units, view.at)))


def total(db: Database, view: View, capacity: CapacityType) -> Total | None:
    """Return the expected total of the beds, or of the places, of a view; None when it is not known or none is declared.

    It is not known when a unit of the view has a type that appeared since the last learning: the total would leave it out.
    """
    learnt = _learnt(db, view)
    if learnt is None:
        return None
    units = view.matching(_SUMMED)
    units = units.filter(pc.equal(units["capacity_type"], str(capacity)))
    expected = learnt.total(units, view.at)
    declared = pc.sum(units["available"]).as_py()
    return expected if expected and expected.declared == declared != 0 else None


def _learnt(db: Database, view: View) -> Trust | None:
    return None if view.past else learning.latest(db)


def _chances(learnt: Trust, units: pa.Table, at: datetime, claim: Claim) -> list[Chance | None]:
    found = learnt.probability(units, at, claim)
    usable = found.usable & _credible(units, at)
    bounds = zip(usable.tolist(), found.value.tolist(), found.low.tolist(), found.high.tolist(), strict=True)
    return [Chance(value, low, high) if is_usable else None for is_usable, value, low, high in bounds]


def _credible(units: pa.Table, at: datetime) -> Bools:
    """Return which numbers are neither contradicted by a reader nor ahead of the clock."""
    latest = pa.scalar(at + CLOCK_TOLERANCE, pa.timestamp("us", "UTC"))
    ahead = pc.greater(units["observed_at"].cast(pa.timestamp("us", "UTC")), latest)
    doubtful = pc.or_(pc.fill_null(ahead, False), pc.greater(pc.fill_null(units["contradicted_by"], 0), 0))
    credible: Bools = ~np.array(doubtful, dtype=np.bool_)
    return credible
