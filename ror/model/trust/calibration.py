"""Whether what is said happens: reliability, Brier scores, and a correction learnt from predictions of the past."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression

from ror.model.trust.checks import Floats, Ints

BANDS: Floats = np.linspace(0, 1, 11)
"""The limits of the bands of probability in which what was said is compared with what happened."""

PSEUDO_CASES = 10.0
"""What an exact prediction counts for in each step of a correction, in checks: few checks change little."""

_STEPS = 50


@dataclass(frozen=True, slots=True)
class Band:
    """What was said on average in a band of probability, what happened, and in how many cases."""

    low: float
    high: float
    said: float
    happened: float
    cases: int

    @property
    def gap(self) -> float:
        """How much more was said than happened; negative where it was less."""
        return self.said - self.happened


def bands(said: Floats, cases: Floats, held: Floats) -> list[Band]:
    """Return the reliability table: the bands of `BANDS` that have a case."""
    place = np.clip(np.digitize(said, BANDS) - 1, 0, len(BANDS) - 2)
    counts, sums, happened = (np.bincount(place, of, minlength=len(BANDS) - 1) for of in (cases, cases * said, held))
    return [
        Band(float(BANDS[one]), float(BANDS[one + 1]), sums[one] / counts[one], happened[one] / counts[one], round(counts[one]))
        for one in range(len(counts))
        if counts[one] > 0
    ]


def brier(said: Floats, cases: Floats, held: Floats) -> float:
    """Return the mean squared error of probabilities (Brier, 1950): 0 is perfect; 0.25 is what « one in two » gets."""
    return float((held * (1 - said) ** 2 + (cases - held) * said**2).sum() / cases.sum())


def skill(score: float, reference: float) -> float:
    """Return by which share a Brier score is smaller than that of a reference."""
    return 1 - score / reference if reference else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Correction:
    """A correction of probabilities, increasing and piecewise linear, from `said` to `happened`."""

    said: Floats
    happened: Floats

    def apply(self, probabilities: Floats) -> Floats:
        """Return probabilities corrected."""
        return np.interp(probabilities, self.said, self.happened)


NO_CORRECTION = Correction(np.array([0.0, 1.0]), np.array([0.0, 1.0]))


def fit_correction(said: Floats, cases: Floats, held: Floats) -> Correction:
    """Return the correction that past predictions and what happened call for: an isotonic regression.

    Zadrozny and Elkan (2002). It is drawn towards no correction by `PSEUDO_CASES`.
    """
    if not cases.sum():
        return NO_CORRECTION
    step = np.minimum((said * _STEPS).astype(np.int64), _STEPS - 1)
    counts, sums, happened = (np.bincount(step, of, minlength=_STEPS) for of in (cases, cases * said, held))
    some = counts > 0
    means = sums[some] / counts[some]
    weights = counts[some] + PSEUDO_CASES
    values = (happened[some] + PSEUDO_CASES * means) / weights
    fitted = isotonic_regression(values, weights=weights).x
    inside = (means > 0) & (means < 1)
    return Correction(np.concatenate([[0.0], means[inside], [1.0]]), np.concatenate([[0.0], fitted[inside], [1.0]]))


def groups_within(said: Floats, cases: Floats, held: Floats, group: Ints, groups: int) -> Sequence[tuple[float, float, float]]:
    """Return by group how many cases it has, what was said on average and what happened; 0 without a case."""
    counts, sums, happened = (np.bincount(group, of, minlength=groups) for of in (cases, cases * said, held))
    some = np.maximum(counts, 1)
    return list(zip(counts.tolist(), (sums / some).tolist(), (happened / some).tolist(), strict=True))
