import time
from datetime import UTC, datetime, timedelta

import pytest

from ror.model.rights import Narrowing, Role
from ror.store import handovers, sessions
from tests.region import BLANCHE, CAMILLE, CLAUDE, HOSPITAL, LINDENS, NOW, WARD, rows

pytestmark = pytest.mark.usefixtures("region")

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def session(db, token_hash):
    with db.reader() as cursor:
        return sessions.find_session(cursor, token_hash)


def link(db, token_hash):
    with db.reader() as cursor:
        return sessions.find_link(cursor, token_hash)


def failures(db, key, since=NOW):
    with db.reader() as cursor:
        return sessions.count_failures(cursor, key, since)


def test_a_session_has_its_account_its_opening_and_its_last_use(db):
    with db.transaction() as transaction:
        sessions.open_session(transaction, "one", CAMILLE.id, NOW)
        sessions.open_session(transaction, "two", BLANCHE.id, NOW)
        sessions.touch_session(transaction, "one", NOW + timedelta(minutes=5))
    assert session(db, "one") == (CAMILLE, NOW, NOW + timedelta(minutes=5))
    assert session(db, "two") == (BLANCHE, NOW, NOW)
    assert session(db, "three") is None


def test_a_session_has_what_single_sign_on_left_of_the_rights_of_its_account(db):
    roles, finess = frozenset({Role.PROFESSIONAL}), frozenset({HOSPITAL})
    narrowings = [Narrowing(), Narrowing(roles=roles), Narrowing(finess=finess), Narrowing(roles, frozenset())]
    with db.transaction() as transaction:
        for number, narrowing in enumerate(narrowings):
            sessions.open_session(transaction, f"session{number}", CAMILLE.id, NOW, narrowing)
    read = [session(db, f"session{number}")[0] for number in range(len(narrowings))]
    assert [account.narrowing for account in read] == narrowings
    assert [account.roles for account in read] == [CAMILLE.roles, frozenset(), CAMILLE.roles, frozenset()]
    assert [account.perimeter.owns(WARD, HOSPITAL, LINDENS) for account in read] == [True, True, True, False]


def test_a_closed_session_is_not_found_and_its_closing_is_stored(db):
    with db.transaction() as transaction:
        sessions.open_session(transaction, "one", CAMILLE.id, NOW)
        sessions.open_session(transaction, "two", CAMILLE.id, NOW)
        sessions.close_session(transaction, "one", NOW + timedelta(minutes=1))
        sessions.close_session(transaction, "one", NOW + timedelta(minutes=9))
    assert session(db, "one") is None
    assert session(db, "two") is not None
    closings = [row[4] for row in rows(db, "session") if row[0] == "one"]
    assert closings == ["2026-11-23 09:01:00+00"]


def test_a_handover_that_ends_by_itself_leaves_the_rights_of_an_open_session(db):
    with db.transaction() as transaction:
        sessions.open_session(transaction, "one", CLAUDE.id, NOW)
        now = datetime.now(UTC)
        handovers.add(transaction, WARD, CAMILLE.id, CLAUDE.id, now, now + SECOND)
    cache = sessions.SessionCache(db)
    assert cache.find("one")[0].perimeter.received == {WARD}
    time.sleep(1.1)
    assert not cache.find("one")[0].perimeter.received


def test_a_ticket_serves_once(db):
    with db.transaction() as transaction:
        assert sessions.use_ticket(transaction, "nonce", NOW)
        assert sessions.use_ticket(transaction, "other", NOW)
    with db.transaction() as transaction:
        assert not sessions.use_ticket(transaction, "nonce", NOW + timedelta(seconds=30))


def test_used_tickets_are_deleted_long_after_their_30_seconds(db):
    with db.transaction() as transaction:
        sessions.use_ticket(transaction, "old", NOW)
    with db.transaction() as transaction:
        sessions.use_ticket(transaction, "new", NOW + timedelta(hours=1, seconds=1))
    assert [row[0] for row in rows(db, "used_ticket")] == ["new"]


