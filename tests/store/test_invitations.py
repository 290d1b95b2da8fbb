"""Invitations, and the first sign-in that ends them."""

from datetime import timedelta

import pytest

from ror.store import accounts, invitations, personal_data
from ror.store.engine import migrations
from ror.store.engine.database import Database
from ror.store.engine.migrations import MIGRATIONS
from tests.region import ADELE, BLANCHE, CAMILLE, DISABLED, NOW, rows

DAY = timedelta(days=1)


def test_an_account_has_one_invitation_which_is_found_by_its_hash(region):
    with region.transaction() as transaction:
        invitations.add(transaction, "first", CAMILLE.id, NOW, "sent")
        invitations.add(transaction, "other", BLANCHE.id, NOW - DAY, "no_mail")
        invitations.add(transaction, "second", CAMILLE.id, NOW + DAY, "no_server")
        invitations.set_delivery(transaction, CAMILLE.id, "sent")
    with region.reader() as cursor:
        by_hash = [invitations.find(cursor, token) for token in ("first", "second", "other", "unknown")]
    assert by_hash == [None, (CAMILLE.id, NOW + DAY), (BLANCHE.id, NOW - DAY), None]
    with region.transaction() as transaction:
        invitations.delete_before(transaction, NOW)
        assert [invitations.delete(transaction, account) for account in (CAMILLE.id, BLANCHE.id)] == [True, False]
    assert rows(region, "invitation") == []


def test_the_enabled_accounts_that_never_signed_in_are_listed_with_their_invitation(region):
    with region.transaction() as transaction:
        invitations.add(transaction, "first", CAMILLE.id, NOW, "sent")
        accounts.record_sign_in(transaction, BLANCHE.id, NOW)
        accounts.record_sign_in(transaction, BLANCHE.id, NOW + DAY)
    with region.reader() as cursor:
        listed = invitations.never_signed_in(cursor).to_pylist()
        assert accounts.has_signed_in(cursor, BLANCHE.id)
        assert personal_data.read(cursor, "first_sign_in", BLANCHE.id)[0]["first_signed_in_at"] == NOW
        assert not accounts.has_signed_in(cursor, CAMILLE.id)
        assert invitations.never_signed_in(cursor, BLANCHE.id).num_rows == 0
    ids = [row["id"] for row in listed]
    assert ids[:2] == [ADELE.id, CAMILLE.id]
    assert not {BLANCHE.id, DISABLED.id} & set(ids)
    assert (listed[1]["invited_at"], listed[1]["delivery"], listed[1]["roles"]) == (NOW, "sent", ["manager"])
    assert (listed[0]["invited_at"], listed[0]["delivery"]) == (None, None)
    assert ["2026-11-23 09:00:00+00" in row for row in rows(region, "account") if row[0] == BLANCHE.id] == [True]


def test_the_accounts_of_an_earlier_version_that_signed_in_or_may_have_are_not_invited(tmp_path, monkeypatch):
    before = next(number for number, step in enumerate(MIGRATIONS) if "never signed in" in step.name)
    path = tmp_path / "earlier.duckdb"
    with monkeypatch.context() as earlier:
        earlier.setattr(migrations, "MIGRATIONS", MIGRATIONS[:before])
        opened = Database(path)
        with opened.transaction() as transaction:
            cursor = transaction.cursor
            for login in ("session", "origin", "journal", "password", "new"):
                password = "hash" if login == "password" else ""
                cursor.execute(
                    "INSERT INTO account (id, login, name, password_hash, disabled) VALUES (?, ?, ?, ?, false)",
                    [login, login, login, password],
                )
            cursor.execute("INSERT INTO session VALUES ('token', 'session', ?, ?, NULL)", [NOW, NOW])
            cursor.execute("INSERT INTO origin VALUES ('1', 'origin', '192.0.2.7', ?, ?)", [NOW, NOW])
            cursor.execute("INSERT INTO origin VALUES ('2', 'new', '192.0.2.7', ?, NULL)", [NOW])
            line = ("sign_in", "done", "journal", "", "account:journal", "", "", "", "")
            cursor.execute("INSERT INTO journal VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [NOW, *line[:2], *line[2:]])
        opened.close()
    opened = Database(path)
    with opened.reader() as cursor:
        assert [row["id"] for row in invitations.never_signed_in(cursor).to_pylist()] == ["new"]
    opened.close()


@pytest.mark.usefixtures("region")
def test_an_account_without_a_row_has_not_signed_in(db):
    with db.reader() as cursor:
        assert not accounts.has_signed_in(cursor, "unknown")
