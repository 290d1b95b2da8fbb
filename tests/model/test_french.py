import pytest

from ror.model.french import count, number, of, phone, with_place
from ror.model.freshness import duty_words


@pytest.mark.parametrize(("value", "words"), [(0, "0"), (999, "999"), (1312, "1\u202f312"), (1_000_000, "1\u202f000\u202f000")])
def test_a_number_has_a_narrow_space_between_thousands(value, words):
    assert number(value) == words


@pytest.mark.parametrize(("value", "words"), [(0, "0 lit"), (1, "1 lit"), (2, "2 lits"), (1312, "1\u202f312 lits")])
def test_a_noun_agrees_with_its_number(value, words):
    assert count(value, "lit") == words


def test_a_plural_of_its_own_is_given():
    assert count(3, "autre fermée", "autres fermées") == "3 autres fermées"


@pytest.mark.parametrize(("digits", "words"), [("0199001234", "01 99 00 12 34"), ("", ""), ("15", "15")])
def test_a_telephone_is_read_in_pairs(digits, words):
    assert phone(digits) == words


def test_a_duty_is_a_week_or_hours():
    assert (duty_words(168), duty_words(72)) == ("une semaine", "72 h")


@pytest.mark.parametrize(
    ("name", "words"),
    [("Melun", "de Melun"), ("Évry-Courcouronnes", "d'Évry-Courcouronnes"), ("Hôpital", "d'Hôpital"), ("", "de ")],
)
def test_de_is_shortened_before_a_vowel_or_an_h(name, words):
    assert of(name) == words


@pytest.mark.parametrize(
    ("name", "commune", "words"),
    [
        ("Hôpital des Tilleuls", "Créteil", "Hôpital des Tilleuls, Créteil"),
        ("Hôpital des Tilleuls - Créteil", "Créteil", "Hôpital des Tilleuls - Créteil"),
        ("Foyer Lavandes", "Andes", "Foyer Lavandes, Andes"),
        ("CLINIQUE DE MELUN", "Melun", "CLINIQUE DE MELUN"),
        ("Hôpital des Tilleuls", "", "Hôpital des Tilleuls"),
    ],
)
def test_a_commune_is_not_repeated_after_a_name_that_ends_with_it(name, commune, words):
    assert with_place(name, commune) == words
