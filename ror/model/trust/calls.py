"""Whom to call first: what a call would teach, and which order would have found more changed numbers.

A call teaches a number to those who had a wrong one: what it teaches is the probability that the number changed, 1 - p, times
how much is asked for where the unit is. A number that a reader contradicts is taken as changed. The variance of the answer,
p (1 - p), would put numbers of which nobody knows whether they changed before those that surely did, whose true value is as
unknown: on the log it finds fewer changed numbers than the oldest first, and 1 - p more (`order_gain`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import numpy as np

from ror.model.trust.checks import Bools, Floats, Ints

DEMAND = timedelta(days=28)
"""The last days whose reports, calls and saved alerts tell what is asked for."""

FIRST = 0.1
"""The share of the units, those that an order proposes first, by which orders are compared."""


class CallOrder(StrEnum):
    """The orders of the calls: by urgency, or by what a call teaches."""

    URGENCY = "urgence"
    LEARNING = "apprend"

    @property
    def label(self) -> str:
        """The order on the screens."""
        return {CallOrder.URGENCY: "Urgence", CallOrder.LEARNING: "Ce qu'un appel apprend"}[self]


@dataclass(frozen=True, slots=True)
class Request:
    """Something asked for, once or `times`: needs (codes, None for any) in a département ("" for any)."""

    needs: frozenset[str] | None
    department: str
    times: int = 1

    def is_for(self, needs: frozenset[str], department: str) -> bool:
        """Return whether a unit of these needs in this département may answer."""
        return (self.needs is None or bool(self.needs & needs)) and self.department in ("", department)


def needs_of(codes: str) -> frozenset[str]:
    """Return the needs of a unit, of which the board has the codes joined by `|`; a unit without any has "" alone."""
    return frozenset(codes.split("|"))


def demand(requests: Iterable[Request], needs: frozenset[str], department: str) -> int:
    """Return how much is asked for where a unit is: one, and each request that it may answer."""
    return 1 + sum(request.times for request in requests if request.is_for(needs, department))


def call_value(probability: Floats, contradicted: Bools, demand: Floats) -> Floats:
    """Return what a call to each unit would teach: how likely its number changed, times how much is asked for there.

    `probability` is that of a number that still holds.
    """
    value: Floats = np.where(contradicted, 1.0, 1 - probability) * demand
    return value


def ranks(call_values: Floats, hours: Floats) -> Ints:
    """Return the rank of each unit, 0 first: what teaches most; then the unknown ones (NaN), the oldest number first.

    `hours` is the age of each number, infinite for a unit that never declared.
    """
    unknown = np.isnan(call_values)
    order = np.lexsort((-hours, np.where(unknown, 0.0, -call_values), unknown))
    found = np.empty(len(order), np.int64)
    found[order] = np.arange(len(order))
    return found


@dataclass(frozen=True, slots=True)
class OrderGain:
    """Of the first calls (`FIRST`) that orders propose over past days, the shares that would have found a changed number.

    `learnt` is that of what a call teaches, `oldest` that of the oldest numbers first, `any_order` that of all the numbers.
    """

    days: int
    calls: int
    learnt: float
    oldest: float
    any_order: float


def order_gain(days: Ints, call_values: Floats, hours: Floats, changed: Bools) -> OrderGain | None:
    """Compare both orders on numbers of past days, one a row: what a call value then, age, whether it had changed.

    None without a number.
    """
    found = [_first_calls(*(column[days == day] for column in (call_values, hours, changed))) for day in np.unique(days)]
    if not found:
        return None
    calls, learnt, oldest = (sum(column) for column in zip(*found, strict=True))
    return OrderGain(len(found), calls, learnt / calls, oldest / calls, float(changed.mean()))


def _first_calls(call_values: Floats, hours: Floats, changed: Bools) -> Sequence[int]:
    """Return how many calls of a day come first, and how many of them find a change in each order."""
    calls = int(np.ceil(FIRST * len(changed)))
    learnt, oldest = ranks(call_values, hours) < calls, ranks(np.full(len(hours), np.nan), hours) < calls
    return calls, int(changed[learnt].sum()), int(changed[oldest].sum())
