"""The rows of displays: found by the hash of a link or of a session, changed one at a time, deleted after their end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ror.model.display import Display, Theme
from ror.store import displays
from tests.region import ADELE, CORALIE, NOW, rolled_back

pytestmark = pytest.mark.usefixtures("region")

DAY = timedelta(days=1)
ROOM = Display("mur-1", "Salle de crise", Theme.DARK, CORALIE.id, NOW, NOW + 30 * DAY, link_created_at=NOW)
HALL = Display("mur-2", "Régulation", Theme.LIGHT, ADELE.id, NOW + DAY, NOW + 2 * DAY, link_created_at=NOW + DAY)


@pytest.fixture
def stored(db):
    with db.transaction() as transaction:
        displays.add(transaction, ROOM, "link of the room")
        displays.add(transaction, HALL, "link of the hall")
    return db


def read(db, function, *arguments):
    with db.reader() as cursor:
        return function(cursor, *arguments)


def change(db, function, *arguments):
    with db.transaction() as transaction:
        function(transaction, *arguments)


def test_a_display_is_found_by_its_id_and_by_the_hash_of_its_link(stored):
    assert read(stored, displays.by_id, ROOM.id) == read(stored, displays.by_link, "link of the room") == ROOM
    assert read(stored, displays.by_id, HALL.id) == HALL
    for function in (displays.by_id, displays.by_link, displays.by_session):
        assert read(stored, function, "") is read(stored, function, "unknown") is None


def test_a_session_once_used_takes_the_place_of_the_link_of_its_display_alone(stored):
    change(stored, displays.open_session, ROOM.id, "lost session")
    change(stored, displays.open_session, ROOM.id, "session")
    assert read(stored, displays.by_session, "lost session") is None
    assert read(stored, displays.by_session, "session") == read(stored, displays.by_link, "link of the room") == ROOM
    change(stored, displays.touch, "session", NOW + DAY)
    opened = replace(ROOM, opened_at=NOW + DAY, used_at=NOW + DAY)
    assert read(stored, displays.by_session, "session") == opened
    assert read(stored, displays.by_link, "link of the room") is read(stored, displays.by_link, "") is None
    change(stored, displays.touch, "session", NOW + 2 * DAY)
    assert read(stored, displays.by_session, "session") == replace(opened, used_at=NOW + 2 * DAY)
    assert read(stored, displays.by_link, "link of the hall") == HALL


def test_a_new_link_takes_the_place_of_link_and_session(stored):
    change(stored, displays.open_session, ROOM.id, "session")
    change(stored, displays.touch, "session", NOW)
    change(stored, displays.renew_link, ROOM.id, "second link", NOW + DAY)
    assert read(stored, displays.by_session, "session") is None
    assert read(stored, displays.by_link, "second link") == replace(ROOM, link_created_at=NOW + DAY, used_at=NOW)


def test_a_session_that_was_replaced_while_it_was_read_spends_no_new_link(stored):
    change(stored, displays.open_session, ROOM.id, "session")
    change(stored, displays.renew_link, ROOM.id, "second link", NOW + DAY)
    change(stored, displays.touch, "session", NOW + DAY)
    assert read(stored, displays.by_link, "second link") == replace(ROOM, link_created_at=NOW + DAY)


def test_a_revoked_display_is_found_by_its_id_alone(stored):
    change(stored, displays.open_session, ROOM.id, "session")
    change(stored, displays.revoke, ROOM.id, NOW + DAY)
    assert read(stored, displays.by_session, "session") is None
    assert read(stored, displays.by_id, ROOM.id).revoked_at == NOW + DAY
    change(stored, displays.revoke, HALL.id, NOW + DAY)
    assert read(stored, displays.by_link, "link of the hall") is None


def test_a_change_is_written_with_its_transaction_or_not_at_all(stored):
    with rolled_back(stored) as transaction:
        displays.revoke(transaction, ROOM.id, NOW)
    assert read(stored, displays.by_link, "link of the room") == ROOM


def test_all_are_listed_newest_first_with_their_creator(stored):
    assert read(stored, displays.newest) == [(HALL, ADELE.name), (ROOM, CORALIE.name)]
    change(stored, displays.forget_creator, CORALIE.id)
    assert read(stored, displays.newest) == [(HALL, ADELE.name), (replace(ROOM, created_by=""), "")]


def test_those_that_ended_before_an_instant_are_deleted(stored):
    change(stored, displays.delete_before, HALL.expires_at)
    assert [one.id for one, _ in read(stored, displays.newest)] == [HALL.id, ROOM.id]
    change(stored, displays.delete_before, HALL.expires_at + timedelta(microseconds=1))
    assert [one.id for one, _ in read(stored, displays.newest)] == [ROOM.id]
    change(stored, displays.revoke, ROOM.id, NOW)
    change(stored, displays.delete_before, NOW + timedelta(microseconds=1))
    assert read(stored, displays.newest) == []
