"""All data of one account is read, and none of others."""

from datetime import UTC, timedelta

import pytest

from ror.store import personal_data, sessions
from tests.region import BLANCHE, CAMILLE, CLAUDE, NOW, WARD, write


@pytest.fixture
def with_data(region):
    with region.transaction() as transaction:
        for account in (CAMILLE, BLANCHE):
            sessions.open_session(transaction, f"hash-{account.id}", account.id, NOW)
            sessions.add_link(transaction, f"link-{account.id}", account.id, NOW)
        sessions.open_session(transaction, "earlier", CAMILLE.id, NOW - timedelta(days=1))
    write(region, WARD, 7, comment="Aile nord", channel="file")
    write(region, WARD, 8, account=BLANCHE.id)
    return region


def read(db, kind, account):
    with db.reader() as cursor:
        return personal_data.read(cursor, kind, account.id)


def test_sessions_are_returned_oldest_first_in_utc(with_data):
    instants = [row["opened_at"] for row in read(with_data, "sessions", CAMILLE)]
    assert instants == [NOW - timedelta(days=1), NOW]
    assert {instant.utcoffset() for instant in instants} == {NOW.astimezone(UTC).utcoffset()}


def test_links_and_declarations_are_those_of_the_account(with_data):
    assert read(with_data, "links", BLANCHE) == [{"made_at": NOW}]
    read_declarations = [
        (row["name"], row["available"], row["comment"], row["channel"]) for row in read(with_data, "declarations", CAMILLE)
    ]
    assert read_declarations == [("Médecine interne", 7, "Aile nord", "file")]


@pytest.mark.parametrize("kind", ["sessions", "addresses", "links", "journal", "declarations"])
def test_an_account_without_activity_has_no_data(with_data, kind):
    assert read(with_data, kind, CLAUDE) == []


def test_the_sessions_erased_are_those_of_the_account(with_data):
    with with_data.transaction() as transaction:
        personal_data.erase_sessions(transaction, CAMILLE.id)
    assert read(with_data, "sessions", CAMILLE) == []
    assert len(read(with_data, "sessions", BLANCHE)) == 1
