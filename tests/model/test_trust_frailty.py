"""Frailty: how fast the numbers of a unit change, compared with those of its group."""

import numpy as np
import pytest

from ror.model.trust import frailty
from ror.model.trust.checks import FACTORS

AS_THE_GROUP = len(FACTORS) // 2


def likelihood(unit, survival, cases, held, units):
    columns = [np.array(column, dtype=float) for column in (survival, cases, held)]
    return frailty.log_likelihood(np.array(unit), *columns, units)


def test_the_likelihood_of_a_factor_is_that_of_the_survival_to_its_power():
    by_factor = likelihood([0, 0], [0.8, 0.5], [1, 1], [1, 0], 1)
    assert FACTORS[AS_THE_GROUP] == pytest.approx(1)
    assert by_factor[0, AS_THE_GROUP] == pytest.approx(np.log(0.8) + np.log(1 - 0.5))
    twice = int(np.argmin(np.abs(FACTORS - 2)))
    factor = FACTORS[twice]
    assert by_factor[0, twice] == pytest.approx(factor * np.log(0.8) + np.log(1 - 0.5**factor))


def test_a_unit_without_checks_has_the_distribution_of_all_units():
    by_factor = likelihood([0, 0, 1], [0.5, 0.5, 0.5], [40, 10, 50], [30, 8, 20], 3)
    prior = frailty.fit_prior(by_factor)
    assert frailty.posterior(by_factor, prior)[2] == pytest.approx(prior)
    assert prior.sum() == pytest.approx(1)


def test_still_units_are_found_stiller_than_the_group_and_their_probability_follows_their_own_share():
    # Ten units of 200 checks at a survival of 50 %: five always held, five held one time in four.
    unit = np.arange(10)
    by_factor = likelihood(unit, [0.5] * 10, [200] * 10, [200] * 5 + [50] * 5, 10)
    weights = frailty.posterior(by_factor, frailty.fit_prior(by_factor))
    predicted = frailty.predict(np.full(10, 0.5), weights)
    assert (predicted[:5] > 0.95).all()
    assert predicted[5:] == pytest.approx(np.full(5, 0.25), abs=0.03)


def test_the_interval_narrows_with_the_history_of_the_unit_and_holds_its_probability():
    by_factor = likelihood([0, 1, 2], [0.5] * 3, [4, 400, 4000], [2, 200, 2000], 3)
    weights = frailty.posterior(by_factor, np.full(len(FACTORS), 1 / len(FACTORS)))
    survival = np.full(3, 0.5)
    slowest, fastest = frailty.bounds(weights)
    low, high = survival**fastest, survival**slowest
    predicted = frailty.predict(survival, weights)
    assert ((low <= predicted) & (predicted <= high)).all()
    assert (high - low)[0] > (high - low)[1] >= (high - low)[2]
