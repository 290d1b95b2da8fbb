"""How likely numbers still hold, in words."""

import pytest

from ror.model.nomenclature import CapacityType
from ror.model.trust.expected import Total
from ror.model.trust.still_true import Chance, StillTrue, expected_words, percent_words


def chance(value, low=0.5, high=0.9):
    return Chance(value, low, high)


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.864, "86 %"),
        (0.994, "99 %"),
        (0.996, "plus de 99 %"),
        (1.0, "plus de 99 %"),
        (0.006, "1 %"),
        (0.004, "moins de 1 %"),
        (0.0, "moins de 1 %"),
    ],
)
def test_a_probability_is_a_whole_percent_and_never_a_certainty(share, words):
    assert percent_words(share) == words


@pytest.mark.parametrize(("share", "percent"), [(1.0, 99), (0.864, 86), (0.0, 1)])
def test_a_table_has_no_certainty_either(share, percent):
    assert chance(share).percent == percent


@pytest.mark.parametrize(
    ("low", "value", "high", "words"),
    [
        (0.81, 0.86, 0.9, "entre 81 et 90 %"),
        (0.92, 0.97, 0.999, "plus de 92 %"),
        (0.997, 0.998, 0.999, "plus de 99 %"),
        (0.002, 0.04, 0.09, "moins de 9 %"),
        (0.001, 0.002, 0.003, "moins de 1 %"),
        (0.437, 0.438, 0.439, "à un point près"),
        (0.45, 0.436, 0.47, "entre 44 et 47 %"),
    ],
)
def test_an_interval_has_its_probability_in_it_and_no_certainty(low, value, high, words):
    assert Chance(value, low, high).interval == words


@pytest.mark.parametrize(("capacity", "one_of_kind"), [(CapacityType.BED, "un"), (CapacityType.PLACE, "une")])
def test_a_number_may_still_be_true_and_leave_at_least_one(capacity, one_of_kind):
    known = StillTrue(chance(0.86), chance(0.97))
    assert [words for words, _ in known.claims(capacity)] == ["encore vrai à 86 %", f"au moins {one_of_kind} : 97 %"]


def test_what_is_not_known_of_a_number_is_not_said():
    assert [words for words, _ in StillTrue(chance(0.86), None).claims(CapacityType.BED)] == ["encore vrai à 86 %"]
    assert StillTrue().claims(CapacityType.BED) == []


@pytest.mark.parametrize(
    ("total", "capacity", "words"),
    [
        (
            Total(3114, 3063.2, 2878.1, 3234.0),
            CapacityType.BED,
            "environ 3\u202f060 attendus (2\u202f880 à 3\u202f230)",
        ),
        (Total(46, 41.4, 30.2, 52.4), CapacityType.PLACE, "environ 41 attendues (30 à 52)"),
        (Total(1, 1.2, 0.0, 2.6), CapacityType.BED, "environ 1 attendu (0 à 3)"),
    ],
)
def test_a_total_is_expected_with_an_interval_whose_width_rounds_it(total, capacity, words):
    assert expected_words(total, capacity) == words
