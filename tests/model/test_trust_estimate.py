"""The estimate of a claim: the probability that it predicts, and when it predicts none."""

import numpy as np
import pytest

from ror.model.trust.checks import AGES, CALL_WEIGHT, Checks, Claim
from ror.model.trust.estimate import MIN_CASES, MIN_OLDER, Groups, fit_estimate
from ror.model.trust.validation import validate

WEEKS = 12


def checks(*rows):
    """Return checks from (period, unit, group, size, age, cases, same) rows; every number that stood had something left."""
    period, unit, group, size, age, cases, same = (np.array(column) for column in zip(*rows, strict=True))
    none = np.zeros(len(rows))
    counts = (cases.astype(float), same.astype(float), same.astype(float), none, none, none)
    return Checks(period, unit, group, size, age, none > 0, AGES[age], *counts)


def steady(cases, same, *, unit=0, group=0, size=2, age=8, weeks=WEEKS):
    return [(week, unit, group, size, age, cases, same) for week in range(weeks)]


def predicted(estimate, unit=0, group=0, size=2, hours=AGES[8]):
    return estimate.probability(*(np.array([index]) for index in (unit, group, size)), np.array([hours]))


ONE_TYPE = Groups(2, np.array([0]))


def test_a_steady_unit_has_its_own_share():
    prediction = predicted(fit_estimate(checks(*steady(50, 40)), Claim.SAME, ONE_TYPE))
    assert prediction.value[0] == pytest.approx(0.8, abs=0.01)
    assert prediction.low[0] <= prediction.value[0] <= prediction.high[0]
    assert prediction.usable[0]


def test_two_units_of_one_type_have_each_its_own_share_and_an_unknown_one_what_they_have_together():
    estimate = fit_estimate(checks(*steady(50, 48), *steady(50, 20, unit=1)), Claim.SAME, ONE_TYPE)
    assert predicted(estimate).value[0] == pytest.approx(0.96, abs=0.02)
    assert predicted(estimate, unit=1).value[0] == pytest.approx(0.4, abs=0.03)
    assert 0.5 < predicted(estimate, unit=-1).value[0] < 0.8


def test_the_last_weeks_count_more_than_those_before():
    # It stood 9 times in 10, then half of the time for four weeks.
    rows = [(week, 0, 0, 2, 8, 100, 90 if week < 16 else 50) for week in range(20)]
    prediction = predicted(fit_estimate(checks(*rows), Claim.SAME, ONE_TYPE))
    assert prediction.value[0] == pytest.approx(0.5, abs=0.06)


def test_nothing_is_said_of_a_type_with_few_checks():
    few = (MIN_CASES - 1) // WEEKS
    assert not predicted(fit_estimate(checks(*steady(few, few - 1)), Claim.SAME, ONE_TYPE)).usable[0]


def test_nothing_is_said_of_an_age_that_too_few_numbers_of_the_type_have_reached():
    rows = [*steady(50, 40), (WEEKS - 1, 0, 0, 2, 20, MIN_OLDER, 10)]
    estimate = fit_estimate(checks(*rows), Claim.SAME, ONE_TYPE)
    assert predicted(estimate, hours=AGES[20]).usable[0]
    assert not predicted(estimate, hours=AGES[22]).usable[0]


def test_nothing_is_said_of_a_type_whose_last_weeks_did_not_happen_as_was_said():
    changed = [(week, 0, 0, 2, 8, 200, 120 if week < WEEKS - 2 else 40) for week in range(WEEKS)]
    estimate = fit_estimate(checks(*steady(4000, 2400, unit=1, group=1), *changed), Claim.SAME, Groups(2, np.array([0, 1])))
    assert not predicted(estimate).usable[0]
    assert predicted(estimate, unit=1, group=1).usable[0]


def test_nothing_is_said_of_a_unit_without_history_where_units_differ_much():
    rows = [row for unit in range(40) for row in steady(20, 19 if unit % 2 else 3, unit=unit)]
    estimate = fit_estimate(checks(*rows), Claim.SAME, Groups(41, np.array([0])))
    assert predicted(estimate, unit=0).usable[0]
    assert not predicted(estimate, unit=40).usable[0]


def test_that_some_are_left_is_learnt_from_numbers_above_zero_alone():
    rows = [*steady(50, 45), *steady(50, 1, size=0)]
    assert predicted(fit_estimate(checks(*rows), Claim.ANY_LEFT, ONE_TYPE)).value[0] == pytest.approx(0.9, abs=0.02)


def test_a_check_by_telephone_counts_more_than_a_declaration():
    with_calls = Checks(
        *(np.array([0]) for _ in range(5)), np.array([False]), np.array([5.0]), *(np.array([n]) for n in (10.0, 8, 8, 2, 0, 0))
    )
    sample = with_calls.weighted(Claim.SAME, np.inf)
    assert sample.cases[0] == 10 + (CALL_WEIGHT - 1) * 2
    assert sample.held[0] == 8
    assert with_calls.of(Claim.SAME).cases[0] == 10


def test_nothing_is_learnt_from_an_empty_log():
    empty = checks(*steady(1, 1)).where(np.zeros(WEEKS, dtype=bool))
    assert not predicted(fit_estimate(empty, Claim.SAME, ONE_TYPE)).usable[0]


def test_a_validation_predicts_each_week_from_those_before_it_alone():
    # The share falls in the last week: it was not predicted.
    rows = [(week, 0, 0, 2, 8, 1000, 800 if week < WEEKS - 1 else 300) for week in range(WEEKS)]
    validation = validate(checks(*rows), Claim.SAME, ONE_TYPE, 1, WEEKS)
    score = validation.every.score()
    assert score.cases == 1000
    assert score.predicted == pytest.approx(0.8, abs=0.01)
    assert score.observed == pytest.approx(0.3)
    assert score.brier == pytest.approx(0.3 * 0.04 + 0.7 * 0.64, abs=0.01)
    assert validation.calls.score() is None


def test_a_validation_is_compared_with_one_rate_for_all_and_with_one_by_type():
    rows = [*steady(500, 450), *steady(500, 100, unit=1, group=1)]
    score = validate(checks(*rows), Claim.SAME, Groups(2, np.array([0, 1])), 4, 8).every.score()
    assert score.of_rate == pytest.approx(0.55 * 0.45, abs=0.001)
    assert score.of_climatology == pytest.approx((0.9 * 0.1 + 0.2 * 0.8) / 2, abs=0.001)
    assert score.over_rate == pytest.approx(1 - score.brier / score.of_rate)
    assert score.over_climatology == pytest.approx(0, abs=0.01)
