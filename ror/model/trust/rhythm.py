"""Units whose rhythm is improbable given their own history: numbers that stay too still, or suddenly change far more often.

Both compare the last checks of a unit with what its own history before them says, its uncertainty included.
"""

import numpy as np
from scipy.stats import norm

from ror.model.trust import frailty
from ror.model.trust.checks import FACTORS, Floats, Ints

IMPROBABLE = 0.001
"""A rhythm that comes by chance less than once in a thousand is marked."""

LEAST_BEFORE = 20
"""Checks that a unit must have before those that are judged."""

LEAST_RUN = 4
"""Checks of a run below which it is not judged."""

RECENT_WEEKS = 2
"""The last weeks in which sudden changes are looked for."""


def run_probability(unit: Ints, survival: Floats, cases: Floats, likelihood: Floats, prior: Floats) -> Floats:
    """Return by unit how likely its last run without a change was: 1 for a unit without a check in it.

    `unit`, `survival` and `cases` describe the checks of the runs, a row a class of age; `likelihood` (units, factors) is that
    of the history before them.
    """
    units = len(likelihood)
    weights = frailty.posterior(likelihood, prior)
    logarithm = np.bincount(unit, cases * np.log(survival), minlength=units)
    probability: Floats = np.einsum("uf,uf->u", weights, np.exp(logarithm[:, np.newaxis] * FACTORS))
    return probability


def changes_probability(unit: Ints, survival: Floats, cases: Floats, held: Floats, likelihood: Floats, prior: Floats) -> Floats:
    """Return by unit how likely so few checks of its last weeks held, or fewer, by the normal approximation.

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
        tail += weights[:, place] * norm.cdf((count + 0.5 - mean) / np.maximum(deviation, 1e-9))
    return np.where(np.bincount(unit, cases, minlength=units) > 0, tail, 1.0)
