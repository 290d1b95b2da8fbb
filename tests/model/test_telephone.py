import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ror.errors import Refused
from ror.model.telephone import checked_telephone, spaced_telephone, telephone_numbers, telephone_uri

NUMBER = "0199000011"
TWO = "01 99 00 00 11 / 01 99 00 00 12"


@pytest.mark.parametrize(
    "typed",
    [
        "0199000011", "01 99 00 00 11", "01.99.00.00.11", "01-99-00-00-11",
        "01\u00a099\u202f00\u200900\u00a011", "01/99/00/00/11",
        "199000011", "199000011.0", "199000011,0", "+33199000011", "+33 1 99 00 00 11", "+33 (0)1 99 00 00 11",
        "+33(0)199000011", "0033 1 99 00 00 11", "0033 (0) 1 99 00 00 11", "(+33) 1 99 00 00 11", "33199000011",
        "33199000011.0",
        "Tél. : 01 99 00 00 11", "téléphone 01 99 00 00 11", "\u202a01 99 00 00 11\u202c", "01 99 00 00 11 /", "01–99–00–00–11",
    ],
)  # fmt: skip
def test_spellings_of_one_number_are_stored_alike(typed):
    assert checked_telephone(typed) == NUMBER


@pytest.mark.parametrize(
    ("typed", "stored", "numbers", "shown"),
    [
        ("01 99 00 00 11 poste 4512", "0199000011 poste 4512", [NUMBER], "01 99 00 00 11 poste 4512"),
        ("01 99 00 00 11 p. 3624", "0199000011 p. 3624", [NUMBER], "01 99 00 00 11 p. 3624"),
        ("01 99 00 00 11 (secrétariat)", "0199000011 (secrétariat)", [NUMBER], "01 99 00 00 11 (secrétariat)"),
        (TWO, "0199000011 / 0199000012", [NUMBER, "0199000012"], TWO),
        ("01.99.00.00.11/01.99.00.00.12", "0199000011 / 0199000012", [NUMBER, "0199000012"], TWO),
        ("01 99 00 00 11 - 01 99 00 00 12", "0199000011 / 0199000012", [NUMBER, "0199000012"], TWO),
        ("01 99 00 00 11 ou 12", "0199000011 ou 12", [NUMBER], "01 99 00 00 11 ou 12"),
        ("01 99 00 00 11/12", "0199000011 / 12", [NUMBER], "01 99 00 00 11 / 12"),
        ("01 99 00 00 11 (8h-18h)", "0199000011 (8h-18h)", [NUMBER], "01 99 00 00 11 (8h-18h)"),
        ("15", "15", ["15"], "15"),
        ("3624", "3624", ["3624"], "3624"),
        ("116 117", "116117", ["116117"], "116117"),
        ("15 ou 01 99 00 00 11", "15 ou 0199000011", ["15", NUMBER], "15 ou 01 99 00 00 11"),
        ("+590 590 99 00 11", "0590990011", ["0590990011"], "05 90 99 00 11"),
        ("262 262 99 00 11", "0262990011", ["0262990011"], "02 62 99 00 11"),
        ("262990011", "0262990011", ["0262990011"], "02 62 99 00 11"),
        ("+508 41 00 11", "0508410011", ["0508410011"], "05 08 41 00 11"),
        ("+687 26 00 11", "+687260011", ["+687260011"], "+687260011"),
        ("0041 22 900 00 11", "+41229000011", ["+41229000011"], "+41229000011"),
    ],
)  # fmt: skip
def test_text_beside_a_number_is_stored(typed, stored, numbers, shown):
    assert checked_telephone(typed) == stored
    assert telephone_numbers(stored) == numbers
    assert telephone_uri(stored) == f"tel:{numbers[0]}"
    assert spaced_telephone(stored) == shown
    assert checked_telephone(shown) == stored


@pytest.mark.parametrize(
    "typed",
    ["aucun", "01 99", "0199", "4512", "poste 4512", "poste 3624", "0000000000", "0099000011", "1234567890",
     "01 99 00 00 11 12", "01 99 00 00 1 / 01 99 00 00 12", "1,99E+08", "18h", "?", "-", "01 99 00 00 11 " + "x" * 100,
     "0" * 10_000],
)  # fmt: skip
def test_an_invalid_telephone_is_refused(typed):
    with pytest.raises(Refused, match="n'est pas un téléphone"):
        checked_telephone(typed)


@pytest.mark.parametrize(("beside", "most"), [("poste", 8), ("salle", 5)])
def test_an_extension_has_eight_digits_at_most_and_another_number_beside_a_telephone_five(beside, most):
    assert checked_telephone(f"01 99 00 00 11 {beside} {'0' * most}") == f"{NUMBER} {beside} {'0' * most}"
    with pytest.raises(Refused):
        checked_telephone(f"01 99 00 00 11 {beside} {'0' * (most + 1)}")


def test_four_numbers_at_most_follow_one_another_without_a_sign_between_them():
    assert checked_telephone(" ".join([NUMBER] * 4)) == " / ".join([NUMBER] * 4)
    with pytest.raises(Refused):
        checked_telephone(" ".join([NUMBER] * 5))


def test_a_stored_telephone_has_a_hundred_characters_at_most():
    assert checked_telephone(f"{NUMBER} {'x' * 89}") == f"{NUMBER} {'x' * 89}"
    with pytest.raises(Refused):
        checked_telephone(f"{NUMBER} {'x' * 90}")


@pytest.mark.parametrize("typed", ["", "  ", "\u00a0", "\u200b"])
def test_a_blank_text_is_no_telephone(typed):
    assert checked_telephone(typed) == spaced_telephone("") == telephone_uri("") == ""


def test_a_long_blank_loses_no_text():
    assert checked_telephone("01 99 00 00 11" + " " * 300 + "poste 12") == "0199000011 poste 12"


def test_a_number_stored_before_this_rule_is_shown_without_a_link():
    assert (spaced_telephone("1234567890"), telephone_uri("1234567890")) == ("1234567890", "")


PARTS = st.sampled_from(
    [
        "01 99 00 00 11",
        "0199000012",
        "+33 (0)6",
        "0033",
        "99",
        "15",
        "3624",
        " poste ",
        " / ",
        " - ",
        "(",
        ")",
        ".",
        "ou",
        "é",
        "+",
        " ",
    ]
)


@given(st.one_of(st.text(max_size=60), st.lists(PARTS, max_size=9).map("".join)))
@example("++33 (0)699000011")
def test_a_stored_telephone_is_read_again_as_itself(text):
    try:
        stored = checked_telephone(text)
    except Refused:
        return
    assert checked_telephone(stored) == checked_telephone(spaced_telephone(stored)) == stored
    assert stored == "" or telephone_uri(stored).startswith("tel:")
