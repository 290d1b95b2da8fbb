"""Calibration: scores of predictions, computed by hand, and the correction learnt from past predictions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.model.trust.calibration import NO_CORRECTION, bands, brier, fit_correction, skill


def arrays(*columns):
    return [np.array(column, dtype=float) for column in columns]


def test_the_brier_score_is_the_mean_squared_error():
    # Predicted at 80 %: 7 numbers that held cost 0.04 each, 3 that did not cost 0.64 each.
    assert brier(*arrays([0.8], [10], [7])) == pytest.approx((7 * 0.04 + 3 * 0.64) / 10)
    assert brier(*arrays([1.0, 0.0], [5, 5], [5, 0])) == 0


def test_the_skill_is_the_share_by_which_a_score_is_smaller():
    assert skill(0.2, 0.25) == pytest.approx(0.2)
    assert skill(0.3, 0.25) < 0
    assert skill(0.0, 0.0) == 0


def test_a_reliability_table_compares_what_was_said_with_what_happened_by_band():
    first, last = bands(*arrays([0.12, 0.18, 1.0], [100, 300, 50], [10, 70, 49]))
    assert (first.low, first.high, first.cases) == (0.1, pytest.approx(0.2), 400)
    assert first.predicted == pytest.approx((12 + 54) / 400)
    assert first.observed == pytest.approx(80 / 400)
    assert first.gap == pytest.approx(66 / 400 - 80 / 400)
    assert (last.high, last.predicted, last.cases) == (1.0, 1.0, 50)


def test_many_cases_correct_what_is_said_and_a_few_change_little():
    many = fit_correction(*arrays([0.3, 0.8], [10_000, 10_000], [2_000, 6_000]))
    assert many.apply(np.array([0.3, 0.8])) == pytest.approx([0.2, 0.6], abs=0.002)
    few = fit_correction(*arrays([0.3, 0.8], [1, 1], [0, 0]))
    assert few.apply(np.array([0.3, 0.8])) == pytest.approx([0.3 * 10 / 11, 0.8 * 10 / 11])


def test_without_a_case_nothing_is_corrected():
    assert fit_correction(*arrays([], [], [])) is NO_CORRECTION
    assert NO_CORRECTION.apply(np.array([0.37])) == pytest.approx([0.37])


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 1000), st.floats(0, 1)), min_size=1, max_size=60))
def test_a_correction_never_exchanges_two_probabilities_nor_leaves_0_to_1(rows):
    predicted, cases, share = arrays(*zip(*rows, strict=True))
    corrected = fit_correction(predicted, cases, cases * share).apply(np.linspace(0, 1, 101))
    assert (np.diff(corrected) >= -1e-12).all()
    assert (corrected >= 0).all()
    assert (corrected <= 1).all()
