"""Whether predictions come true: reliability, Brier scores, and a correction learnt from predictions of the past."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression

from ror.model.trust.checks import Floats

BANDS: Floats = np.linspace(0, 1, 11)
"""The limits of the bands of probability in which predictions are compared with observations."""

PSEUDO_CASES = 10.0
"""The weight, in checks, of "no correction" in each step of a correction: few checks change little."""

_STEPS = 50


@dataclass(frozen=True, slots=True)
class ProbabilityBand:
    """The mean prediction in a band of probability, the share observed, and the number of cases."""

    low: float
    high: float
    predicted: float
    observed: float
    cases: int

    @property
    def gap(self) -> float:
        """The prediction minus the observation."""
        return self.predicted - self.observed


def bands(predicted: Floats, cases: Floats, held: Floats) -> list[ProbabilityBand]:
    """Return the reliability table: the bands of `BANDS` that have a case."""
    band = np.clip(np.digitize(predicted, BANDS) - 1, 0, len(BANDS) - 2)
    counts, sums, observed = (np.bincount(band, values, len(BANDS) - 1) for values in (cases, cases * predicted, held))
    return [
        ProbabilityBand(float(BANDS[i]), float(BANDS[i + 1]), sums[i] / counts[i], observed[i] / counts[i], round(counts[i]))
        for i in range(len(counts))
        if counts[i] > 0
    ]


def brier(predicted: Floats, cases: Floats, held: Floats) -> float:
    """Return the mean squared error of probabilities (Brier, 1950): 0 is perfect; always predicting one half gets 0.25."""
    return float((held * (1 - predicted) ** 2 + (cases - held) * predicted**2).sum() / cases.sum())


def skill(score: float, reference: float) -> float:
    """Return the share by which a Brier score is smaller than that of a reference; 0 for a reference of 0."""
    return 1 - score / reference if reference else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class RecentCorrection:
    """A correction of probabilities, increasing and piecewise linear, from `predicted` to `observed`."""

    predicted: Floats
    observed: Floats

    def apply(self, probabilities: Floats) -> Floats:
        """Return probabilities corrected."""
        return np.interp(probabilities, self.predicted, self.observed)


NO_CORRECTION = RecentCorrection(np.array([0.0, 1.0]), np.array([0.0, 1.0]))


def fit_correction(predicted: Floats, cases: Floats, held: Floats) -> RecentCorrection:
    """Fit a correction to past predictions and observations by isotonic regression (Zadrozny and Elkan, 2002).

    It is drawn towards no correction by `PSEUDO_CASES`.
    """
    if not cases.sum():
        return NO_CORRECTION
    step = np.minimum((predicted * _STEPS).astype(np.int64), _STEPS - 1)
    counts, sums, observed = (np.bincount(step, values, minlength=_STEPS) for values in (cases, cases * predicted, held))
    filled = counts > 0
    means = sums[filled] / counts[filled]
    weights = counts[filled] + PSEUDO_CASES
    values = (observed[filled] + PSEUDO_CASES * means) / weights
    fitted = isotonic_regression(values, weights=weights).x
    inside = (means > 0) & (means < 1)
    return RecentCorrection(np.concatenate([[0.0], means[inside], [1.0]]), np.concatenate([[0.0], fitted[inside], [1.0]]))
