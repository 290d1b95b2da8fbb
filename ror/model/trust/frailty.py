"""How fast the numbers of one unit change relative to those of its group: an empirical Bayes estimate with its uncertainty.

The hazard of a unit is that of its group times a factor, its frailty (Vaupel, Manton and Stallard, 1979): its curve is that of
the group to the power of the factor. The factors are distributed on a grid; their distribution over all units is estimated
from the checks themselves (Robbins, 1956; Kiefer and Wolfowitz, 1956), and is the prior of each unit: a unit with few checks
has its group's curve, and a wide interval.
"""

import numpy as np
from scipy.special import logsumexp

from ror.model.trust.checks import FACTORS, Floats, Ints

_HALF_STEP = float(np.sqrt(FACTORS[1] / FACTORS[0]))
_ROUNDS = 30
_SMALLEST = 1e-6


def log_likelihood(unit: Ints, survival: Floats, cases: Floats, held: Floats, units: int) -> Floats:
    """Return the log-likelihood of each factor for each unit, (units, factors).

    Each check has the index of its `unit`, the `survival` of its group at its age, its `cases` and those that `held`.
    """
    logarithm = np.log(survival)
    found = np.empty((units, len(FACTORS)))
    for place, factor in enumerate(FACTORS):
        power = factor * logarithm
        found[:, place] = np.bincount(unit, held * power + (cases - held) * np.log(-np.expm1(power)), minlength=units)
    return found


def fit_prior(likelihood: Floats) -> Floats:
    """Fit the distribution of the factors over the units, (factors), by expectation-maximization from a flat one."""
    informative = likelihood[np.ptp(likelihood, axis=1) > 0]
    prior = np.full(len(FACTORS), 1 / len(FACTORS))
    for _ in range(_ROUNDS if len(informative) else 0):
        prior = np.maximum(posterior(informative, prior).mean(axis=0), _SMALLEST)
        prior /= prior.sum()
    return prior


def posterior(likelihood: Floats, prior: Floats) -> Floats:
    """Return the probability of each factor for each unit, (units, factors)."""
    weighted = likelihood + np.log(prior)
    probabilities: Floats = np.exp(weighted - logsumexp(weighted, axis=1, keepdims=True))
    return probabilities


def predict(survival: Floats, weights: Floats) -> Floats:
    """Return the probability that each number holds, from the `survival` of its group and the `weights` of its factors.

    `weights` has a row a number, with the probability of each factor of its unit.
    """
    share: Floats = np.einsum("rf,rf->r", weights, survival[:, np.newaxis] ** FACTORS)
    return share


def bounds(weights: Floats, level: float = 0.8) -> tuple[Floats, Floats]:
    """Return the slowest and the fastest factor between which each unit's is with this probability, to half a grid step."""
    cumulated = np.cumsum(weights, axis=1)
    slow = FACTORS[np.argmax(cumulated >= (1 - level) / 2, axis=1)]
    fast = FACTORS[np.argmax(cumulated >= min((1 + level) / 2, 1 - 1e-9), axis=1)]
    return slow / _HALF_STEP, fast * _HALF_STEP
