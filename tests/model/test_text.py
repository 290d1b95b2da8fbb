"""No invisible character is stored in a name or a comment."""

import unicodedata

import pytest
from hypothesis import given

from ror.model.text import MAX_MARKS, identifier, plain, plain_lines, whole_number
from tests.attacks.hostile_texts import LONG

TURNING = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
NO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u00ad\U000e0041"
BLANK_LETTERS = "\u3164\u2800\u115f\uffa0"


@pytest.mark.parametrize("unseen", [*TURNING, *NO_WIDTH, *BLANK_LETTERS, "\0", "\x07", "\x1b", "\x7f", "\ud800"])
def test_invisible_characters_are_removed(unseen):
    assert plain(f"Lits {unseen}halte") == "Lits halte"
    assert plain(unseen * 3) == ""
    assert plain_lines(f"Aile{unseen}\nnord") == "Aile\nnord"


@pytest.mark.parametrize(
    "text",
    [
        "Hôpital d'Œuvre « fictif »",
        "Centre n° 3 - 2ᵉ étage",
        "𝒜 clinique 🏥",
        "Кириллица 漢字 العربية",
        "Việt Nam",
        "= 2 < 3 *",
    ],
)
def test_words_of_any_language_stay_as_they_are(text):
    assert plain(text) == text
    assert plain_lines(text) == text


def test_a_letter_and_its_accent_are_one_letter():
    assert plain("Me\u0301decine") == "Médecine"


def test_accents_piled_up_are_cut():
    assert plain("a" + "\u0336" * 400 + "b") == "a" + "\u0336" * MAX_MARKS + "b"


def test_a_name_is_one_line_and_a_comment_keeps_its_lines():
    typed = "  Aile\tnord \r\n\r\n\n\u2028 fermée\v lundi \n"
    assert plain(typed) == "Aile nord fermée lundi"
    assert plain_lines(typed) == "Aile nord\n\nfermée\nlundi"


@given(LONG)
def test_any_text_is_left_without_invisible_characters(text):
    for cleaned, allowed in ((plain(text), ""), (plain_lines(text), "\n")):
        assert {unicodedata.category(letter) for letter in cleaned if letter not in allowed}.isdisjoint({"Cc", "Cf", "Cs"})
        assert cleaned == cleaned.strip()
        assert unicodedata.is_normalized("NFC", cleaned)
        cleaned.encode()
    assert plain(plain(text)) == plain(text)
    assert plain_lines(plain_lines(text)) == plain_lines(text)
    assert "\n\n\n" not in plain_lines(text)


@pytest.mark.parametrize(
    ("printed", "number"),
    [
        ("24", "24"),
        (" 24.0 ", "24"),
        ("24,00", "24"),
        ("1 024", "1024"),
        ("24.000", "24.000"),
        ("2.5", "2.5"),
        ("trois ", "trois "),
    ],
)
def test_a_whole_number_is_read_as_a_spreadsheet_prints_it(printed, number):
    assert whole_number(printed) == number


@pytest.mark.parametrize(
    ("printed", "written"),
    [(" 990000012.0", "990000012"), ("012,00 ", "012"), ("12.000", "12.000"), (" u-1.0 ", "u-1.0")],
)
def test_an_identifier_loses_the_decimals_of_a_spreadsheet_and_its_outer_blanks(printed, written):
    assert identifier(printed) == written
