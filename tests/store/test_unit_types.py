"""The stored decisions of a region on types and words of needs, and the board, lists and search that apply them."""

import pytest

from ror.model.filters import Filters
from ror.model.needs import published_needs
from ror.model.nomenclature import unit_types
from ror.model.type_decision import NOTHING, TypeDecision
from ror.store import kinds, pages, registry_changes
from ror.store import unit_types as stored_types
from ror.store.board import board as boards
from ror.store.board import consultation
from tests.region import (
    BY_ID,
    DAY_HOSPITAL,
    HOME,
    LONG_STAY,
    NOW,
    NURSING,
    PSYCHIATRY,
    REHABILITATION,
    RESUSCITATION,
    WARD,
    board_rows,
    change_unit,
    write,
)

pytestmark = pytest.mark.usefixtures("region")
BEDS, PLACES = "01", "02"


def decide(db, *decisions):
    with db.transaction() as transaction:
        for decision in decisions:
            stored_types.write_decision(transaction, decision)
        registry_changes.record_change(transaction, "decide", NOW)


def read(db, function):
    with db.reader() as cursor:
        return function(cursor)


def test_a_decision_is_stored_whole_replaced_and_removed_by_the_proposal(db):
    whole, other = TypeDecision("16", PLACES, 12, False, "had|smr"), TypeDecision("02", NOTHING, needs="")
    decide(db, whole, other)
    assert read(db, stored_types.decisions) == (other, whole)
    assert read(db, lambda cursor: stored_types.decision(cursor, "16")) == whole
    assert read(db, stored_types.types)["16"] == whole.applied(unit_types()["16"])
    decide(db, TypeDecision("16", PLACES), TypeDecision("02"))
    assert read(db, stored_types.decisions) == (TypeDecision("16", PLACES),)
    assert read(db, lambda cursor: stored_types.decision(cursor, "02")).is_proposal


def test_the_words_of_a_need_are_stored_and_restored(db):
    assert read(db, stored_types.needs) == published_needs()
    for words in (("ortolan", "aile b*"), ()):
        with db.transaction() as transaction:
            stored_types.write_words(transaction, "geriatrie", words)
        assert read(db, stored_types.needs)["geriatrie"].words == words
    with db.transaction() as transaction:
        stored_types.write_words(transaction, "geriatrie", None)
    assert read(db, stored_types.needs) == published_needs()


def test_types_are_counted_by_their_units(db):
    used = read(db, stored_types.used)
    assert used == {code: sum(unit.unit_type == code for unit in BY_ID.values()) for code in used}
    assert used["249"] == 2


def test_the_board_follows_a_decision(db):
    write(db, WARD, 3)
    before = boards.current(db)
    assert board_rows(db)[WARD]["available"] == 3
    decide(db, TypeDecision("16", PLACES, 12))
    assert boards.current(db).registry_position > before.registry_position
    row = board_rows(db)[WARD]
    # Its beds are no places: nobody declared these yet.
    assert (row["capacity_type"], row["available"], row["duty_seconds"]) == (PLACES, None, 12 * 3600)
    decide(db, TypeDecision("16"))
    assert (board_rows(db)[WARD]["capacity_type"], board_rows(db)[WARD]["available"]) == (BEDS, 3)


def test_units_of_a_type_that_is_not_followed_are_on_no_board_and_come_back_with_their_numbers(db):
    write(db, WARD, 3)
    decide(db, TypeDecision("16", followed=False))
    assert WARD not in board_rows(db)
    # They stay in the registry, and nobody is asked what they count.
    (line,) = (row for row in read(db, lambda cursor: pages.units(cursor, "", 100)).to_pylist() if row["id"] == WARD)
    assert line["capacity_type"] is None
    assert read(db, kinds.uncounted).num_rows == 0
    decide(db, TypeDecision("16"))
    assert board_rows(db)[WARD]["available"] == 3


def test_only_units_of_which_nobody_said_what_they_count_are_to_be_specified(db):
    change_unit(db, WARD, unit_type="02")
    change_unit(db, DAY_HOSPITAL, unit_type="02", care_mode="32")
    assert read(db, kinds.uncounted)["unit"].to_pylist() == [WARD]
    decide(db, TypeDecision("02", NOTHING))
    assert read(db, kinds.uncounted).num_rows == 0
    decide(db, TypeDecision("02", BEDS))
    assert board_rows(db)[WARD]["capacity_type"] == BEDS


def test_needs_come_from_the_type_and_the_name_and_follow_the_region(db):
    rows = board_rows(db)
    assert {unit: rows[unit]["needs"] for unit in (RESUSCITATION, WARD, DAY_HOSPITAL, LONG_STAY)} == {
        RESUSCITATION: "reanimation|soins-critiques",
        WARD: "medecine",
        DAY_HOSPITAL: "",
        LONG_STAY: "geriatrie|hebergement",
    }
    decide(db, TypeDecision("11", needs="medecine|chirurgie"))
    assert board_rows(db)[DAY_HOSPITAL]["needs"] == "medecine|chirurgie"
    with db.transaction() as transaction:
        stored_types.write_words(transaction, "geriatrie", ("interne",))
        registry_changes.record_change(transaction, "decide", NOW)
    assert board_rows(db)[WARD]["needs"] == "medecine|geriatrie"


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        (("reanimation",), {RESUSCITATION}),
        (("smr",), {REHABILITATION}),
        (("psychiatrie-adultes", "hebergement"), {PSYCHIATRY, NURSING, LONG_STAY}),
        (("maternite",), set()),
    ],
)
def test_units_are_filtered_by_any_of_some_needs(db, needs, expected):
    assert expected <= board_rows(db, filters=Filters(needs=needs)).keys()
    others = {RESUSCITATION, REHABILITATION, PSYCHIATRY, NURSING, LONG_STAY, WARD, DAY_HOSPITAL} - expected
    assert not others & board_rows(db, filters=Filters(needs=needs)).keys()


def test_the_lists_of_other_systems_are_filtered_by_needs(db):
    listed = read(db, lambda cursor: pages.units(cursor, "", 100, needs=["hebergement"])).to_pylist()
    assert {row["id"] for row in listed} > {NURSING, LONG_STAY}
    assert {row["structure"] for row in listed} == {HOME}
    assert all("hebergement" in row["needs"].split("|") for row in listed)


def test_a_search_finds_units_by_their_need(db):
    texts = boards.current(db).directory.unit_texts
    structures = read(db, lambda cursor: consultation.search(cursor, texts, "soins critiques", 10)).to_pylist()
    assert {row["finess"] for row in structures} == {BY_ID[RESUSCITATION].structure, "990930001"}
