"""The expected value of a number at its age, with its variance, and the interval of a total of many numbers.

A number that did not change is itself. A number that changed moved part of the way back to the usual number of its unit, with a
variance around that point. Units of a territory move together, with the season and with an epidemic, so that the interval of a
total is not that of a sum of independent units: its width is what the totals of the last weeks needed (`fit_residuals`).
"""

from dataclasses import dataclass

import numpy as np

from ror.model.trust.checks import Floats, Ints

PSEUDO_CHANGES = 5.0
"""The weight of the mean of all units beside a unit's own: in checks for its usual number, in changes for its variance."""

LEVEL = 0.8
"""The share of the time that a true total should be within its interval."""

MAX_MISCALIBRATED = 0.05
"""By how much the share of past totals within their intervals may differ from `LEVEL`, for a total to be shown."""

RESIDUAL_DAYS = 21
"""The last days whose totals are compared with the truth."""


@dataclass(frozen=True, slots=True)
class ObservedChanges:
    """Sums over the checks of each unit, a row a unit.

    `changed` counts the checks in which the number changed from b to a; `before`, `after`, `before_squared`, `product` (a b)
    and `after_squared` are sums over them. `usual` is the mean of b over all checks, `cases` their count.
    """

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
    """How the numbers of each unit move when they change: a share `pull` of the way to `usual`, with `variance` around it.

    The last row stands for a unit without history; its `usual` is NaN.
    """

    usual: Floats
    variance: Floats
    pull: float

    def moments(self, unit: Ints, numbers: Ints, same: Floats) -> tuple[Floats, Floats]:
        """Return the mean and the variance of numbers now, from the probability `same` that each did not change."""
        usual = np.where(np.isnan(self.usual[unit]), numbers, self.usual[unit])
        changed = np.maximum(numbers + self.pull * (usual - numbers), 0)
        mean = same * numbers + (1 - same) * changed
        spread = self.variance[unit] + (changed - mean) ** 2
        return mean, same * (numbers - mean) ** 2 + (1 - same) * spread


def fit_movement(changes: ObservedChanges) -> Movement:
    """Fit the movement of numbers to the changes of the past: one pull for all by least squares, a variance by unit."""
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
    """A declared total, its expected value now, and the bounds that hold the true total `LEVEL` of the time."""

    declared: int
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Residuals:
    """The errors of expected totals of the past, in standard deviations of a sum of independent units.

    `mean` is their mean, `half` the half width around it that holds `LEVEL` of them. `coverage` is the share of past totals
    that were within an interval computed from the days before alone, over `days` days.
    """

    mean: float
    half: float
    coverage: float
    days: int

    @property
    def is_shown(self) -> bool:
        """Whether past intervals held about as many totals as announced: totals are shown only then."""
        return abs(self.coverage - LEVEL) <= MAX_MISCALIBRATED


def fit_residuals(residuals: Floats) -> Residuals:
    """Summarise the errors of past totals, (days, territories), the oldest day first; NaN where nothing is known.

    Half widths are conformal quantiles (Vovk, Gammerman and Shafer, 2005) over the last `RESIDUAL_DAYS`, so as to follow a
    season.
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
    """Return the sum of numbers, its expected value now, and its bounds by the errors of past totals (`residuals`)."""
    deviation = float(np.sqrt(variance.sum()))
    centre = float(mean.sum()) + residuals.mean * deviation
    half = residuals.half * deviation
    return Total(int(numbers.sum()), max(centre, 0.0), max(centre - half, 0.0), max(centre + half, 0.0))
