from dataclasses import replace
from datetime import timedelta

import pytest

from ror.model.rights import Account, Perimeter, Role
from ror.store import accounts
from tests.region import ACCOUNTS, BLANCHE, CAMILLE, CLAUDE, DOMINIQUE, NOW, PARTED, SILENT, abandoned, rows

pytestmark = pytest.mark.usefixtures("region")


def by_login(db, login):
    with db.reader() as cursor:
        return accounts.by_login(cursor, login)


def session(db, token_hash):
    with db.reader() as cursor:
        return accounts.session(cursor, token_hash)


@pytest.mark.parametrize("account", ACCOUNTS, ids=lambda one: one.id)
def test_an_account_is_read_as_it_was_written(db, account):
    with db.reader() as cursor:
        assert accounts.by_id(cursor, account.id) == account
    assert by_login(db, account.login)[0] == account


def test_roles_and_the_three_kinds_of_perimeter_are_kept_apart(db):
    perimeter = Perimeter(frozenset({"x", "1"}), frozenset({"x", "2"}), frozenset({"x", "3"}))
    several = Account("n", "n", "N", frozenset({Role.MANAGER, Role.COORDINATOR}), perimeter)
    with db.writer() as writer:
        accounts.add(writer, several)
    with db.reader() as cursor:
        assert accounts.by_id(cursor, "n") == several
        assert accounts.by_id(cursor, CAMILLE.id) == CAMILLE


def test_a_login_is_found_whatever_its_case(db):
    assert by_login(db, "DOMINIQUE")[0] == by_login(db, "dominique")[0] == DOMINIQUE
    assert by_login(db, "domi") is None
    assert by_login(db, "%") is None
    assert by_login(db, "") is None


def test_an_account_without_password_has_an_empty_hash(db):
    assert by_login(db, SILENT.login)[1] == ""
    assert by_login(db, PARTED.login)[1].startswith("$2b$")


def test_names_are_told_for_the_ids_asked(db):
    with db.reader() as cursor:
        assert accounts.names(cursor, [CAMILLE.id, "unknown"]) == {CAMILLE.id: "Camille Exemple"}
        assert accounts.names(cursor, []) == {}
        assert accounts.count(cursor) == len(ACCOUNTS)


def test_a_session_tells_its_account_its_opening_and_its_last_gesture(db):
    with db.writer() as writer:
        accounts.open_session(writer, "one", CAMILLE.id, NOW)
        accounts.open_session(writer, "two", BLANCHE.id, NOW)
        accounts.touch_session(writer, "one", NOW + timedelta(minutes=5))
    assert session(db, "one") == (CAMILLE.id, NOW, NOW + timedelta(minutes=5))
    assert session(db, "two") == (BLANCHE.id, NOW, NOW)
    assert session(db, "three") is None


def test_a_closed_session_is_no_session_and_its_closing_is_kept(db):
    with db.writer() as writer:
        accounts.open_session(writer, "one", CAMILLE.id, NOW)
        accounts.open_session(writer, "two", CAMILLE.id, NOW)
        accounts.close_session(writer, "one", NOW + timedelta(minutes=1))
        accounts.close_session(writer, "one", NOW + timedelta(minutes=9))
    assert session(db, "one") is None
    assert session(db, "two") is not None
    closings = [row[-1] for row in rows(db, "session") if row[0] == "one"]
    assert closings == ["2026-11-23 09:01:00+00"]


def test_a_ticket_serves_once(db):
    with db.writer() as writer:
        assert accounts.use_ticket(writer, "nonce", NOW)
        assert accounts.use_ticket(writer, "other", NOW)
    with db.writer() as writer:
        assert not accounts.use_ticket(writer, "nonce", NOW + timedelta(seconds=30))


def test_notes_of_used_tickets_are_dropped_long_after_their_30_seconds(db):
    with db.writer() as writer:
        accounts.use_ticket(writer, "old", NOW)
    with db.writer() as writer:
        accounts.use_ticket(writer, "new", NOW + timedelta(hours=1, seconds=1))
    assert [row[0] for row in rows(db, "used_ticket")] == ["new"]


def test_several_accounts_are_written_or_none(db):
    with abandoned(db) as writer:
        accounts.add_all(writer, [(replace(CLAUDE, id="new", login="new"), "hash")])
    assert by_login(db, "new") is None