def test_the_sessions_of_one_account_are_all_closed_at_once(db):
    with db.transaction() as transaction:
        for token in ("one", "two", "closed"):
            sessions.open_session(transaction, token, CAMILLE.id, NOW)
        sessions.open_session(transaction, "other", BLANCHE.id, NOW)
        sessions.close_session(transaction, "closed", NOW)
        assert sessions.close_sessions(transaction, CAMILLE.id, NOW + MINUTE) == 2
        assert sessions.close_sessions(transaction, CAMILLE.id, NOW + MINUTE) == 0
    assert [session(db, token) for token in ("one", "two", "closed")] == [None] * 3
    assert session(db, "other") is not None


def test_sessions_opened_long_ago_are_erased(db):
    with db.transaction() as transaction:
        sessions.open_session(transaction, "old", CAMILLE.id, NOW - SECOND)
        sessions.open_session(transaction, "new", CAMILLE.id, NOW)
        sessions.delete_sessions_before(transaction, NOW)
    assert [row[0] for row in rows(db, "session")] == ["new"]


def test_a_new_link_is_the_only_one_of_its_account(db):
    with db.transaction() as transaction:
        sessions.add_link(transaction, "first", CAMILLE.id, NOW)
        sessions.add_link(transaction, "others", BLANCHE.id, NOW)
        sessions.add_link(transaction, "second", CAMILLE.id, NOW + MINUTE)
    assert link(db, "first") is None
    assert link(db, "second") == (CAMILLE.id, NOW + MINUTE)
    assert link(db, "others") == (BLANCHE.id, NOW)
    with db.transaction() as transaction:
        sessions.delete_links(transaction, CAMILLE.id)
    assert link(db, "second") is None
    assert link(db, "others") is not None


def test_old_links_are_erased(db):
    with db.transaction() as transaction:
        sessions.add_link(transaction, "old", CAMILLE.id, NOW - SECOND)
        sessions.add_link(transaction, "new", BLANCHE.id, NOW)
        sessions.delete_links_before(transaction, NOW)
    assert [row[0] for row in rows(db, "one_time_link")] == ["new"]


def test_failures_are_counted_by_key_since_an_instant_with_the_last_of_them(db):
    with db.transaction() as transaction:
        for after in (0, 1, 2):
            sessions.add_failure(transaction, "key", NOW + after * SECOND)
        sessions.add_failure(transaction, "other", NOW)
    assert failures(db, "key") == (3, NOW + 2 * SECOND)
    assert failures(db, "key", NOW + SECOND) == (2, NOW + 2 * SECOND)
    assert failures(db, "key", NOW + MINUTE) == (0, None)
    assert failures(db, "unknown") == (0, None)


def test_one_failure_or_all_of_a_key_or_all_old_ones_are_deleted(db):
    with db.transaction() as transaction:
        for after in (0, 1, 2):
            sessions.add_failure(transaction, "key", NOW + after * SECOND)
        sessions.add_failure(transaction, "other", NOW)
        sessions.delete_failure(transaction, "key", NOW + SECOND)
    assert failures(db, "key") == (2, NOW + 2 * SECOND)
    with db.transaction() as transaction:
        sessions.delete_failures_before(transaction, NOW + SECOND)
    assert (failures(db, "key")[0], failures(db, "other")[0]) == (1, 0)
    with db.transaction() as transaction:
        sessions.add_failure(transaction, "other", NOW)
        sessions.delete_failures(transaction, "key")
    assert (failures(db, "key")[0], failures(db, "other")[0]) == (0, 1)


def test_of_failures_at_the_same_instant_one_is_deleted(db):
    with db.transaction() as transaction:
        for _ in range(3):
            sessions.add_failure(transaction, "key", NOW)
        sessions.delete_failure(transaction, "key", NOW)
        sessions.delete_failure(transaction, "other", NOW)
    assert failures(db, "key") == (2, NOW)
