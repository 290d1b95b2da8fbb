"""Numbers by sex and of other temporalities, as a unit confirms, undoes, closes or has a comment masked, and read back."""

import json
from datetime import date, timedelta

import pytest

from ror.errors import OlderNumber, PartsRefused, Refused
from ror.exchange.journal_words import format_values
from ror.model.capacity import Counts
from ror.model.count_parts import CountPart, PartKey, sex_parts
from ror.model.declaration import EventKind
from ror.model.filters import Filters
from ror.model.nomenclature import SourceType
from ror.model.territory import PARIS
from ror.services.accounts import personal_data
from ror.services.availability import consult, lists
from ror.services.availability.declare import DeclarationDraft, close_until, confirm, declare, undo
from ror.services.availability.lists import OfferQuery
from ror.services.availability.mask import mask
from ror.services.availability.mask import search as search_comments
from ror.services.availability.receive import Received, receive
from ror.store.board import board as boards
from tests.region import (
    ADELE,
    CAMILLE,
    CARDIAC,
    CORALIE,
    DAY_HOSPITAL,
    NOW,
    WARD,
    board_rows,
    change_unit,
    rows,
    write,
)

pytestmark = pytest.mark.usefixtures("region")

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CLOSING = CountPart(PartKey("closed", closing_type="01"), 2)


def declared(db, unit=WARD, available=5, at=NOW, seen_position=0, comment="", **sexes):
    counts = Counts(available, parts=sex_parts(sexes))
    return declare(db, CAMILLE, DeclarationDraft(unit, counts, comment, seen_position), at)


def received(db, unit=WARD, at=NOW, temporality="", parts=(), comment=None, **counts):
    numbers = Received(unit, counts, at, SourceType.BED_MANAGEMENT, comment, 0, parts, temporality)
    return receive(db, CAMILLE, numbers, NOW + HOUR)


def by_sex(db, unit=WARD, at=NOW):
    row = board_rows(db, at)[unit]
    return row["available"], row["women"], row["men"], row["either"]


def test_a_number_by_sex_is_one_event_and_one_save(db):
    declared(db, women=2, men=1, either=2)
    assert by_sex(db) == (5, 2, 1, 2)
    assert len(rows(db, "declaration")) == 1
    with pytest.raises(PartsRefused):
        declared(db, women=6, seen_position=1)


def test_rien_n_a_change_repeats_the_numbers_by_sex(db):
    first = declared(db, women=2)
    assert confirm(db, CAMILLE, WARD, first.position, NOW + MINUTE).counts == first.counts
    assert by_sex(db) == (5, 2, None, None)


def test_a_number_saved_without_them_has_none_and_its_undo_brings_them_back(db):
    first = declared(db, women=2)
    second = declared(db, available=4, at=NOW + MINUTE, seen_position=first.position)
    assert by_sex(db) == (4, None, None, None)
    undo(db, CAMILLE, second.position, NOW + 2 * MINUTE)
    assert by_sex(db) == (5, 2, None, None)


def test_a_masked_comment_leaves_the_numbers_by_sex(db):
    first = declared(db, women=2, comment="Mme Untel")
    assert mask(db, ADELE, first.position, NOW + MINUTE).counts == first.counts
    assert by_sex(db) == (5, 2, None, None)


def test_a_closed_unit_offers_a_place_to_nobody(db):
    first = declared(db, women=2)
    close_until(db, CAMILLE, WARD, date(2026, 11, 30), "", first.position, NOW + MINUTE)
    assert by_sex(db)[:2] == (0, None)
    declared(db, CARDIAC, 3, either=3)
    change_unit(db, CARDIAC, closed=True)
    view = consult.view(db, consult.current(db, CORALIE), Filters(sex="women"), NOW)
    assert view.region["units"] + view.region["shut"] == 0


@pytest.mark.parametrize(("sex", "expected"), [("women", {WARD, CARDIAC}), ("men", {CARDIAC})])
def test_the_filter_finds_a_place_for_a_woman_or_a_man(db, sex, expected):
    declared(db, WARD, 5, women=2, men=0)
    declared(db, CARDIAC, 1, either=1)
    declared(db, DAY_HOSPITAL, 3)
    board = consult.current(db, CORALIE)
    view = consult.view(db, board, Filters(sex=sex), NOW)
    matching = {row["unit"] for code in view.codes for row in view.units_of(code).to_pylist()}
    assert matching == expected
    assert view.region["units"] == len(expected)
    query = OfferQuery(Filters(sex=sex), limit=50)
    assert {row["unit"] for row in lists.availability(db, CORALIE, query, NOW).rows} == expected


def test_the_journal_and_one_s_own_data_have_the_parts(db):
    declared(db, women=2)
    after = next(row for row in rows(db, "journal") if "declare" in row)[8]
    assert json.loads(after)["parts"] == [{"status": "available", "gender": "01", "number": 2}]
    assert "dont : genre (R332) 01, nombre 2, statut disponible" in format_values(after, PARIS)
    exported = json.loads(personal_data.export(db, CAMILLE, CAMILLE.id, NOW))
    assert exported["mises_a_jour"]["liste"][0]["dont"] == [{"status": "available", "gender": "01", "number": 2}]


