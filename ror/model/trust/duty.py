"""The right duty of a unit: the longest time between two declarations after which its number is still likely enough true."""

import numpy as np

from ror.model.trust.checks import AGES, SIZES, Bools, Floats, Ints
from ror.model.trust.estimate import Estimate

STEPS = (1, 2, 3, 4, 6, 8, 12, 24, 36, 48, 72, 96, 120, 168, 240, 336, 504, 720)
"""The durations that are proposed, in hours; a shorter right duty is proposed as the shortest of them."""


def right_duties(estimate: Estimate, groups: Ints, sizes: Floats, target: float) -> Floats:
    """Return the right duty of each unit in hours, NaN where too little is known of it.

    `groups` is the group of each unit, `sizes` how often its number is of each size (units, `SIZES`). A unit whose number is
    above the target even at the oldest age that is known of its type has that age.
    """
    units = np.arange(len(groups))
    shares = sizes / np.maximum(sizes.sum(axis=1, keepdims=True), 1)
    held = np.zeros((len(groups), len(AGES)))
    doubtful = np.zeros((len(groups), len(AGES)), dtype=np.bool_)
    for place, hours in enumerate(AGES):
        at = np.full(len(groups), hours)
        for size in range(SIZES):
            found = estimate.probability(units, groups, np.full(len(groups), size), at)
            held[:, place] += shares[:, size] * found.value
            doubtful[:, place] |= ~found.known & (shares[:, size] > 0)
    return np.array([_longest(curve, unknown, target) for curve, unknown in zip(held, doubtful, strict=True)])


def _longest(curve: Floats, unknown: Bools, target: float) -> float:
    """Return the longest age whose probability is at least the target, NaN if what decides it is unknown."""
    below = curve < target
    end = int(np.argmax(below)) if below.any() else len(curve)
    first_unknown = int(np.argmax(unknown)) if unknown.any() else len(curve)
    if first_unknown == 0:
        return float("nan")
    if first_unknown < end:
        return float(AGES[first_unknown - 1])
    if end == 0:
        return float(STEPS[0])
    if end == len(curve):
        return float(AGES[-1])
    high, low = curve[end - 1], curve[end]
    part = (high - target) / (high - low)
    return float(np.exp(np.log(AGES[end - 1]) + part * np.log(AGES[end] / AGES[end - 1])))


def proposed(hours: float) -> int:
    """Return the duty to propose for a right duty: the longest of `STEPS` within it."""
    return max((step for step in STEPS if step <= hours), default=STEPS[0])
