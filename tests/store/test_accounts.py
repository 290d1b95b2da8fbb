from dataclasses import replace

import pytest

from ror.model.rights import Account, Perimeter, Role
from ror.store import accounts, perimeter_holders
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


def test_several_accounts_are_written_and_changed_at_once_and_no_other(db):
    keys = Perimeter(frozenset({"1"}), frozenset({"2"}), frozenset({"3"}))
    several = [Account(f"n{rank}", f"n{rank}", "N", frozenset({Role.MANAGER}), keys) for rank in range(3)]
    with db.transaction() as transaction:
        accounts.add_all(transaction, [(one, f"hash of {one.login}") for one in several])
        readers = frozenset({Role.COORDINATOR})
        several[1:] = [replace(one, name="M", roles=readers, perimeter=Perimeter()) for one in several[1:]]
        accounts.change_all(transaction, several[1:])
        accounts.change_all(transaction, [])
    assert [by_login(db, one.login) for one in several] == [(one, f"hash of {one.login}") for one in several]
    assert by_login(db, CAMILLE.login)[0] == CAMILLE


@pytest.mark.parametrize("field", ["login", "mail", "identity"])
def test_accounts_that_share_a_login_a_mail_or_an_identity_clash(db, field):
    first = replace(Account("n", "n", "N", frozenset()), **{field: "Meme@exemple.fr"})
    value = "Meme@exemple.fr" if field == "identity" else "MEME@EXEMPLE.FR"
    second = replace(Account("m", "m", "M", frozenset()), **{field: value})
    with rolled_back(db) as transaction:
        accounts.add_all(transaction, [(first, ""), (second, "")])
        assert accounts.clashing(transaction.cursor, ["n", CAMILLE.id]) == {"n"}
        accounts.change(transaction, replace(second, **{field: "m"}))
        assert accounts.clashing(transaction.cursor, ["n", "m"]) == set()


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


def test_all_people_are_read_at_once_as_each_is_alone(db):
    with db.transaction() as transaction:
        accounts.add(transaction, Account("token-1", "", "Système", frozenset({Role.MANAGER})))
    with db.reader() as cursor:
        people = {one.id: one for one in accounts.people(cursor)}
        assert people == {one.id: accounts.by_id(cursor, one.id) for one in ACCOUNTS}


def test_the_perimeter_of_others_is_that_of_all_accounts_but_those_of_a_prefix(db):
    played = Account("demo-m-1", "demo-m-1", "N", frozenset({Role.MANAGER}), Perimeter(units=frozenset({"played"})))
    with db.transaction() as transaction:
        accounts.add(transaction, played)
    with db.reader() as cursor:
        of_people = perimeter_holders.perimeter_of_others(cursor, "demo-m-")
        of_everybody = perimeter_holders.perimeter_of_others(cursor, "nobody")
    for account in ACCOUNTS:
        assert account.perimeter.legal_entities <= of_people.legal_entities
        assert account.perimeter.structures <= of_people.structures
        assert account.perimeter.units <= of_people.units
    assert "played" not in of_people.units
    assert "played" in of_everybody.units
