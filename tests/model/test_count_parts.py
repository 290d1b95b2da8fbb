"""The parts of a count, each with a code (sex, reopenable, supplementary); the rest of the count has none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.errors import PartsRefused, Refused
from ror.model.capacity import NOTHING, STATUS_WORDS, Counts, checked_counts, detail_words, of_records
from ror.model.count_parts import (
    CODE_LISTS,
    STATUS_OF,
    CountPart,
    PartKey,
    canonical_codes,
    number_of_sex,
    part_name,
    parts_from_json,
    parts_to_json,
    sex_parts,
    sorted_parts,
)
from ror.model.nomenclature import CapacityType, labels


def part(status, number, **codes):
    return CountPart(PartKey(status, **codes), number)


WOMAN = part("available", 1, gender="01")
REOPENED = part("closed", 2, closing_type="01")
CRISIS = part("supplementary", 3, additional_bed_type="03", crisis_type="02")


def test_the_records_of_counts_are_their_parts_and_what_is_left():
    counts = Counts(5, closed=2, supplementary=0, parts=sorted_parts([WOMAN, REOPENED]))
    assert counts.records() == {
        WOMAN.key: 1,
        PartKey("available"): 4,
        REOPENED.key: 2,
        PartKey("supplementary"): 0,
    }


@st.composite
def all_records(draw):
    records = {}
    for status in STATUS_WORDS:
        names = [name for name in CODE_LISTS if STATUS_OF.get(name, status) == status]
        for _ in range(draw(st.integers(0, 3))):
            codes = {name: draw(st.sampled_from(["", *labels(CODE_LISTS[name])])) for name in names}
            records[PartKey(status, **canonical_codes(codes))] = draw(st.integers(1, 50))
    return records


@given(all_records())
def test_records_make_counts_and_counts_give_them_back(records):
    counts = of_records(records)
    assert counts.records() == records
    assert parts_from_json(parts_to_json(counts.parts)) == counts.parts
    if counts.available is not None:
        assert checked_counts(counts) == counts


def test_no_record_is_no_count():
    assert of_records({}) == NOTHING
    assert NOTHING.records() == {}


def test_parts_are_printed_with_the_codes_that_they_have():
    assert parts_to_json(()) == ""
    assert parts_to_json([CRISIS]) == '[{"status":"supplementary","additional_bed_type":"03","crisis_type":"02","number":3}]'
    assert parts_from_json("") == parts_from_json(None) == ()


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"women": "2", "men": "1", "either": "3"}, "font 6 ensemble, pour 5 disponibles"),
        ({"women": "6"}, "font 6 ensemble, pour 5 disponibles"),
        ({"women": "un"}, "« femmes » doit être un nombre entier"),
        ({"either": "-1"}, "« indifférents » doit être un nombre entier"),
    ],
)
def test_numbers_by_sex_that_do_not_fit_are_refused_with_a_sentence(typed, message):
    with pytest.raises(PartsRefused, match=message):
        checked_counts(Counts("5", parts=sex_parts(typed)))


def test_numbers_by_sex_may_leave_a_rest_and_an_empty_field_says_nothing():
    counts = checked_counts(Counts("5", parts=sex_parts({"women": "0", "men": " 2 ", "either": ""})))
    assert counts.parts == sorted_parts([part("available", 0, gender="01"), part("available", 2, gender="02")])
    assert [number_of_sex(counts.parts, name) for name in ("women", "men", "either")] == [0, 2, None]
    with pytest.raises(Refused, match="nombre disponible"):
        checked_counts(Counts("", parts=sex_parts({"women": "1"})))


def test_a_part_is_of_the_status_that_its_code_is_about():
    for wrong in (part("occupied", 1, gender="01"), part("available", 1, closing_type="01")):
        with pytest.raises(PartsRefused, match="seul : retirez-la"):
            checked_counts(Counts(5, occupied=5, parts=(wrong,)))
    with pytest.raises(PartsRefused, match="« fermé » fait 2, pour 1"):
        checked_counts(Counts(5, closed=1, parts=(REOPENED,)))
    with pytest.raises(PartsRefused, match="pour 0"):
        checked_counts(Counts(5, parts=(REOPENED,)))
    with pytest.raises(PartsRefused, match="« disponible » fait 6, pour 5"):
        checked_counts(Counts(5, parts=(part("available", 6, assignment="02"),)))


def test_the_former_code_of_any_sex_and_no_assignment_are_stored_as_one_code_each():
    assert canonical_codes({"gender": "03", "assignment": "01"}) == {"gender": "04", "assignment": ""}
    assert canonical_codes({"gender": "01", "assignment": "02"}) == {"gender": "01", "assignment": "02"}


def test_parts_in_words():
    counts = Counts(5, occupied=17, closed=3, supplementary=3, parts=sorted_parts([WOMAN, REOPENED, CRISIS]))
    assert detail_words(counts, CapacityType.BED) == (
        "dont 1 femme ; 17 occupés, 3 fermés (2 réactivables), "
        "3 supplémentaires (3 mobilisables avec ressources humaines - SSE, plan blanc)"
    )
    assert detail_words(Counts(5, parts=(WOMAN,)), CapacityType.PLACE) == "dont 1 femme"
    assert part_name(PartKey("available", gender="02", assignment="02")) == "hommes - Covid+"


def test_every_code_has_words_in_french():
    for name, code_list in CODE_LISTS.items():
        for code in labels(code_list):
            words = part_name(PartKey(STATUS_OF.get(name, "available"), **{name: code}), 1)
            assert words
            assert words != code
