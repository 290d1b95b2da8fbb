"""Counts of checks: how often numbers, by unit, size and age, were still true at the next declaration or call."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

AGE_EDGES: Floats = np.geomspace(0.25, 60 * 24, 40)
"""The limits of the classes of age, in hours: from a quarter of an hour to 60 days, each 25 % longer than the one before."""

AGES: Floats = np.concatenate([[AGE_EDGES[0] / 1.12], np.sqrt(AGE_EDGES[:-1] * AGE_EDGES[1:]), [AGE_EDGES[-1] * 1.12]])
"""The age that stands for each class, in hours."""

SIZE_EDGES = (1, 2, 3, 5, 8, 13)
"""The limits of the classes of size of a number: 0, 1, 2, 3 and 4, 5 to 7, 8 to 12, more."""

SIZES = len(SIZE_EDGES) + 1

FACTORS: Floats = np.exp(np.linspace(np.log(0.05), np.log(20), 49))
"""The grid of factors by which numbers change faster than usual: from 20 times slower to 20 times faster."""

CALL_WEIGHT = 3.0
"""The weight of a check by telephone in a fit. It comes when a reader needs the number, not when its manager writes."""


class Claim(Enum):
    """The claims about a number: that it still stands, or that at least one of its places is left."""

    SAME = "same"
    ANY_LEFT = "any_left"


@dataclass(frozen=True, slots=True)
class Checks:
    """Checks counted by unit, size and age, and by `period`, the order of the weeks; columns of one length.

    `unit` and `group` (a type and its needs) are indices. `size` is a class of `SIZE_EDGES`, `age` one of `AGE_EDGES`, `hours`
    the mean age; `run` is true where no check since has found a change. `cases` counts checks, `same` and `any_left` those
    whose claim held. `calls` is the part of `cases` made by telephone, `calls_same` and `calls_any_left` those of them whose
    claim held.
    """

    period: Ints
    unit: Ints
    group: Ints
    size: Ints
    age: Ints
    run: Bools
    hours: Floats
    cases: Floats
    same: Floats
    any_left: Floats
    calls: Floats
    calls_same: Floats
    calls_any_left: Floats

    def where(self, rows: Bools) -> "Checks":
        """Return some of the rows."""
        return Checks(*(getattr(self, field.name)[rows] for field in fields(self)))

    def of(self, claim: Claim) -> "Sample":
        """Return the cases of a claim, each with a weight of 1. `ANY_LEFT` is claimed only of numbers above 0."""
        rows = self._rows(claim)
        held = rows.same if claim is Claim.SAME else rows.any_left
        return Sample(rows.unit, rows.group, rows.size, rows.age, rows.hours, rows.cases, held)

    def calls_of(self, claim: Claim) -> "Sample":
        """Return the cases of a claim that were checked by telephone."""
        rows = self._rows(claim)
        held = rows.calls_same if claim is Claim.SAME else rows.calls_any_left
        return Sample(rows.unit, rows.group, rows.size, rows.age, rows.hours, rows.calls, held)

    def weighted(self, claim: Claim, half_life: float) -> "Sample":
        """Return the cases of a claim: calls weigh `CALL_WEIGHT`, and a weight halves every `half_life` weeks of age."""
        every, calls = self.of(claim), self.calls_of(claim)
        weight = 0.5 ** ((self.period.max(initial=0) - self._rows(claim).period) / half_life)
        cases, held = every.cases + (CALL_WEIGHT - 1) * calls.cases, every.held + (CALL_WEIGHT - 1) * calls.held
        return replace(every, cases=weight * cases, held=weight * held)

    def _rows(self, claim: Claim) -> "Checks":
        return self if claim is Claim.SAME else self.where(self.size > 0)


@dataclass(frozen=True, slots=True)
class Sample:
    """The weighted cases of one claim, by unit, group, size and age: how many, and how many of them `held`."""

    unit: Ints
    group: Ints
    size: Ints
    age: Ints
    hours: Floats
    cases: Floats
    held: Floats

    def times(self, weight: float) -> "Sample":
        """Return the same cases with their weights multiplied by `weight`."""
        return replace(self, cases=weight * self.cases, held=weight * self.held)


def concatenated(samples: Sequence[Sample]) -> Sample:
    """Return the cases of several samples."""
    return Sample(*(np.concatenate([getattr(one, field.name) for one in samples]) for field in fields(Sample)))


def size_of(numbers: Ints) -> Ints:
    """Return the class of size of numbers."""
    return np.digitize(numbers, SIZE_EDGES).astype(np.int64)
