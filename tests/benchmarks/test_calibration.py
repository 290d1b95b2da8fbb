"""Probabilities are calibrated on logs with other rates, silences and reporting biases than the demonstration's."""

import pytest

from benchmarks.calibration import JUDGED, residuals, validated
from benchmarks.kit import made_logs
from ror.model.trust.checks import Claim


@pytest.fixture(scope="module", params=["change-driven", "mixture"])
def found(request):
    return {claim: validated(request.param, claim) for claim in Claim}


def test_every_large_band_is_within_three_points(found):
    for claim in Claim:
        assert residuals(found[claim])
        assert max(map(abs, residuals(found[claim]))) <= 0.03


def test_the_brier_score_is_an_eighth_better_than_that_of_a_single_rate(found):
    for claim in Claim:
        assert found[claim].every.score().over_rate >= 0.12


def test_ages_and_units_tell_more_than_types_do(found):
    assert found[Claim.SAME].every.score().over_climatology >= 0.12


def test_a_log_made_with_another_seed_differs_and_with_the_same_does_not():
    first, again = (made_logs.made_log("sparse", seed=1, units=8)[0] for _ in range(2))
    other = made_logs.made_log("sparse", seed=2, units=8)[0]
    assert first.same.tolist() == again.same.tolist()
    assert first.hours.tolist() != other.hours.tolist()
    assert len(first.same) < JUDGED
