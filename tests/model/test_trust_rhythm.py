"""Units too still or suddenly changing: how likely their last checks are by their own history; computed by hand."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from scipy.stats import norm

from ror.model.trust import frailty, rhythm
from ror.model.trust.calibration import NO_CORRECTION
from ror.model.trust.checks import AGES, SIZES, Checks
from ror.model.trust.curves import Curves
from ror.model.trust.estimate import Estimate

STANDS = 0.9
"""The share of the numbers of the only group that stand, at any age."""

AS_GROUP = int(np.flatnonzero(np.isclose(frailty.FACTORS, 1))[0])


def estimate(units: int = 1, *, certain: bool = True) -> Estimate:
    """Return an estimate of one group; its units are as fast as it when `certain`, else every speed is as likely."""
    prior = np.full(len(frailty.FACTORS), 1e-300 if certain else 1 / len(frailty.FACTORS))
    prior[AS_GROUP] = 1.0 if certain else prior[0]
    shape = (1, SIZES, len(AGES))
    curves = Curves(np.full(shape, STANDS), np.zeros(shape))
    return Estimate(curves, prior, np.tile(prior, (units + 1, 1)), NO_CORRECTION, np.array([0]), np.array([240.0]))


def checks(*rows: tuple[int, bool, int, int], unit: int = 0, calls: tuple[int, ...] = ()) -> Checks:
    """Return checks of a unit by rows of week, run, cases, same; `calls` are the weeks in which a call confirmed the number."""
    week, run, cases, same = (np.array(column) for column in zip(*rows, strict=True))
    many = len(rows)
    zeros, called = np.zeros(many), np.isin(week, calls).astype(float)
    return Checks(
        *(week, np.full(many, unit), np.zeros(many, np.int64), np.full(many, 3), np.full(many, 10), run.astype(np.bool_)),
        *(np.full(many, 12.0), cases.astype(float), same.astype(float), zeros, called, called, zeros),
    )


def together(*several: Checks) -> Checks:
    """Return the checks of several units."""
    return Checks(*(np.concatenate([getattr(part, field.name) for part in several]) for field in fields(Checks)))


def test_a_run_is_as_likely_as_each_of_its_checks_together() -> None:
    history = checks((0, False, 50, 45), (1, True, 20, 20), (2, True, 10, 10))
    assert rhythm.still_probability(history, estimate()) == pytest.approx([STANDS**30])


def test_a_unit_that_moved_more_than_its_like_makes_the_same_run_less_likely() -> None:
    moving, still = checks((0, False, 50, 25), (1, True, 20, 20)), checks((0, False, 50, 50), (1, True, 20, 20))
    free = estimate(certain=False)
    assert rhythm.still_probability(moving, free)[0] < rhythm.IMPROBABLE < rhythm.still_probability(still, free)[0]


def test_an_older_history_counts_less() -> None:
    other = checks((24, False, 1, 1), unit=1)
    near, far = (
        rhythm.still_probability(together(checks((week, False, 50, 10), (24, True, 20, 20)), other), estimate(2, certain=False))
        for week in (23, 0)
    )
    assert near[0] < far[0]


def test_a_unit_is_judged_with_enough_checks_before_its_run_and_in_it() -> None:
    before, least = rhythm.MIN_BEFORE, rhythm.MIN_RUN
    judged = rhythm.still_probability(checks((0, False, before, 10), (1, True, least, least)), estimate())
    assert judged == pytest.approx([STANDS**least])
    for rows in (((0, False, before - 1, 10), (1, True, 9, 9)), ((0, False, 30, 10), (1, True, least - 1, least - 1))):
        assert np.isnan(rhythm.still_probability(checks(*rows), estimate())).all()


def test_what_a_call_confirmed_is_not_held_against_a_unit() -> None:
    rows = ((0, False, 50, 45), (1, True, 20, 20), (2, True, 10, 10), (3, True, 5, 5))
    assert rhythm.still_probability(checks(*rows, calls=(2,)), estimate()) == pytest.approx([STANDS**5])
    assert np.isnan(rhythm.still_probability(checks(*rows, calls=(3,)), estimate())).all()


def test_a_call_before_the_run_changes_nothing_of_it() -> None:
    rows = ((1, False, 50, 45), (1, True, 20, 20))
    history = checks(*rows, calls=(0,))
    assert rhythm.still_probability(history, estimate()) == pytest.approx([STANDS**20])


def test_changes_are_as_likely_as_so_few_numbers_that_held() -> None:
    history = checks((0, False, 50, 45), (1, False, 60, 45), (2, False, 40, 35))
    mean, deviation = 100 * STANDS, np.sqrt(100 * STANDS * (1 - STANDS))
    expected = norm.cdf((80.5 - mean) / deviation)
    assert rhythm.sudden_probability(history, estimate()) == pytest.approx([expected])


def test_changes_of_two_weeks_are_compared_with_those_before() -> None:
    suddenly = checks((0, False, 100, 90), (1, False, 20, 4), (2, False, 20, 4))
    always = checks((0, False, 100, 20), (1, False, 20, 4), (2, False, 20, 4))
    free = estimate(certain=False)
    assert rhythm.sudden_probability(suddenly, free)[0] < rhythm.IMPROBABLE < rhythm.sudden_probability(always, free)[0]


def test_a_unit_without_recent_checks_is_not_judged() -> None:
    assert np.isnan(rhythm.sudden_probability(checks((0, False, 50, 45), (9, False, 3, 0)), estimate())).all()


def test_a_unit_without_checks_is_not_judged() -> None:
    nothing = checks((0, False, 1, 1)).where(np.array([False]))
    assert np.isnan(rhythm.still_probability(nothing, estimate())).all()
    assert np.isnan(rhythm.sudden_probability(nothing, estimate())).all()
    assert rhythm.run_probability(*(np.empty(0, np.int64), np.empty(0), np.empty(0)), np.zeros((1, 49)), estimate().prior) == 1
    empty = np.empty(0)
    assert rhythm.changes_probability(nothing.unit, empty, empty, empty, np.zeros((1, 49)), estimate().prior) == 1


@pytest.mark.parametrize(
    ("long", "checks_in_run", "words"),
    [
        (timedelta(days=41, hours=3), 37, "depuis 41 jours (37 confirmations)"),
        (timedelta(hours=48), 1, "depuis 2 jours (1 confirmation)"),
        (timedelta(hours=47), 12, "depuis 47 heures (12 confirmations)"),
    ],
)
def test_a_run_in_words(long: timedelta, checks_in_run: int, words: str) -> None:
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert rhythm.StillRun(now - long, checks_in_run, 0.0001).words(now) == words
