import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ror.errors import ConfirmationNeeded, Refused
from ror.model.capacity import (
    MAX_NUMBER,
    STATUS_WORDS,
    Counts,
    check_capacity,
    check_usual,
    checked_counts,
    checked_number,
    detail_words,
)
from ror.model.nomenclature import CapacityType
from tests.examples import outcome

BED, PLACE = CapacityType.BED, CapacityType.PLACE
ANYTHING = st.one_of(
    st.text(), st.from_regex(r"[ +-]?[0-9]{1,6}[.,]?0?", fullmatch=True), st.integers(), st.floats(), st.booleans()
)


@given(ANYTHING)
@example("１２")
@example("٣")
@example("1_0")
@example("²")
@example("+3")
@example("1e3")
@example("0x1F")
def test_whatever_is_typed_gives_a_whole_number_or_a_refusal(typed):
    digits = str(typed).strip()
    whole = digits.isascii() and digits.isdigit() and int(digits) <= MAX_NUMBER
    counts, refusal = outcome(checked_counts, Counts(typed))
    assert bool(refusal) is not whole
    if whole:
        assert type(counts.available) is int
        assert counts.available == int(digits)


def test_any_number_of_leading_zeros_is_a_number_or_a_refusal():
    assert checked_number("0" * 4_301, "disponible") == 0


@pytest.mark.parametrize(
    ("typed", "number"), [("0", 0), ("3", 3), (" 12 ", 12), ("007", 7), ("070", 70), ("9999", 9_999), (4, 4), ("", None)]
)
def test_digits_are_read_as_they_are_meant(typed, number):
    assert checked_number(typed, "disponible") == number


@pytest.mark.parametrize("typed", ["-1", "2.5", "2,5", "trois", "3 lits", True, 3.0, "½"])
def test_anything_but_a_whole_number_is_refused_with_its_name_and_an_example(typed):
    with pytest.raises(Refused, match=r"« occupé ».*nombre entier, 0 ou plus.*par exemple 3"):
        checked_number(typed, "occupé")


def test_a_number_past_the_largest_is_refused():
    with pytest.raises(Refused, match="9999"):
        checked_number("10000", "disponible")


@pytest.mark.parametrize("typed", [None, "", "   ", "\u00a0"])
def test_an_empty_number_is_refused_and_zero_is_proposed(typed):
    with pytest.raises(Refused, match="saisissez 0"):
        checked_counts(Counts(typed))


def test_a_count_that_was_not_declared_stays_none():
    assert checked_counts(Counts("4", occupied="0", reserved=" ")) == Counts(4, occupied=0)


@pytest.mark.parametrize("status", [name for name in STATUS_WORDS if name != "available"])
def test_a_refusal_names_the_count_at_fault(status):
    with pytest.raises(Refused, match=f"« {STATUS_WORDS[status]} »"):
        checked_counts(Counts(1, **{status: "x"}))


def test_more_beds_than_installed_are_refused_with_both_numbers():
    check_capacity(Counts(20), BED, 20)
    with pytest.raises(Refused) as refused:
        check_capacity(Counts(21), BED, 20)
    assert refused.value.user_message == (
        "L'unité compte 20 lits : elle ne peut pas en offrir 21. Corrigez le nombre ; si elle en a plus, son responsable "
        "l'indique dans le détail : lits installés ou supplémentaires."
    )


def test_a_unit_without_a_bed_may_leave_its_number_empty():
    check_capacity(Counts(None), BED, 0)


def test_the_counts_that_were_given_are_formatted_in_agreement():
    assert detail_words(Counts(4, occupied=15, reserved=1, closed=0, supplementary=2), BED) == (
        "15 occupés, 1 réservé, 0 fermé, 2 supplémentaires"
    )
    assert (
        detail_words(Counts(4, installed=8, occupied=1, supplementary=2), PLACE) == "8 installées, 1 occupée, 2 supplémentaires"
    )
    assert detail_words(Counts(4), BED) == ""


def test_supplementary_beds_add_to_those_installed():
    check_capacity(Counts(22, supplementary=2), BED, 20)
    with pytest.raises(Refused, match="22 lits"):
        check_capacity(Counts(23, supplementary=2), BED, 20)


def test_installed_beds_declared_correct_those_of_the_registry():
    check_capacity(Counts(25, installed=30), BED, 20)
    with pytest.raises(Refused, match="10 lits"):
        check_capacity(Counts(11, installed=10), BED, 20)
    with pytest.raises(Refused, match="0 lit "):
        check_capacity(Counts(1, installed=0), BED, 20)


def test_without_a_known_capacity_beds_have_no_limit():
    check_capacity(Counts(300), BED, None)


def test_a_detail_that_does_not_fit_together_is_refused():
    check_capacity(Counts(4, occupied=10, reserved=4, closed=2), BED, 20)
    with pytest.raises(Refused, match=r"font 21 lits.*20.* : corrigez l'un d'eux\.$"):
        check_capacity(Counts(4, occupied=10, reserved=4, closed=3), BED, 20)


def test_places_over_a_week_may_exceed_what_is_installed_once_confirmed():
    check_capacity(Counts(12), PLACE, 8)
    check_usual(Counts(8), PLACE, 8, [])
    with pytest.raises(ConfirmationNeeded, match=r"8 places.*9"):
        check_usual(Counts(9), PLACE, 8, [])


@pytest.mark.parametrize(
    ("history", "usual", "unusual"),
    [
        ([5], 9, 10),
        ([5], 1, 0),
        ([5, 5, 5], 9, 10),
        ([2, 8], 20, 21),
        ([20, 14, 15], 27, 28),
        ([20, 14, 15], 3, 2),
    ],
)
def test_a_jump_past_the_usual_step_and_twice_the_largest_change_needs_a_confirmation(history, usual, unusual):
    check_usual(Counts(usual), BED, 60, history)
    with pytest.raises(ConfirmationNeeded, match=rf"de {history[-1]} lits à {unusual}\b.*Est-ce bien {unusual} \?"):
        check_usual(Counts(unusual), BED, 60, history)


def test_a_first_number_is_never_unusual():
    check_usual(Counts(MAX_NUMBER), BED, None, [])


@given(st.lists(st.integers(0, 60), min_size=1), st.integers(-4, 4))
def test_a_change_of_up_to_four_beds_needs_no_confirmation(history, change):
    check_usual(Counts(max(0, history[-1] + change)), BED, 60, history)
