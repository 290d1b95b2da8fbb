"""Whom to call first: what a call would teach, and which order would have found more changed numbers.

A call is worth most where the number is wrong and readers need it: its value is the probability that the number changed, 1 - p,
times the demand where the unit is. A number that a reader contradicts counts as changed. The variance of the answer, p (1 - p),
was rejected: it puts numbers that are doubtful before those that surely changed, whose true value is just as unknown. On the
log it finds fewer changed numbers than the order by age, and 1 - p finds more (`order_gain`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import numpy as np

from ror.model.trust.checks import Bools, Floats, Ints

DEMAND = timedelta(days=28)
"""The period whose reports, calls and saved alerts measure the demand."""

FIRST = 0.1
"""Orders of calls are compared on this share of the units: those that each order proposes first."""


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
    """A demand for needs (codes, None for any) in a département ("" for any), made once or `times` times."""

    needs: frozenset[str] | None
    department: str
    times: int = 1

    def is_for(self, needs: frozenset[str], department: str) -> bool:
        """Return whether a unit with these needs in this département may answer the request."""
        return (self.needs is None or bool(self.needs & needs)) and self.department in ("", department)


def needs_of(codes: str) -> frozenset[str]:
    """Split the codes of needs that the board joins by `|`; a unit without any need has the one code ""."""
    return frozenset(codes.split("|"))


def demand(requests: Iterable[Request], needs: frozenset[str], department: str) -> int:
    """Return the demand where a unit is: one, plus the requests that it may answer."""
    return 1 + sum(request.times for request in requests if request.is_for(needs, department))


def call_value(probability: Floats, contradicted: Bools, demand: Floats) -> Floats:
    """Return the value of a call to each unit: the probability that its number changed, times the demand there.

    `probability` is the probability that the number still holds, NaN where it is unknown.
    """
    value: Floats = np.where(contradicted, 1.0, 1 - probability) * demand
    return value


def ranks(call_values: Floats, hours: Floats) -> Ints:
    """Return the rank of each unit, from 0: the highest call value first, then unknown values (NaN), the oldest number first.

    `hours` is the age of each number, infinite for a unit that never declared; it also sorts equal values.
    """
    unknown = np.isnan(call_values)
    order = np.lexsort((-hours, np.where(unknown, 0.0, -call_values), unknown))
    rank_of = np.empty(len(order), np.int64)
    rank_of[order] = np.arange(len(order))
    return rank_of


@dataclass(frozen=True, slots=True)
class OrderGain:
    """The shares of the first calls (`FIRST`) of past days that would have found a changed number, by order.

    `learnt` is the share of the order by call value, `oldest` of the order by age, `any_order` of all the numbers.
    """

    days: int
    calls: int
    learnt: float
    oldest: float
    any_order: float


def order_gain(days: Ints, call_values: Floats, hours: Floats, changed: Bools) -> OrderGain | None:
    """Compare the orders on numbers of past days, one a row: its call value then, its age, whether it had changed.

    Return None without a number.
    """
    by_day = [_first_calls(*(column[days == day] for column in (call_values, hours, changed))) for day in np.unique(days)]
    if not by_day:
        return None
    calls, learnt, oldest = (sum(column) for column in zip(*by_day, strict=True))
    return OrderGain(len(by_day), calls, learnt / calls, oldest / calls, float(changed.mean()))


def _first_calls(call_values: Floats, hours: Floats, changed: Bools) -> Sequence[int]:
    """Return how many calls of a day come first, and how many of them find a change, by call value and by age."""
    calls = int(np.ceil(FIRST * len(changed)))
    learnt, oldest = ranks(call_values, hours) < calls, ranks(np.full(len(hours), np.nan), hours) < calls
    return calls, int(changed[learnt].sum()), int(changed[oldest].sum())
