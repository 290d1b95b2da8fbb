from dataclasses import replace

import pytest

from ror.model.rights import Account, Perimeter, Role
from ror.store import accounts
from tests.region import ACCOUNTS, ADELE, CAMILLE, CLAUDE, DISABLED, DOMINIQUE, PASSWORDLESS, rolled_back

pytestmark = pytest.mark.usefixtures("region")

ADMIN = Account("alix", "alix", "Alix Modèle", frozenset({Role.ADMINISTRATOR}))


def by_login(db, login):
    with db.reader() as cursor:
        return accounts.by_login(cursor, login)


@pytest.mark.parametrize("account", ACCOUNTS, ids=lambda one: one.id)
def test_an_account_is_read_as_it_was_written(db, account):
    with db.reader() as cursor:
        assert accounts.by_id(cursor, account.id) == account
    assert by_login(db, account.login)[0] == account


def test_roles_and_the_three_kinds_of_perimeter_are_stored_apart(db):
    perimeter = Perimeter(frozenset({"x", "1"}), frozenset({"x", "2"}), frozenset({"x", "3"}))
    several = Account("n", "n", "N", frozenset({Role.MANAGER, Role.COORDINATOR}), perimeter)
    with db.transaction() as transaction:
        accounts.add(transaction, several)
    with db.reader() as cursor:
        assert accounts.by_id(cursor, "n") == several
        assert accounts.by_id(cursor, CAMILLE.id) == CAMILLE


def test_a_login_is_found_in_any_case(db):
    assert by_login(db, "DOMINIQUE")[0] == by_login(db, "dominique")[0] == DOMINIQUE
    assert by_login(db, "domi") is None
    assert by_login(db, "%") is None
    assert by_login(db, "") is None


def test_an_account_without_password_has_an_empty_hash(db):
    assert by_login(db, PASSWORDLESS.login)[1] == ""
    assert by_login(db, DISABLED.login)[1].startswith("$2b$")


def test_names_are_returned_for_the_ids_given(db):
    with db.reader() as cursor:
        assert accounts.names(cursor, [CAMILLE.id, "unknown"]) == {CAMILLE.id: "Camille Exemple"}
        assert accounts.names(cursor, []) == {}
        assert accounts.count(cursor) == len(ACCOUNTS)


def test_several_accounts_are_written_or_none(db):
    with rolled_back(db) as transaction:
        accounts.add_all(transaction, [(replace(CLAUDE, id="new", login="new"), "hash")])
    assert by_login(db, "new") is None


@pytest.mark.parametrize(
    ("other", "password_hash", "counted"),
    [
        (ADMIN, "$2b$hash", 1),
        (ADMIN, "", 0),
        (replace(ADMIN, identity="810000000009"), "", 1),
        (replace(ADMIN, disabled=True, identity="810000000009"), "$2b$hash", 0),
        (replace(ADMIN, roles=frozenset({Role.COORDINATOR})), "$2b$hash", 0),
    ],
    ids=["password", "no way in", "single sign-on", "disabled", "other role"],
)
def test_the_administrators_counted_are_those_who_can_sign_in(db, other, password_hash, counted):
    with db.transaction() as transaction:
        accounts.add(transaction, other, password_hash)
        assert accounts.enabled_administrators(transaction.cursor, besides=ADELE.id) == counted
        assert accounts.enabled_administrators(transaction.cursor, besides=other.id) == 1
