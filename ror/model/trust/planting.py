"""Choose the units in which known faults are planted, and count how many of the faults were found."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from ror.model.trust.checks import Checks, Ints
from ror.model.trust.rhythm import RECENT_WEEKS

PLANTED = 30
"""Most units with each fault."""

WEEKS = RECENT_WEEKS
"""The last weeks, in which the faults are planted."""

_MIN_CHECKS = 60
_MIN_RECENT = 6
_MOVING, _STILL = 0.3, 0.2
"""The share of checks that find a change: at least `_MOVING` in units to freeze, at most `_STILL` in units to make change."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The rows of the units in which each fault is planted: `frozen` numbers, `sudden` changes, numbers that calls deny.

    Calls contradict the numbers of `lying` units, and confirm most of those of `honest` ones, which have no fault.
    """

    frozen: Ints
    sudden: Ints
    lying: Ints
    honest: Ints


def plan(checks: Checks, units: int) -> Plan:
    """Return which units to plant faults in: those that declare often enough for a fault to show, evenly spread."""
    last = checks.period.max(initial=0)
    cases, same = (np.bincount(checks.unit, values, minlength=units) for values in (checks.cases, checks.same))
    recent = checks.where(checks.period > last - WEEKS)
    often = (cases >= _MIN_CHECKS) & (np.bincount(recent.unit, recent.cases, minlength=units) >= _MIN_RECENT)
    share = 1 - same / np.maximum(cases, 1)
    frozen = _spread(np.flatnonzero(often & (share >= _MOVING)), PLANTED)
    sudden = _spread(np.flatnonzero(often & (share <= _STILL)), PLANTED)
    others = np.setdiff1d(np.flatnonzero(often), np.concatenate([frozen, sudden]))
    called = _spread(others, 4 * PLANTED)
    return Plan(frozen, sudden, called[::4], np.delete(called, np.s_[::4]))


def _spread(rows: Ints, most: int) -> Ints:
    """Return `most` of the rows at most, evenly spread."""
    return rows[np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(np.int64)]


@dataclass(frozen=True, slots=True)
class Detection:
    """The detection of the faults of one kind: how many were planted, how many units were marked, and `found`, both."""

    planted: int
    marked: int
    found: int

    @property
    def precision(self) -> float | None:
        """The share of the marked units in which the fault had been planted."""
        return self.found / self.marked if self.marked else None

    @property
    def recall(self) -> float | None:
        """The share of the planted faults that were found."""
        return self.found / self.planted if self.planted else None


def count_detected(planted: Sequence[str], marked: Collection[str]) -> Detection:
    """Count the planted units, the marked ones, and those that are both."""
    return Detection(len(planted), len(marked), len(set(planted) & set(marked)))
