"""The board of a past instant, for screens: rights, valid instants, and the numbers that were recorded later."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ror.errors import Forbidden, Refused
from ror.model.filters import Filters
from ror.services.availability import consult, lists, mask, past_boards
from ror.services.availability.lists import OfferQuery
from tests.region import ADELE, CORALIE, DAY_HOSPITAL, DOMINIQUE, NOW, RESUSCITATION, WARD, store_account, write

pytestmark = pytest.mark.usefixtures("region")

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_a_past_view_is_what_a_reader_saw_then(db):
    write(db, WARD, 4, NOW - 30 * HOUR)
    write(db, RESUSCITATION, 1, NOW - 26 * HOUR)
    write(db, WARD, 9, NOW - HOUR)
    past_view = past_boards.view_at(db, DOMINIQUE, Filters(), NOW - DAY)
    assert (past_view.at, past_view.region["beds"], past_view.region["beds_fresh"]) == (NOW - DAY, 5, 5)
    assert past_boards.view_at(db, DOMINIQUE, Filters(at_least=2), NOW - DAY).region["beds"] == 4
    assert past_boards.view_at(db, DOMINIQUE, Filters(), NOW).region["beds"] == 10
    assert past_boards.view_at(db, DOMINIQUE, Filters(), NOW - 28 * HOUR).region["beds"] == 4
    # What is read of the past leaves the present as it is.
    assert consult.view(db, consult.current(db, DOMINIQUE), Filters(), NOW).region["beds"] == 10


def test_a_past_board_is_read_once_whatever_is_recorded_since(db):
    write(db, WARD, 4, NOW - 30 * HOUR)
    first = past_boards.view_at(db, DOMINIQUE, Filters(), NOW - DAY)
    write(db, WARD, 9, NOW - HOUR)
    assert past_boards.view_at(db, DOMINIQUE, Filters(), NOW - DAY) is first


def test_a_masked_comment_is_read_in_no_past_view(db):
    event = write(db, WARD, 4, NOW - 30 * HOUR, comment="M. Dupont, chambre 12")

    def comments():
        units = past_boards.view_at(db, DOMINIQUE, Filters(), NOW - DAY).board.units
        return {comment for comment in units["comment"].to_pylist() if comment}

    assert comments() == {"M. Dupont, chambre 12"}
    mask.mask(db, ADELE, event.position, NOW)
    assert comments() == set()


@pytest.mark.parametrize("minutes", [1, -1], ids=["to come", "not over on every clock"])
def test_an_instant_that_is_not_over_yet_follows_what_is_recorded(db, minutes):
    soon = datetime.now(UTC) + timedelta(minutes=minutes)
    write(db, WARD, 4, NOW - HOUR)
    assert past_boards.view_at(db, DOMINIQUE, Filters(), soon).region["beds"] == 4
    write(db, WARD, 9, NOW)
    assert past_boards.view_at(db, DOMINIQUE, Filters(), soon).region["beds"] == 9


def test_screens_and_systems_read_the_same_past(db):
    write(db, WARD, 4, NOW - 30 * HOUR)
    write(db, RESUSCITATION, 1, NOW - 26 * HOUR)
    write(db, WARD, 9, NOW - HOUR, recorded_at=NOW + HOUR)
    for at in (NOW - DAY, NOW, NOW - 28 * HOUR):
        listed = lists.past_availability(db, DOMINIQUE, OfferQuery(limit=100), at, datetime.now(UTC)).rows
        on_screen = past_boards.view_at(db, DOMINIQUE, Filters(), at).board.units.to_pylist()
        numbers = {row["unit"]: row["available"] for row in listed if row["observed_at"]}
        assert numbers == {row["unit"]: row["available"] for row in on_screen if row["observed_at"]}


def test_what_was_learnt_later_is_known_by_unit_and_grows(db):
    write(db, WARD, 4, NOW - 30 * HOUR)
    past_view = past_boards.view_at(db, DOMINIQUE, Filters(), NOW - DAY)
    assert past_boards.recorded_later(db, DOMINIQUE, past_view) == {}
    write(db, WARD, 6, NOW - 25 * HOUR, recorded_at=NOW)
    write(db, DAY_HOSPITAL, 2, NOW - HOUR)
    later = past_boards.recorded_later(db, DOMINIQUE, past_view)
    assert {unit: (row["available"], row["observed_at"].astimezone(UTC)) for unit, row in later.items()} == {
        WARD: (6, NOW - 25 * HOUR)
    }


def test_an_instant_to_come_is_refused_in_words(db):
    with pytest.raises(Refused, match="à venir"):
        past_boards.board_at(db, DOMINIQUE, datetime.now(UTC) + DAY)


def test_the_log_starts_at_its_first_event(db):
    assert past_boards.log_start(db, DOMINIQUE) is None
    write(db, WARD, 4, NOW - 30 * HOUR, recorded_at=NOW - 29 * HOUR)
    write(db, WARD, 4, NOW)
    assert past_boards.log_start(db, DOMINIQUE) == NOW - 29 * HOUR


REFUSED = [replace(ADELE, disabled=True), replace(DOMINIQUE, roles=frozenset())]


@pytest.mark.parametrize("account", REFUSED, ids=["disabled", "no role"])
def test_an_account_that_may_not_consult_reads_no_past(db, account):
    past_view = past_boards.view_at(db, CORALIE, Filters(), NOW)
    store_account(db, account)
    with pytest.raises(Forbidden):
        past_boards.recorded_later(db, account, past_view)
    with pytest.raises(Forbidden):
        past_boards.board_at(db, account, NOW)
    with pytest.raises(Forbidden):
        past_boards.view_at(db, account, Filters(), NOW)
    with pytest.raises(Forbidden):
        past_boards.log_start(db, account)
