"""Whether predictions come true: reliability, Brier scores, and a correction learnt from predictions of the past."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression

from ror.model.trust.checks import Floats

BANDS: Floats = np.linspace(0, 1, 11)
"""The limits of the bands of probability in which what was predicted is compared with what was observed."""

PSEUDO_CASES = 10.0
"""What an exact prediction counts for in each step of a correction, in checks: few checks change little."""

_STEPS = 50


@dataclass(frozen=True, slots=True)
class ProbabilityBand:
    """What was predicted on average in a band of probability, what was observed, and in how many cases."""

    low: float
    high: float
    predicted: float
    observed: float
    cases: int

    @property
    def gap(self) -> float:
        """How much more was predicted than observed; negative where it was less."""
        return self.predicted - self.observed


def bands(predicted: Floats, cases: Floats, held: Floats) -> list[ProbabilityBand]:
    """Return the reliability table: the bands of `BANDS` that have a case."""
    place = np.clip(np.digitize(predicted, BANDS) - 1, 0, len(BANDS) - 2)
    counts, sums, observed = (np.bincount(place, of, minlength=len(BANDS) - 1) for of in (cases, cases * predicted, held))
    return [
        ProbabilityBand(
            float(BANDS[one]), float(BANDS[one + 1]), sums[one] / counts[one], observed[one] / counts[one], round(counts[one])
        )
        for one in range(len(counts))
        if counts[one] > 0
    ]


def brier(predicted: Floats, cases: Floats, held: Floats) -> float:
    """Return the mean squared error of probabilities (Brier, 1950): 0 is perfect; 0.25 is what « one in two » gets."""
    return float((held * (1 - predicted) ** 2 + (cases - held) * predicted**2).sum() / cases.sum())


def skill(score: float, reference: float) -> float:
    """Return by which share a Brier score is smaller than that of a reference."""
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
    """Return the correction that past predictions and observations call for: an isotonic regression.

    Zadrozny and Elkan (2002). It is drawn towards no correction by `PSEUDO_CASES`.
    """
    if not cases.sum():
        return NO_CORRECTION
    step = np.minimum((predicted * _STEPS).astype(np.int64), _STEPS - 1)
    counts, sums, observed = (np.bincount(step, of, minlength=_STEPS) for of in (cases, cases * predicted, held))
    some = counts > 0
    means = sums[some] / counts[some]
    weights = counts[some] + PSEUDO_CASES
    values = (observed[some] + PSEUDO_CASES * means) / weights
    fitted = isotonic_regression(values, weights=weights).x
    inside = (means > 0) & (means < 1)
    return RecentCorrection(np.concatenate([[0.0], means[inside], [1.0]]), np.concatenate([[0.0], fitted[inside], [1.0]]))
