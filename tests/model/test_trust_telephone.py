"""The reliability of a unit by telephone, against values computed by hand."""

import pytest
from scipy.stats import beta

from ror.model.trust.telephone import Reliability, contradicted_often, reliability


@pytest.mark.parametrize("calls", [0, 1, 2])
def test_nothing_is_said_below_three_calls(calls: int) -> None:
    assert reliability(calls, calls) is None


def test_seven_calls_of_nine() -> None:
    unit_reliability = reliability(9, 7)
    assert unit_reliability is not None
    assert (unit_reliability.calls, unit_reliability.confirmed, unit_reliability.share) == (9, 7, pytest.approx(7 / 9))
    # Jeffreys' interval: the quantiles at 10 and 90 % of a beta distribution of 7.5 and 2.5.
    assert beta(7.5, 2.5).cdf(unit_reliability.low) == pytest.approx(0.1)
    assert beta(7.5, 2.5).cdf(unit_reliability.high) == pytest.approx(0.9)
    assert (round(unit_reliability.low, 2), round(unit_reliability.high, 2)) == (0.57, 0.91)


def test_the_interval_goes_to_the_end_where_all_calls_agree() -> None:
    always, never = reliability(3, 3), reliability(3, 0)
    assert always is not None
    assert never is not None
    assert (always.high, never.low) == (1.0, 0.0)
    assert always.low == pytest.approx(beta(3.5, 0.5).ppf(0.1))
    assert never.high == pytest.approx(beta(0.5, 3.5).ppf(0.9))


@pytest.mark.parametrize(
    ("calls", "confirmed", "words"),
    [
        (9, 7, "7 appels sur 9 ont confirmé ce que l'unité déclare (57 à 91 %)"),
        (4, 1, "1 appel sur 4 a confirmé ce que l'unité déclare (8 à 57 %)"),
        (3, 0, "Aucun appel sur 3 n'a confirmé ce que l'unité déclare (0 à 34 %)"),
        (3, 3, "3 appels sur 3 ont confirmé ce que l'unité déclare (66 à 100 %)"),
    ],
)
def test_the_reliability_in_words(calls: int, confirmed: int, words: str) -> None:
    unit_reliability = reliability(calls, confirmed)
    assert unit_reliability is not None
    assert unit_reliability.words == words


def test_a_unit_is_contradicted_often_when_its_whole_interval_is_below_what_is_usual() -> None:
    unit_reliability = Reliability(9, 3, 1 / 3, 0.2, 0.5)
    assert contradicted_often(unit_reliability, 0.51)
    assert not contradicted_often(unit_reliability, 0.5)
    assert not contradicted_often(None, 1.0)
