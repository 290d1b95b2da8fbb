"""What is read of one account is all of it, and of nobody else."""

from datetime import UTC, timedelta

import pytest

from ror.store import personal_data, sessions
from tests.region import BLANCHE, CAMILLE, CLAUDE, NOW, WARD, write


@pytest.fixture
def lived(region):
    with region.transaction() as transaction:
        for account in (CAMILLE, BLANCHE):
            sessions.open_session(transaction, f"hash-{account.id}", account.id, NOW)
            sessions.add_link(transaction, f"link-{account.id}", account.id, NOW)
        sessions.open_session(transaction, "earlier", CAMILLE.id, NOW - timedelta(days=1))
    write(region, WARD, 7, comment="Aile nord")
    write(region, WARD, 8, account=BLANCHE.id)
    return region


def held(db, what, account):
    with db.reader() as cursor:
        return personal_data.read(cursor, what, account.id)


def test_sessions_are_told_oldest_first_in_utc(lived):
    opened = [row["opened_at"] for row in held(lived, "sessions", CAMILLE)]
    assert opened == [NOW - timedelta(days=1), NOW]
    assert {instant.utcoffset() for instant in opened} == {NOW.astimezone(UTC).utcoffset()}


def test_links_and_declarations_are_those_of_the_account(lived):
    assert held(lived, "links", BLANCHE) == [{"made_at": NOW}]
    assert [(row["name"], row["available"], row["comment"]) for row in held(lived, "declarations", CAMILLE)] == [
        ("Médecine interne", 7, "Aile nord")
    ]


@pytest.mark.parametrize("what", ["sessions", "addresses", "links", "journal", "declarations"])
def test_an_account_that_did_nothing_has_nothing(lived, what):
    assert held(lived, what, CLAUDE) == []


def test_the_sessions_erased_are_those_of_the_account(lived):
    with lived.transaction() as transaction:
        personal_data.erase_sessions(transaction, CAMILLE.id)
    assert held(lived, "sessions", CAMILLE) == []
    assert len(held(lived, "sessions", BLANCHE)) == 1
