"""Units whose rhythm is improbable given their own history: numbers that stopped changing, or change far more often.

Both rules compare the last checks of a unit with what its history before them predicts, with the uncertainty of that.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from scipy.special import ndtr

from ror.model.french import count
from ror.model.trust import frailty
from ror.model.trust.checks import FACTORS, Checks, Claim, Floats, Ints, Sample
from ror.model.trust.curves import MIN_PROBABILITY, Curves
from ror.model.trust.estimate import HALF_LIFE, Estimate

IMPROBABLE = 0.001
"""A unit is marked when the probability of its rhythm is below this."""

MIN_BEFORE = 20
"""Fewest checks before the judged ones for a unit to be judged."""

MIN_RUN = 4
"""Fewest judged checks for a unit to be judged."""

RECENT_WEEKS = 2
"""The number of last weeks that are searched for sudden changes."""


@dataclass(frozen=True, slots=True)
class StillRun:
    """A run of checks without a change: when its number began, how many checks confirmed it, and how likely such a run was."""

    since: datetime
    checks: int
    probability: float

    def words(self, now: datetime) -> str:
        """Return how long the run is: « depuis 41 jours (37 confirmations) »."""
        hours = (now - self.since) // timedelta(hours=1)
        long = count(hours // 24, "jour") if hours >= 48 else count(hours, "heure")
        return f"depuis {long} ({count(self.checks, 'confirmation')})"


def still_probability(checks: Checks, estimate: Estimate) -> Floats:
    """Return by unit the probability of its last run of checks without a change, given its history before the run.

    NaN for a unit that is not judged: it needs `MIN_BEFORE` checks before the run and `MIN_RUN` in it. The run is judged
    only after the last week in which a call confirmed its number, since somebody else then saw that the number was true.
    """
    units = len(estimate.weights) - 1
    confirmed = np.full(units, -1)
    called = checks.where(checks.run & (checks.calls_same > 0))
    np.maximum.at(confirmed, called.unit, called.period)
    run = checks.where(checks.run & (checks.period > confirmed[checks.unit]))
    before = checks.where(~checks.run)
    probability = run_probability(
        *(run.unit, _survival(run, estimate.curves), run.cases), _likelihood(before, estimate), estimate.prior
    )
    return _judged(probability, before, run)


def sudden_probability(checks: Checks, estimate: Estimate) -> Floats:
    """Return by unit the probability that so few checks held in the last `RECENT_WEEKS`, given its history before them.

    NaN for a unit that is not judged: it needs `MIN_BEFORE` checks before these weeks and `MIN_RUN` in them.
    """
    first = checks.period.max(initial=-1) - RECENT_WEEKS + 1
    recent, before = checks.where(checks.period >= first), checks.where(checks.period < first)
    probability = changes_probability(
        *(recent.unit, _survival(recent, estimate.curves), recent.cases, recent.same),
        *(_likelihood(before, estimate), estimate.prior),
    )
    return _judged(probability, before, recent)


def _judged(probability: Floats, before: Checks, judged: Checks) -> Floats:
    """Set to NaN the probabilities of units with too few checks before the judged ones, or among them."""
    had, has = (np.bincount(of.unit, of.cases, minlength=len(probability)) for of in (before, judged))
    return np.where((had >= MIN_BEFORE) & (has >= MIN_RUN), probability, np.nan)


def _likelihood(checks: Checks, estimate: Estimate) -> Floats:
    """Return the log-likelihood of each factor for each unit from checks weighted as they are in the fit."""
    sample = checks.weighted(Claim.SAME, HALF_LIFE)
    units = len(estimate.weights) - 1
    return frailty.log_likelihood(sample.unit, _survival(sample, estimate.curves), sample.cases, sample.held, units)


def _survival(checks: Checks | Sample, curves: Curves) -> Floats:
    return np.clip(curves.at(checks.group, checks.size, checks.hours), MIN_PROBABILITY, 1 - MIN_PROBABILITY)


def run_probability(unit: Ints, survival: Floats, cases: Floats, likelihood: Floats, prior: Floats) -> Floats:
    """Return by unit the probability of its last run without a change; 1 for a unit without a run.

    `unit`, `survival` and `cases` describe the checks of the runs, a row a class of age; `likelihood` (units, factors) is the
    log-likelihood of the history before the runs.
    """
    units = len(likelihood)
    weights = frailty.posterior(likelihood, prior)
    logarithm = np.bincount(unit, cases * np.log(survival), minlength=units)
    probability: Floats = np.einsum("uf,uf->u", weights, np.exp(logarithm[:, np.newaxis] * FACTORS))
    return probability


def changes_probability(unit: Ints, survival: Floats, cases: Floats, held: Floats, likelihood: Floats, prior: Floats) -> Floats:
    """Return by unit the probability that so few checks of its last weeks held, or fewer, by the normal approximation.

    The arguments are as in `run_probability`; `held` counts the checks that held.
    """
    units = len(likelihood)
    weights = frailty.posterior(likelihood, prior)
    count = np.bincount(unit, held, minlength=units)
    tail = np.zeros(units)
    for place, factor in enumerate(FACTORS):
        share = survival**factor
        mean = np.bincount(unit, cases * share, minlength=units)
        deviation = np.sqrt(np.bincount(unit, cases * share * (1 - share), minlength=units))
        tail += weights[:, place] * ndtr((count + 0.5 - mean) / np.maximum(deviation, 1e-9))
    return np.where(np.bincount(unit, cases, minlength=units) > 0, tail, 1.0)
