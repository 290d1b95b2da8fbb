"""The rows of tokens: found by the hash of their text while valid, listed with roles and perimeter."""

from datetime import timedelta

import pytest

from ror.model.rights import Account, Perimeter, Role
from ror.store import accounts, tokens
from tests.region import ADELE, CAMILLE, HOSPITAL, LINDENS, NOW, rolled_back, rows

HASH, DAY = "hash of a text", timedelta(days=1)
PERIMETER = Perimeter(frozenset({LINDENS}), frozenset({HOSPITAL, "999999999"}))
BEDS = Account("token-1", "", "Gestion des lits fictive", frozenset({Role.MANAGER, Role.COORDINATOR}), PERIMETER)
READER = Account("token-2", "", "Tableau fictif", frozenset({Role.COORDINATOR}))


@pytest.fixture
def created(region):
    with region.transaction() as transaction:
        accounts.add_all(transaction, [(BEDS, ""), (READER, "")])
        tokens.add(transaction, BEDS.id, HASH, ADELE.id, NOW, NOW + DAY)
        tokens.add(transaction, READER.id, "other hash", "", NOW + DAY, NOW + 3 * DAY)
    return region


def account_of(db, token_hash=HASH, now=NOW):
    with db.reader() as cursor:
        return tokens.account_of(cursor, token_hash, now)


def test_a_token_is_found_by_its_hash_while_it_is_valid(created):
    assert account_of(created) == (BEDS.id, ADELE.id, None)
    assert account_of(created, now=NOW + DAY - timedelta(microseconds=1))
    assert account_of(created, now=NOW + DAY) is None
    assert account_of(created, now=NOW - timedelta(microseconds=1)) is None
    assert account_of(created, "") is account_of(created, "unknown") is None


def test_the_last_use_is_that_of_its_own_token(created):
    with created.transaction() as transaction:
        tokens.touch(transaction, HASH, NOW + timedelta(hours=1))
    assert account_of(created) == (BEDS.id, ADELE.id, NOW + timedelta(hours=1))
    assert account_of(created, "other hash", NOW + DAY) == (READER.id, "", None)


def test_a_token_is_revoked_once_and_keeps_the_instant_of_that(created):
    for at, done in ((NOW, True), (NOW + DAY, False)):
        with created.transaction() as transaction:
            assert tokens.revoke(transaction, BEDS.id, at) is done
    assert account_of(created) is None
    with created.reader() as cursor:
        assert tokens.creator(cursor, BEDS.id) is tokens.creator(cursor, CAMILLE.id) is None
        assert tokens.creator(cursor, READER.id) == ""
        assert tokens.list_tokens(cursor)["revoked_at"].to_pylist() == [None, NOW]


def test_a_token_is_revoked_with_its_transaction_or_not_at_all(created):
    with rolled_back(created) as transaction:
        tokens.revoke(transaction, BEDS.id, NOW)
    assert account_of(created)


def test_all_tokens_are_listed_newest_first_with_roles_and_perimeter(created):
    with created.reader() as cursor:
        reader, beds = tokens.list_tokens(cursor).to_pylist()
    assert (reader["account"], reader["creator"], reader["roles"], reader["perimeter"]) == (READER.id, "", ["coordinator"], [])
    assert (beds["name"], beds["creator"], beds["roles"]) == (BEDS.name, ADELE.name, ["coordinator", "manager"])
    assert (beds["made_at"], beds["expires_at"], beds["used_at"]) == (NOW, NOW + DAY, None)
    assert [(one["kind"], one["key"], one["name"], one["place"]) for one in beds["perimeter"]] == [
        ("legal_entity", LINDENS, "Groupe hospitalier fictif des Tilleuls", ""),
        ("structure", HOSPITAL, "Hôpital fictif des Tilleuls", "Paris"),
        ("structure", "999999999", "", ""),
    ]


def test_an_account_of_a_token_is_found_by_its_id_alone(created):
    with created.reader() as cursor:
        assert accounts.by_id(cursor, BEDS.id) == BEDS
        assert accounts.by_login(cursor, "") is accounts.by_mail(cursor, "") is accounts.by_identity(cursor, "") is None
        assert accounts.search(cursor, [], only=BEDS.id).num_rows == 0
    assert len(rows(created, "token")) == 2
