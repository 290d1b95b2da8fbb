"""The probability that a claim about a number holds: curves of groups, frailties of units, and a correction from the past."""

from dataclasses import dataclass, field

import numpy as np

from ror.model.trust import frailty
from ror.model.trust.calibration import NO_CORRECTION, RecentCorrection, fit_correction
from ror.model.trust.checks import AGE_EDGES, Bools, Checks, Claim, Floats, Ints, Sample, concatenated
from ror.model.trust.curves import MIN_PROBABILITY, Curves, fit_curves

HALF_LIFE = 8.0
"""Weeks after which a check counts half: seasons and crises change how fast numbers change."""

CORRECTED_WEEKS, CORRECTION_HALF_LIFE = 4, 1.5
"""The last weeks that a correction is learnt from, each predicted from the weeks before it, and their half-life in weeks."""

MIN_CASES = 100
"""Checks of a type below which no probability of it is shown."""

MIN_OLDER = 30
"""Checks of a type at the age of a number, or older, below which the probability of the number is not shown."""

MAX_MISCALIBRATED = 0.05
"""How far predictions of a type may be from observations in the last weeks for its probabilities to be shown."""

WIDEST = 0.4
"""The widest interval of a probability that is shown."""


@dataclass(frozen=True, slots=True)
class Groups:
    """The number of units, and the type (an index) of each group of similar units; a group is a type and its needs."""

    units: int
    parents: Ints

    @property
    def types(self) -> int:
        """The number of types."""
        return int(self.parents.max(initial=-1)) + 1


@dataclass(frozen=True, slots=True, eq=False)
class Probability:
    """Probabilities of some numbers, with the bounds of their 80 % intervals; `usable` is false where none can be shown."""

    value: Floats
    low: Floats
    high: Floats
    usable: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """What was learnt for a claim.

    `weights` has the probability of each frailty by unit (units + 1, factors); its last row is that of any other unit.
    `slowest` and `fastest` bound 80 % of the frailties of each row. `oldest` is the greatest age in hours, by type, up to which
    probabilities may be shown; 0 for a type of which none may be.
    """

    curves: Curves
    prior: Floats
    weights: Floats
    correction: RecentCorrection
    parents: Ints
    oldest: Floats
    slowest: Floats = field(init=False)
    fastest: Floats = field(init=False)

    def __post_init__(self) -> None:
        """Compute the bounds of all units once: a page asks for those of its units at each of its reruns."""
        slowest, fastest = frailty.bounds(self.weights)
        object.__setattr__(self, "slowest", slowest)
        object.__setattr__(self, "fastest", fastest)

    def value(self, unit: Ints, group: Ints, size: Ints, hours: Floats) -> Floats:
        """Return the probability alone, whether or not it should be shown. A `unit` of -1 stands for a unit without history."""
        return self.correction.apply(frailty.predict(self.curves.at(group, size, hours), self.weights[unit]))

    def probability(self, unit: Ints, group: Ints, size: Ints, hours: Floats) -> Probability:
        """Return the probability that the claim holds of numbers of these units, groups, classes of size and ages in hours."""
        survival = np.clip(self.curves.at(group, size, hours), MIN_PROBABILITY, 1)
        low = self.correction.apply(survival ** self.fastest[unit])
        high = self.correction.apply(survival ** self.slowest[unit])
        value = self.correction.apply(frailty.predict(survival, self.weights[unit]))
        usable = (hours <= self.oldest[self.parents[group]]) & (high - low <= WIDEST)
        return Probability(value, low, high, usable)


def fit_estimate(checks: Checks, claim: Claim, groups: Groups) -> Estimate:
    """Fit the estimate of a claim to checks.

    Each of the last `CORRECTED_WEEKS` is predicted from the weeks before it: this gives the correction, and the types whose
    probabilities must not be shown.
    """
    sample = checks.weighted(claim, HALF_LIFE)
    predicted, later = predict_weeks(checks, claim, groups, CORRECTED_WEEKS)
    correction = fit_correction(predicted, later.cases, later.held)
    miscalibrated = _miscalibrated(correction.apply(predicted), later, groups)
    oldest = np.where(miscalibrated, 0.0, _oldest(sample, groups))
    return _fit(sample, groups, correction, oldest)


def predict_weeks(checks: Checks, claim: Claim, groups: Groups, weeks: int) -> tuple[Floats, Sample]:
    """Predict the cases of each of the last `weeks` from the weeks before it, without a correction.

    Return the predictions and the cases, whose weights halve every `CORRECTION_HALF_LIFE` weeks.
    """
    predicted, later = [np.empty(0)], [checks.where(np.zeros(len(checks.period), np.bool_)).of(claim)]
    last = int(checks.period.max(initial=-1))
    for week in range(last - weeks + 1, last + 1):
        before, after = checks.where(checks.period < week), checks.where(checks.period == week).of(claim)
        if before.cases.sum() >= MIN_CASES:
            past = _fit(before.weighted(claim, HALF_LIFE), groups)
            predicted.append(past.value(after.unit, after.group, after.size, after.hours))
            later.append(after.times(0.5 ** ((last - week) / CORRECTION_HALF_LIFE)))
    return np.concatenate(predicted), concatenated(later)


def _fit(
    sample: Sample, groups: Groups, correction: RecentCorrection = NO_CORRECTION, oldest: Floats | None = None
) -> Estimate:
    """Fit curves and frailties to a sample; without `oldest` the estimate shows no probability, but can predict."""
    curves = fit_curves(sample, groups.parents, len(groups.parents))
    survival = np.clip(curves.at(sample.group, sample.size, sample.hours), MIN_PROBABILITY, 1 - MIN_PROBABILITY)
    likelihood = frailty.log_likelihood(sample.unit, survival, sample.cases, sample.held, groups.units)
    prior = frailty.fit_prior(likelihood)
    weights = np.vstack([frailty.posterior(likelihood, prior), prior])
    oldest_shown = np.zeros(groups.types) if oldest is None else oldest
    return Estimate(curves, prior, weights, correction, groups.parents, oldest_shown)


def _miscalibrated(predicted: Floats, sample: Sample, groups: Groups) -> Bools:
    """Return whether predictions of each type differ from observations by more than `MAX_MISCALIBRATED` and chance."""
    types = groups.parents[sample.group]
    cases, expected, held = (
        np.bincount(types, values, groups.types) for values in (sample.cases, sample.cases * predicted, sample.held)
    )
    share = np.clip(expected / np.maximum(cases, 1), MIN_PROBABILITY, 1 - MIN_PROBABILITY)
    chance = 2 * np.sqrt(share * (1 - share) / np.maximum(cases, 1))
    differs: Bools = np.abs(expected - held) / np.maximum(cases, 1) > MAX_MISCALIBRATED + chance
    return differs


def _oldest(sample: Sample, groups: Groups) -> Floats:
    """Return for each type the greatest age, in hours, with `MIN_OLDER` checks as old or older; 0 for too few checks."""
    counts = np.zeros((groups.types, len(AGE_EDGES) + 1))
    np.add.at(counts, (groups.parents[sample.group], sample.age), sample.cases)
    older = counts[:, ::-1].cumsum(axis=1)[:, ::-1]
    last = (older >= MIN_OLDER).sum(axis=1) - 1
    limits = np.append(AGE_EDGES, AGE_EDGES[-1])
    return np.where((older[:, 0] >= MIN_CASES) & (last >= 0), limits[np.maximum(last, 0)], 0.0)
