"""What a number has become at its age: its mean and its variance, and those of a total of many numbers.

A number that still stands is itself; one that changed went part of the way back to what is usual in its unit, and strayed
around it. Units of a territory move together, with the season and with an epidemic: the interval of a total is that which held
the totals of the last weeks (`fit_residuals`), not that of a sum of independent units.
"""

from dataclasses import dataclass

import numpy as np

from ror.model.trust.checks import Floats, Ints

PSEUDO_CHANGES = 5.0
"""What the usual number of the group, as a share of the sizes of its units, counts for beside a unit's own, in changes."""

LEVEL = 0.8
"""The share of the time that a true total should be within its interval."""

MOST_MISCALIBRATED = 0.05
"""By how much the share of past totals within their intervals may differ from `LEVEL`, for a total to be shown."""

RESIDUAL_DAYS = 21
"""The last days whose totals are compared with the truth."""


@dataclass(frozen=True, slots=True)
class ObservedChanges:
    """Sums over the checks of each unit, by row: of those in which the number changed from b to a, and the mean of all b."""

    changed: Floats
    before: Floats
    after: Floats
    before_squared: Floats
    product: Floats
    after_squared: Floats
    usual: Floats
    cases: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Movement:
    """How numbers of each unit move when they change: towards `usual`, by `pull` of the way, with this variance around it.

    The last row is that of a unit without history; `usual` is NaN there.
    """

    usual: Floats
    variance: Floats
    pull: float

    def moments(self, unit: Ints, numbers: Ints, same: Floats) -> tuple[Floats, Floats]:
        """Return the mean and the variance of what numbers have become, from the probability that each is the same."""
        usual = np.where(np.isnan(self.usual[unit]), numbers, self.usual[unit])
        changed = np.maximum(numbers + self.pull * (usual - numbers), 0)
        mean = same * numbers + (1 - same) * changed
        spread = self.variance[unit] + (changed - mean) ** 2
        return mean, same * (numbers - mean) ** 2 + (1 - same) * spread


def fit_movement(changes: ObservedChanges) -> Movement:
    """Return how numbers move, from the changes of the past: one pull for all by least squares, a variance by unit."""
    observed = changes.cases > 0
    total = changes.usual[observed] @ changes.cases[observed] / max(changes.cases.sum(), 1)
    usual = (changes.usual * changes.cases + PSEUDO_CHANGES * np.where(observed, total, 0)) / (changes.cases + PSEUDO_CHANGES)
    usual = np.where(observed, usual, np.nan)
    at = np.nan_to_num(usual)
    moved = changes.product - changes.before_squared
    away = at * changes.after - at * changes.before - moved
    distance = changes.changed * at**2 - 2 * at * changes.before + changes.before_squared
    step = changes.after_squared - 2 * changes.product + changes.before_squared
    pull = float(np.clip(away.sum() / max(distance.sum(), 1e-9), 0, 1))
    squares = np.maximum(step - 2 * pull * away + pull**2 * distance, 0)
    overall = squares.sum() / max(changes.changed.sum(), 1)
    variance = (squares + PSEUDO_CHANGES * overall) / (changes.changed + PSEUDO_CHANGES)
    return Movement(np.append(usual, np.nan), np.append(variance, overall), pull)


@dataclass(frozen=True, slots=True)
class Total:
    """What a declared total has become: its mean, and the bounds that hold the true one `LEVEL` of the time."""

    declared: int
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Residuals:
    """How totals of the past strayed from the truth, in standard deviations of independent units.

    Their mean, and the half width around it that held `LEVEL` of them; `coverage` is the share of `days` whose truth was
    within an interval made of the days before alone.
    """

    mean: float
    half: float
    coverage: float
    days: int

    @property
    def is_shown(self) -> bool:
        """Whether past intervals held what they were to hold."""
        return abs(self.coverage - LEVEL) <= MOST_MISCALIBRATED


def fit_residuals(residuals: Floats) -> Residuals:
    """Return how totals strayed, from (days, territories) of the past, the oldest day first; NaN where nothing is known.

    Half widths are conformal quantiles (Vovk, Gammerman and Shafer, 2005) over the last `RESIDUAL_DAYS`, which follow a season.
    """
    inside = [
        np.abs(day - mean) <= half
        for place, day in enumerate(residuals)
        if place >= RESIDUAL_DAYS
        for mean, half in [_centre(residuals[place - RESIDUAL_DAYS : place])]
        if not np.isnan(day).all()
    ]
    observed = residuals[RESIDUAL_DAYS:][~np.isnan(residuals[RESIDUAL_DAYS:])]
    coverage = float(np.concatenate(inside).sum() / len(observed)) if len(observed) else float("nan")
    return Residuals(*_centre(residuals[-RESIDUAL_DAYS:]), coverage, len(inside))


def _centre(residuals: Floats) -> tuple[float, float]:
    """Return the mean of residuals, and the conformal quantile of their distances to it."""
    values = residuals[~np.isnan(residuals)]
    if not len(values):
        return 0.0, float("inf")
    mean = float(values.mean())
    rank = min(int(np.ceil((len(values) + 1) * LEVEL)), len(values))
    return mean, float(np.sort(np.abs(values - mean))[rank - 1])


def total(numbers: Ints, mean: Floats, variance: Floats, residuals: Residuals) -> Total:
    """Return what the sum of numbers has become, with the bounds that past totals call for."""
    deviation = float(np.sqrt(variance.sum()))
    centre = float(mean.sum()) + residuals.mean * deviation
    half = residuals.half * deviation
    return Total(int(numbers.sum()), max(centre, 0.0), max(centre - half, 0.0), max(centre + half, 0.0))
