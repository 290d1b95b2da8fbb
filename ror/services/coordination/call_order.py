"""Rank the units of the call round by what a call to each teaches: how likely its number is, and the demand for it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ror.model.alert import Condition
from ror.model.place import PlaceKind, split_key
from ror.model.territory import department_of_commune
from ror.model.trust import calls
from ror.model.trust.calls import Request, needs_of
from ror.model.trust.checks import Claim
from ror.services.availability.consult import UnitRow, View
from ror.services.availability.trust.learning import Trust
from ror.store import alerts, call_round, feedback
from ror.store.engine.database import Cursor

_COLUMNS = pa.schema(
    [
        *((name, pa.string()) for name in ("unit", "unit_type", "needs")),
        *(("available", pa.int32()), ("observed_at", pa.timestamp("us", "UTC")), ("open", pa.bool_())),
    ]
)
"""Columns of the aged board from which probabilities are read."""

_NOWHERE = "?"


@dataclass(frozen=True, slots=True)
class CallRank:
    """The rank of a unit by what a call to it teaches, and the probability that its number still holds (None: unknown)."""

    rank: int
    likely: float | None


def call_ranks(cursor: Cursor, learnt: Trust, view: View, rows: Sequence[UnitRow], now: datetime) -> dict[str, CallRank]:
    """Return the rank of each unit of the round, by its id."""
    units = pa.Table.from_pylist([{name: row[name] for name in _COLUMNS.names} for row in rows], _COLUMNS)
    found = learnt.probability(units, view.at, Claim.SAME)
    demand = _demand_of(requests(cursor, view, now))
    contradicted = np.array([bool(row["contradicted_by"]) for row in rows], np.bool_)
    call_values = calls.call_value(
        np.where(found.usable, found.value, np.nan), contradicted, np.array([demand(row) for row in rows], np.float64)
    )
    hours = [(view.at - row["observed_at"]).total_seconds() / 3600 if row["observed_at"] else np.inf for row in rows]
    ranks = calls.ranks(call_values, np.array(hours, np.float64))
    likely = np.where(found.usable & ~contradicted, found.value, np.nan).tolist()
    return {
        row["unit"]: CallRank(int(rank), None if np.isnan(value) else value)
        for row, rank, value in zip(rows, ranks, likely, strict=True)
    }


def requests(cursor: Cursor, view: View, now: datetime) -> list[Request]:
    """Return the demand of the last `calls.DEMAND`: that for the needs of reported and of called units, and saved alerts."""
    since = now - calls.DEMAND
    by_unit = [store.demand_by_unit(cursor, since, now) for store in (feedback, call_round)]
    units = view.board.units.select(["unit", "needs", "department"])
    demand = pa.array(sorted({unit for counts in by_unit for unit in counts}), units["unit"].type)
    of_units = [
        Request(needs_of(row["needs"]), row["department"], sum(counts.get(row["unit"], 0) for counts in by_unit))
        for row in units.filter(pc.is_in(units["unit"], demand)).to_pylist()
    ]
    departments = view.board.directory.departments
    return of_units + [_of_alert(condition, departments) for condition in alerts.conditions_since(cursor, since, now)]


def _of_alert(condition: Condition, departments: Mapping[str, str]) -> Request:
    """Return the demand of an alert, in the département of its place if it has one; an unknown structure is in none."""
    needs = frozenset(condition.filters.needs) or None
    place = split_key(condition.place)
    if place is None:
        return Request(needs, condition.department)
    kind, code = place
    return Request(needs, department_of_commune(code) if kind is PlaceKind.COMMUNE else departments.get(code, _NOWHERE))


def _demand_of(made: Sequence[Request]) -> Callable[[UnitRow], int]:
    """Return the function that counts the demand for a unit; cached, since units share few needs and départements."""

    @cache
    def demand(needs: str, department: str) -> int:
        return calls.demand(made, needs_of(needs), department)

    return lambda row: demand(row["needs"], row["department"])
