"""The share of numbers that still hold by age, for each group and size: never increasing with age.

Each check knows the age of a number and whether it had changed, not when. The maximum likelihood estimate of a survival
curve from such current status data is the isotonic regression of the answers on the ages (Ayer et al., 1955; Groeneboom and
Wellner, 1992). A group with few checks is drawn towards what it is a part of, by `PSEUDO_CASES`.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression

from ror.model.trust.checks import AGES, SIZES, Floats, Ints, Sample

PSEUDO_CASES = 50.0
"""What the curve of the level above counts for in each class of age, in checks."""

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
    by_type = np.zeros((2, types, SIZES, _CLASSES))
    np.add.at(by_type[0], parents, cases)
    np.add.at(by_type[1], parents, held)

    of_all = _of_all(cases.sum(axis=(0, 1)), held.sum(axis=(0, 1)))
    of_sizes = _shrunk(cases.sum(axis=0), held.sum(axis=0), of_all)
    of_types = _shrunk(by_type[0], by_type[1], of_sizes)
    return Curves(_shrunk(cases, held, of_types[parents]), cases)


def _of_all(cases: Floats, held: Floats) -> Floats:
    """Return the curve of all numbers, drawn towards the share of all that held.

    Between ages with checks its hazard is constant. Without that, the ages at which nobody declares would have the overall
    share: a number of an hour that of one of a day.
    """
    some = cases > 0
    if not some.any():
        return np.full(_CLASSES, 0.5)
    share = np.full(int(some.sum()), held.sum() / cases.sum())
    hazards = -np.log(_shrunk(cases[some], held[some], share))
    curve: Floats = np.exp(-np.interp(AGES, np.append(0.0, AGES[some]), np.append(0.0, hazards)))
    return curve


def _shrunk(cases: Floats, held: Floats, above: Floats) -> Floats:
    """Return the curves of these counts, drawn towards those `above`: an isotonic regression along the last axis."""
    weights = cases + PSEUDO_CASES
    shares = (held + PSEUDO_CASES * above) / weights
    curves = np.empty_like(shares)
    for place in np.ndindex(shares.shape[:-1]):
        curves[place] = isotonic_regression(shares[place], weights=weights[place], increasing=False).x
    return np.clip(curves, LEAST, 1 - LEAST)
