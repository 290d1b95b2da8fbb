"""The share of numbers that still hold by age, for each group and size: never increasing with age.

Each check knows the age of a number and whether it had changed, not when. The maximum likelihood estimate of a survival
curve from such current status data is the isotonic regression of the answers on the ages (Ayer et al., 1955; Groeneboom and
Wellner, 1992). A group with few checks is drawn towards what it is a part of, by `PSEUDO_CASES`, once that is as fast as it.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression

from ror.model.trust.checks import AGES, FACTORS, SIZES, Floats, Ints, Sample

PSEUDO_CASES = 50.0
"""What the curve above counts for in each class of age, in checks."""

_SPREAD = 1.0
"""How much faster or slower than what is above it a part usually is: by a factor of 2.7 either way, two times in three."""

LEAST = 1e-4
"""No curve comes nearer to 0 or 1: a certainty learnt from counts would never be unlearnt."""

_CLASSES = len(AGES)


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """Survival curves by group and size: `values` is (groups, `SIZES`, classes of age).

    `cases` counts the checks behind each, in the same shape.
    """

    values: Floats
    cases: Floats

    def at(self, group: Ints, size: Ints, hours: Floats) -> Floats:
        """Return the share that holds at ages in hours: 1 at age 0, between two classes by the logarithm of the age."""
        place = np.interp(np.log(np.maximum(hours, AGES[0])), np.log(AGES), np.arange(_CLASSES))
        low = np.floor(place).astype(np.int64)
        high = np.minimum(low + 1, _CLASSES - 1)
        between = self.values[group, size, low] * (low + 1 - place) + self.values[group, size, high] * (place - low)
        first = self.values[group, size, 0]
        share: Floats = np.where(hours < AGES[0], 1 + (first - 1) * np.maximum(hours, 0) / AGES[0], between)
        return share


def fit_curves(sample: Sample, parents: Ints, groups: int) -> Curves:
    """Return the curve of each group and size, drawn towards its type, that to all types, and that to all sizes.

    `parents` is the type of each group, an index.
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

    of_all = np.broadcast_to(_of_all(cases.sum(axis=(0, 1)), held.sum(axis=(0, 1))), (SIZES, _CLASSES))
    of_sizes = _drawn(cases.sum(axis=0), held.sum(axis=0), of_all)
    of_types = _drawn(type_cases, type_held, np.broadcast_to(of_sizes, type_cases.shape))
    return Curves(_drawn(cases, held, of_types[parents]), cases)


def _of_all(cases: Floats, held: Floats) -> Floats:
    """Return the curve of all numbers. Between two ages with checks its hazard is constant, as before the first of them."""
    some = cases > 0
    if not some.any():
        return np.full(_CLASSES, 0.5)
    hazards = -np.log(_isotonic(cases[some], held[some] / cases[some]))
    curve: Floats = np.exp(-np.interp(AGES, np.append(0.0, AGES[some]), np.append(0.0, hazards)))
    return np.clip(curve, LEAST, 1 - LEAST)


def _drawn(cases: Floats, held: Floats, above: Floats) -> Floats:
    """Return the curves of these counts, drawn towards those `above` once these are as fast (`_adapted`)."""
    weights = cases + PSEUDO_CASES
    return _isotonic(weights, (held + PSEUDO_CASES * _adapted(cases, held, above)) / weights)


def _adapted(cases: Floats, held: Floats, above: Floats) -> Floats:
    """Return the curves above, each to the power that its own checks are likeliest with: proportional hazards.

    Few checks leave the power near 1: its logarithm has a normal prior of standard deviation `_SPREAD`.
    """
    logarithm = np.log(above)
    penalties = ((np.log(FACTORS) / _SPREAD) ** 2) / 2
    likelihood = [
        (held * factor * logarithm + (cases - held) * np.log(-np.expm1(factor * logarithm))).sum(axis=-1) - penalty
        for factor, penalty in zip(FACTORS, penalties, strict=True)
    ]
    factors = FACTORS[np.argmax(likelihood, axis=0)]
    curves: Floats = np.clip(above ** factors[..., np.newaxis], LEAST, 1 - LEAST)
    return curves


def _isotonic(weights: Floats, shares: Floats) -> Floats:
    """Return shares pooled so that none rises along the last axis."""
    curves = np.empty_like(shares)
    for place in np.ndindex(shares.shape[:-1]):
        curves[place] = isotonic_regression(shares[place], weights=weights[place], increasing=False).x
    return np.clip(curves, LEAST, 1 - LEAST)