def test_a_status_received_again_has_the_parts_that_come_with_it(db):
    received(db, available=5, closed=3, parts=(CLOSING,))
    event, _ = received(db, at=NOW + MINUTE, available=4)
    assert event.counts == Counts(4, closed=3, parts=(CLOSING,))
    event, _ = received(db, at=NOW + 2 * MINUTE, available=4, closed=3)
    assert event.counts == Counts(4, closed=3)
    again, new = received(db, at=NOW + 3 * MINUTE, available=4, closed=3, parts=(CLOSING,))
    assert (new, again.kind) == (True, EventKind.DECLARED)
    confirmed, _ = received(db, at=NOW + 4 * MINUTE, available=4, closed=3, parts=(CLOSING,))
    assert confirmed.kind is EventKind.CONFIRMED
    received(db, at=NOW + 5 * MINUTE, available=4, closed=2, parts=(CLOSING,))
    with pytest.raises(OlderNumber):
        received(db, at=NOW + 5 * MINUTE, closed=1)
    for parts, counts in (((CLOSING,), {"available": 4}), ((CLOSING, CLOSING), {"available": 4, "closed": 5})):
        with pytest.raises(PartsRefused, match="une seule fois"):
            received(db, at=NOW + 6 * MINUTE, parts=parts, **counts)


def test_numbers_of_another_temporality_stand_apart(db):
    write(db, WARD, 7, NOW - HOUR)
    before = board_rows(db)[WARD]
    event, new = received(db, temporality="03", available=2)
    assert (new, event.temporality, event.closed_until) == (True, "03", None)
    after = board_rows(db)[WARD]
    assert {name for name in after if after[name] != before[name]} == {"others"}
    assert [(other["temporality"], other["available"], other["observed_at"]) for other in after["others"]] == [("03", 2, NOW)]
    assert consult.history(db, CORALIE, WARD, NOW)["available"].to_pylist() == [7]
    assert confirm(db, CAMILLE, WARD, before["position"], NOW).counts.available == 7
    assert after["others"] == board_rows(db)[WARD]["others"]
    with pytest.raises(Refused, match="20 lits"):
        received(db, temporality="04", available=21)


def test_a_number_of_when_the_unit_counted_beds_is_not_one_of_its_places(db):
    received(db, available=5, occupied=12)
    change_unit(db, WARD, nature="02")
    assert board_rows(db)[WARD]["others"] is None
    event, _ = received(db, temporality="01", available=3, at=NOW - HOUR)
    assert (event.counts, event.capacity_type) == (Counts(3), "02")
    assert [other["available"] for other in board_rows(db)[WARD]["others"]] == [3]


def test_the_board_is_the_same_read_at_once_or_event_after_event(db):
    boards.current(db)
    write(db, DAY_HOSPITAL, 3, NOW - HOUR)
    for temporality, number in (("01", 4), ("03", 5), ("01", 6)):
        received(db, DAY_HOSPITAL, NOW + number * MINUTE, temporality, available=number)
        boards.current(db)
    declared(db, women=2, either=1)
    with db.reader() as cursor:
        whole = boards.refreshed(cursor, None, db.position)
    assert boards.current(db).units.to_pylist() == whole.units.to_pylist()
    (unit,) = (row for row in whole.units.to_pylist() if row["unit"] == DAY_HOSPITAL)
    assert [(other["temporality"], other["available"]) for other in unit["others"]] == [("01", 6), ("03", 5)]


def test_the_past_has_the_parts_and_the_other_temporalities_of_then(db):
    declared(db, women=2, at=NOW)
    received(db, temporality="03", available=2)
    with db.transaction() as transaction:
        transaction.cursor.execute("UPDATE unit SET created_at = ?", [NOW - HOUR])

    def offered(at):
        page = lists.past_availability(db, CORALIE, OfferQuery(unit=WARD), at, NOW + 3 * HOUR)
        (row,) = page.rows
        return row["women"], [(other["temporality"], other["available"]) for other in row["others"] or ()]

    assert offered(NOW + 2 * HOUR) == (2, [("03", 2)])
    assert offered(NOW + MINUTE) == (2, [])
    assert offered(NOW - MINUTE) == (None, [])


def test_a_comment_of_another_temporality_is_masked_like_any_other(db):
    first = declared(db, comment="Aile nord")
    event, _ = received(db, temporality="03", available=2, comment="Mme Untel")
    comments, _ = search_comments(db, ADELE, "", NOW)
    assert {row["comment"]: row["present"] for row in comments.to_pylist()} == {"Aile nord": True, "Mme Untel": False}
    assert mask(db, ADELE, event.position, NOW + HOUR).temporality == "03"
    assert board_rows(db, NOW + HOUR)[WARD]["comment"] == "Aile nord"
    assert board_rows(db, NOW + HOUR)[WARD]["position"] == first.position
    assert "Untel" not in str(rows(db, "declaration"))
