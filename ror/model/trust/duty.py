"""The right duty of a unit: the longest time between two declarations after which its number is still likely enough true."""

from dataclasses import dataclass

import numpy as np

from ror.model.trust.checks import AGE_EDGES, AGES, SIZES, Bools, Checks, Floats, Ints
from ror.model.trust.estimate import MIN_OLDER, Estimate

STEPS = (1, 2, 3, 4, 6, 8, 12, 24, 36, 48, 72, 96, 120, 168, 240, 336, 504, 720)
"""The durations that may be proposed, in hours; a right duty below the shortest is proposed as the shortest."""


@dataclass(frozen=True, slots=True, eq=False)
class RightDuties:
    """The right duty of units in hours, NaN for units of which too little is known.

    `extrapolated` is true where the duty is shorter than nearly every age at which numbers of the type were checked: it is then
    based on the rhythm of older numbers, and on other types.
    """

    hours: Floats
    extrapolated: Bools


def right_duties(checks: Checks, estimate: Estimate, group_of: Ints, target: float) -> RightDuties:
    """Return the right duties of units: the ages up to which the probability of their numbers stays above `target`.

    `group_of` is the group of each unit; the probability of its number at an age is the mean over the sizes that it had in the
    checks. A unit above the target even at the oldest age known of its type gets that age; a unit below the target at the
    youngest age gets the youngest.
    """
    sizes = np.zeros((len(group_of), SIZES))
    np.add.at(sizes, (checks.unit, checks.size), checks.cases)
    shares = sizes / np.maximum(sizes.sum(axis=1, keepdims=True), 1)
    units = np.arange(len(group_of))
    oldest = estimate.oldest[estimate.parents[group_of]]
    held = np.zeros((len(group_of), len(AGES)))
    wide = np.repeat(~shares.any(axis=1, keepdims=True), len(AGES), axis=1)
    for place, hours in enumerate(AGES):
        at = np.full(len(group_of), hours)
        for size in range(SIZES):
            estimated = estimate.probability(units, group_of, np.full(len(group_of), size), at)
            held[:, place] += shares[:, size] * estimated.value
            wide[:, place] |= ~estimated.usable & (hours <= oldest) & (shares[:, size] > 0)
    covered = (oldest[:, np.newaxis] >= AGES).sum(axis=1)
    duties = np.array([_longest(*row, target) for row in zip(held, wide, covered, strict=True)])
    youngest = _youngest(checks, estimate.parents)[estimate.parents[group_of]]
    return RightDuties(duties, duties < youngest)


def _youngest(checks: Checks, parents: Ints) -> Floats:
    """Return for each type the least age, in hours, up to which it has `MIN_OLDER` checks."""
    counts = np.zeros((int(parents.max(initial=-1)) + 1, len(AGES)))
    np.add.at(counts, (parents[checks.group], checks.age), checks.cases)
    few = counts.cumsum(axis=1) < MIN_OLDER
    youngest: Floats = np.append(0.0, AGE_EDGES)[np.minimum(few.sum(axis=1), len(AGE_EDGES))]
    return youngest


def _longest(curve: Floats, wide: Bools, covered: int, target: float) -> float:
    """Return the longest age, among the first `covered` ones, up to which a curve is at least the target.

    NaN when no age is covered, and when a probability up to the first one below the target has too `wide` an interval.
    """
    below = curve[:covered] < target
    end = int(np.argmax(below)) if below.any() else covered
    if covered == 0 or wide[: min(end + 1, covered)].any():
        return float("nan")
    if end == covered:
        return float(AGES[covered - 1])
    if end == 0:
        return float(AGES[0])
    part = (curve[end - 1] - target) / (curve[end - 1] - curve[end])
    return float(np.exp(np.log(AGES[end - 1]) + part * np.log(AGES[end] / AGES[end - 1])))


def proposed(hours: float) -> int:
    """Round a right duty in hours down to one of `STEPS`; the shortest of them below it."""
    return max((step for step in STEPS if step <= hours), default=STEPS[0])
