"""The share of numbers that still hold by age, for each group and size: never increasing with age.

A check gives the age of a number and whether it had changed, not when. The maximum likelihood estimate of a survival
curve from such current status data is the isotonic regression of the answers on the ages (Ayer et al., 1955; Groeneboom and
Wellner, 1992). The curve of a group with few checks is drawn by `PSEUDO_CASES` towards the curve of what the group is a part
of, after that curve was adapted to the speed of the group.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression

from ror.model.trust.checks import AGES, FACTORS, SIZES, Floats, Ints, Sample

PSEUDO_CASES = 50.0
"""The weight, in checks, of the parent curve in each class of age."""

_SPREAD = 1.0
"""How much the speed of a part usually differs from its parent's: by a factor of at most 2.7, two times in three."""

MIN_PROBABILITY = 1e-4
"""The least distance of a curve to 0 and to 1: a certainty learnt from counts could never be corrected."""

_CLASSES = len(AGES)


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """Survival curves by group and size: `values` is (groups, `SIZES`, classes of age).

    `cases` counts the checks behind each, in the same shape.
    """

    values: Floats
    cases: Floats

    def at(self, group: Ints, size: Ints, hours: Floats) -> Floats:
        """Return the share that holds at ages in hours: 1 at age 0, linear in the logarithm of the age between classes."""
        place = np.interp(np.log(np.maximum(hours, AGES[0])), np.log(AGES), np.arange(_CLASSES))
        low = np.floor(place).astype(np.int64)
        high = np.minimum(low + 1, _CLASSES - 1)
        between = self.values[group, size, low] * (low + 1 - place) + self.values[group, size, high] * (place - low)
        first = self.values[group, size, 0]
        share: Floats = np.where(hours < AGES[0], 1 + (first - 1) * np.maximum(hours, 0) / AGES[0], between)
        return share


def fit_curves(sample: Sample, parents: Ints, groups: int) -> Curves:
    """Fit the curve of each group and size, drawn towards that of its type.

    The curve of a type is drawn towards that of all types, by size, and this one towards that of all sizes. `parents` is the
    type of each group, an index.
    """
    keys = (sample.group, sample.size, sample.age)
    shape = (groups, SIZES, _CLASSES)
    flat = np.ravel_multi_index(keys, shape)
    cells = int(np.prod(shape))
    cases: Floats = np.bincount(flat, sample.cases, minlength=cells).reshape(shape).astype(np.float64)
    held: Floats = np.bincount(flat, sample.held, minlength=cells).reshape(shape).astype(np.float64)

    types = int(parents.max(initial=-1)) + 1
    type_cases, type_held = np.zeros((types, SIZES, _CLASSES)), np.zeros((types, SIZES, _CLASSES))
    np.add.at(type_cases, parents, cases)
    np.add.at(type_held, parents, held)

    overall = np.broadcast_to(_fit_overall(cases.sum(axis=(0, 1)), held.sum(axis=(0, 1))), (SIZES, _CLASSES))
    of_sizes = _fit_towards(overall, cases.sum(axis=0), held.sum(axis=0))
    of_types = _fit_towards(np.broadcast_to(of_sizes, type_cases.shape), type_cases, type_held)
    return Curves(_fit_towards(of_types[parents], cases, held), cases)


def _fit_overall(cases: Floats, held: Floats) -> Floats:
    """Fit the curve of all numbers. Its hazard is constant between two ages with checks, and before the first of them."""
    checked = cases > 0
    if not checked.any():
        return np.full(_CLASSES, 0.5)
    hazards = -np.log(_isotonic(cases[checked], held[checked] / cases[checked]))
    curve: Floats = np.exp(-np.interp(AGES, np.append(0.0, AGES[checked]), np.append(0.0, hazards)))
    return np.clip(curve, MIN_PROBABILITY, 1 - MIN_PROBABILITY)


def _fit_towards(parent: Floats, cases: Floats, held: Floats) -> Floats:
    """Fit the curves of these counts, drawn towards the `parent` curves adapted to their speed (`_adapted`)."""
    weights = cases + PSEUDO_CASES
    return _isotonic(weights, (held + PSEUDO_CASES * _adapted(parent, cases, held)) / weights)


def _adapted(parent: Floats, cases: Floats, held: Floats) -> Floats:
    """Return parent curves, each raised to the power that makes these checks likeliest (proportional hazards).

    Few checks leave the power near 1: its logarithm has a normal prior of standard deviation `_SPREAD`.
    """
    logarithm = np.log(parent)
    penalties = ((np.log(FACTORS) / _SPREAD) ** 2) / 2
    likelihood = [
        (held * factor * logarithm + (cases - held) * np.log(-np.expm1(factor * logarithm))).sum(axis=-1) - penalty
        for factor, penalty in zip(FACTORS, penalties, strict=True)
    ]
    factors = FACTORS[np.argmax(likelihood, axis=0)]
    curves: Floats = np.clip(parent ** factors[..., np.newaxis], MIN_PROBABILITY, 1 - MIN_PROBABILITY)
    return curves


def _isotonic(weights: Floats, shares: Floats) -> Floats:
    """Pool shares so that none rises along the last axis: weighted isotonic regression."""
    curves = np.empty_like(shares)
    for place in np.ndindex(shares.shape[:-1]):
        curves[place] = isotonic_regression(shares[place], weights=weights[place], increasing=False).x
    return np.clip(curves, MIN_PROBABILITY, 1 - MIN_PROBABILITY)
