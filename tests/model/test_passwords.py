import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ror.errors import Refused
from ror.model.passwords import DEMONSTRATION_PASSWORD, check_password
from tests.examples import slow_examples

NAMES = ("c.verrier", "Éléonore Müller-d'Août", "eleonore.muller@hopital-tilleuls.example.fr")
LEET = "@4830157$!|{[(<c3e69g1il70o5s+t%x2z"


def refusal(password, names=(), **others) -> str:
    with pytest.raises(Refused) as refused:
        check_password(password, names, **others)
    return refused.value.user_message


def answer(password, names=(), **others) -> str:
    """Return the message of the refusal, or « Taken. » without any."""
    try:
        check_password(password, names, **others)
    except Refused as refused:
        return refused.user_message
    return "Taken."


@pytest.mark.parametrize(
    "password",
    [
        "Vx7-pq2!Lm0z",
        "Été-2031 à Bû",
        "brouillard pivoine",
        "velotramdunord",
        "un chat gris dort sous la table",
        "mes 7 pies ont vu du blé",
        "k a v o z n y",
        "密码很长而且没有人会猜到的那种啊",
        "🦔🌵🪁🧭🛶🎐🪵🧶🫖🪞🧩🪡🛷🪗",
    ],
)
def test_twelve_characters_of_four_classes_fourteen_of_any_or_seven_words_will_do(password):
    check_password(password, NAMES)


@pytest.mark.parametrize("password", ["", "Vx7-pq2!Lm0", "vx7-pq2!lm0z", "Vx7apq2bLm0zQ", "un chat gris", "pivoine4gris"])
def test_a_shorter_one_is_refused_with_the_three_ways_to_make_it_longer(password):
    message = refusal(password)
    assert "12 caractères" in message
    assert "14 caractères" in message
    assert "7 mots" in message


def test_an_administrator_needs_sixteen_characters_whatever_they_are():
    check_password("Vx7-pq2!Lm0z-Wk9", administrator=True)
    for short in ("Vx7-pq2!Lm0z-Wk", "je l'ai vu à 8h"):
        assert "16 caractères" in refusal(short, administrator=True)


def test_more_than_72_bytes_are_refused_with_the_count():
    check_password("brouillard pivoine " + "é" * 26 + "a")
    assert "73 octets" in refusal("brouillard pivoine " + "é" * 27)
    assert "1000000 octets" in refusal("a" * 1_000_000)


def test_a_name_of_four_letters_counts_and_a_shorter_one_does_not():
    assert "« aout »" in refusal("brouillard août pivoine", NAMES)
    check_password("brouillard mai pivoine", ("Mai",))


@pytest.mark.parametrize(
    "password", ["\ud800" * 20, "brouillard\0pivoine"], ids=["half a pair of surrogates", "NUL, which ends a word for bcrypt"]
)
def test_characters_that_cannot_be_typed_are_refused(password):
    assert "tapez-le de nouveau" in refusal(password)


@pytest.mark.parametrize(
    "password",
    [
        "Password2026!!",
        "2026-Password-2026",
        "unbelievable123",
        "qwertyuiopasdf",
        "aaaaaaaaaaaaaaaa",
        "abcdefghijklmnop",
        "12345678901234567890",
        "1a!1a!1a!1a!1a!1a!",
        DEMONSTRATION_PASSWORD,
        DEMONSTRATION_PASSWORD.upper(),
        "Démonstration-2031!",
    ],
)
def test_a_common_or_easily_guessed_password_is_refused(password):
    assert "trop courant" in refusal(password)


@pytest.mark.parametrize(
    "password",
    [
        "Verrier-mange-7-figues",
        "brouillard ELEONORE pivoine",
        "brouillard Éléonore pivoine",
        "brouillard 3l30n0r3 pivoine",
        "brouillard eronoele pivoine",
        "brouillard mûller pivoine",
        "brouillard tilleuls pivoine",
    ],
)
def test_a_password_with_a_name_of_the_account_is_refused(password):
    assert "vient de l'identifiant, du nom ou du courriel" in refusal(password, NAMES)
    check_password(password, ("autre",))


def test_the_short_parts_of_names_and_the_ending_of_a_host_may_be_in_a_password():
    check_password("brouillard liwu abc example pivoine", ("abc", "Li Wu", "li@abc.example"))


@given(
    password=st.one_of(
        st.text(st.characters(exclude_categories=()), max_size=90),
        st.text(string.printable, min_size=12, max_size=72),
    ),
    names=st.lists(st.text(st.characters(exclude_categories=()), max_size=30), max_size=3),
    administrator=st.booleans(),
)
@example("İ" * 14, ["i̇"], False)
@example("@" * 14, ["@"], False)
def test_any_password_is_accepted_or_refused_with_a_message(password, names, administrator):
    assert answer(password, names, administrator=administrator).endswith(".")


@slow_examples(50)
@given(st.text(LEET, min_size=12, max_size=72))
def test_digits_and_signs_that_read_as_letters_raise_no_other_error(password):
    assert answer(password, NAMES).endswith(".")
