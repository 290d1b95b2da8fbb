"""The present value expected of a number declared some time ago, and of a total of such numbers."""

import numpy as np
import pytest

from ror.model.trust.expected import (
    LEVEL,
    RESIDUAL_DAYS,
    Movement,
    ObservedChanges,
    Residuals,
    fit_movement,
    fit_residuals,
    total,
)


def floats(*values):
    return np.array(values, dtype=float)


MOVEMENT = Movement(floats(10, np.nan), floats(4, 9), pull=0.5)


def test_a_number_that_surely_stands_is_itself():
    mean, variance = MOVEMENT.moments(np.array([0]), np.array([4]), floats(1))
    assert (mean[0], variance[0]) == (4, 0)


def test_a_number_that_surely_changed_went_half_of_the_way_to_what_is_usual():
    mean, variance = MOVEMENT.moments(np.array([0]), np.array([4]), floats(0))
    assert (mean[0], variance[0]) == (7, 4)


def test_a_number_in_doubt_is_between_and_its_variance_counts_both():
    # One chance in two of 4, one of 7 with a variance of 4: mean 5.5; (1.5² + 4 + 1.5²) / 2.
    mean, variance = MOVEMENT.moments(np.array([0]), np.array([4]), floats(0.5))
    assert mean[0] == pytest.approx(5.5)
    assert variance[0] == pytest.approx((1.5**2 + 4 + 1.5**2) / 2)


def test_a_unit_without_history_is_drawn_nowhere():
    mean, _ = MOVEMENT.moments(np.array([-1]), np.array([4]), floats(0))
    assert mean[0] == 4


def sums(before, after, usual, cases):
    """Return the sums of one unit whose number changed from each `before` to each `after`."""
    b, a = floats(*before), floats(*after)
    squares = floats((b * b).sum()), floats((b * a).sum()), floats((a * a).sum())
    return ObservedChanges(floats(len(b)), floats(b.sum()), floats(a.sum()), *squares, floats(usual), floats(cases))


def test_changes_that_come_back_to_the_usual_number_pull_all_of_the_way():
    movement = fit_movement(sums([4, 16, 8, 12], [10, 10, 10, 10], usual=10, cases=1000))
    assert movement.usual[0] == pytest.approx(10)
    assert movement.pull == pytest.approx(1, abs=0.01)
    assert movement.variance[0] == pytest.approx(0, abs=0.1)


def test_changes_that_go_away_from_the_usual_number_pull_nowhere():
    movement = fit_movement(sums([12, 8], [14, 6], usual=10, cases=1000))
    assert movement.pull == 0
    # Two steps of 2: their mean square is 4.
    assert movement.variance[0] == pytest.approx(4)


def test_the_interval_of_a_total_follows_how_past_totals_strayed():
    residual = Residuals(mean=-0.5, half=2.0, coverage=LEVEL, days=30)
    expected_total = total(np.array([3, 4]), floats(2.5, 4), floats(3, 6), residual)
    assert (expected_total.declared, expected_total.mean) == (7, pytest.approx(6.5 - 0.5 * 3))
    assert (expected_total.low, expected_total.high) == (0, pytest.approx(5 + 6))


def test_totals_that_always_stray_alike_are_shifted_with_no_width():
    residual = fit_residuals(np.full((60, 4), 1.5))
    assert (residual.mean, residual.half, residual.coverage, residual.days) == (1.5, 0, 1, 60 - RESIDUAL_DAYS)


def test_steady_strays_are_covered_as_often_as_is_said_and_a_sudden_drift_is_not_shown():
    residuals = np.random.default_rng(1).normal(size=(400, 8))
    steady = fit_residuals(residuals)
    assert steady.is_shown
    assert steady.coverage == pytest.approx(LEVEL, abs=0.02)
    assert not fit_residuals(residuals[:60] + 0.3 * np.arange(60)[:, None]).is_shown


def test_too_few_days_are_never_shown():
    assert not fit_residuals(np.zeros((RESIDUAL_DAYS, 2))).is_shown
    assert not fit_residuals(np.full((60, 2), np.nan)).is_shown
