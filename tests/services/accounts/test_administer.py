"""Administering accounts: rights, validation, the last administrator, and the journal."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from ror.errors import Forbidden, NotFound, Outdated, Refused
from ror.model.rights import ERASED, Account, Perimeter, Role
from ror.services import journal
from ror.services.accounts import administer
from ror.services.accounts.administer import AccountDraft
from ror.services.journal import JournalQuery
from ror.store import accounts, sessions
from tests.region import (
    ACCOUNTS,
    BLANCHE,
    CAMILLE,
    CLAUDE,
    DISABLED,
    DOMINIQUE,
    HOME_CARE,
    HOSPITAL,
    LINDENS,
    NOW,
    PASSWORD,
    PASSWORDLESS,
    WATERWAY,
    cheap_hash,
    rows,
    store_account,
)
from tests.region import ADELE as ADMIN

OTHER = Account("alix", "alix", "Alix Modèle", frozenset({Role.ADMINISTRATOR, Role.COORDINATOR}))
READER = frozenset({Role.PROFESSIONAL})
DRAFT = AccountDraft("anne", "Anne Exemple", READER)


@pytest.fixture(autouse=True)
def administrators(region):
    """Add a second administrator to that of the region."""
    with region.transaction() as transaction:
        accounts.add(transaction, OTHER, cheap_hash(PASSWORD))


def stored(db, account_id):
    with db.reader() as cursor:
        return accounts.by_id(cursor, account_id)


def as_draft(account, **changes):
    draft = AccountDraft(account.login, account.name, account.roles, account.perimeter, account.mail, account.identity)
    return replace(draft, **changes)


def change(db, target, account=ADMIN, **changes):
    return administer.change_account(db, account, stored(db, target.id), as_draft(target, **changes), NOW)


def lines(db):
    """Return the journal, newest first: act, outcome, actor, subject, before, after."""
    return [
        (
            row["act"],
            row["outcome"],
            row["actor"],
            row["subject"],
            *(json.loads(row[part] or "{}") for part in ("before", "after")),
        )
        for row in journal.read(db, None, JournalQuery(), NOW).to_pylist()
    ]


def opened_sessions(db, account, *hashes):
    with db.transaction() as transaction:
        for token_hash in hashes:
            sessions.open_session(transaction, token_hash, account.id, NOW)


def is_open(db, token_hash):
    with db.reader() as cursor:
        return sessions.find_session(cursor, token_hash) is not None


OPERATIONS = {
    "create": lambda db, account: administer.create_account(db, account, DRAFT, NOW),
    "change": lambda db, account: administer.change_account(db, account, DOMINIQUE, as_draft(DOMINIQUE, name="Autre"), NOW),
    "disable": lambda db, account: administer.disable(db, account, DOMINIQUE.id, NOW),
    "enable": lambda db, account: administer.enable(db, account, DISABLED.id, NOW),
    "sign out": lambda db, account: administer.sign_out_everywhere(db, account, DOMINIQUE.id, NOW),
}
READINGS = {
    "search": lambda db, account: administer.search_accounts(db, account, ""),
    "read": lambda db, account: administer.account_by_id(db, account, DOMINIQUE.id),
}


@pytest.mark.parametrize("account", [DOMINIQUE, CAMILLE, replace(ADMIN, disabled=True)], ids=["reader", "manager", "disabled"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_only_an_administrator_changes_accounts_and_refusals_are_journalled(db, operation, account):
    store_account(db, account)
    before = [stored(db, one.id) for one in (DOMINIQUE, DISABLED)]
    with pytest.raises(Forbidden):
        OPERATIONS[operation](db, account)
    assert [stored(db, one.id) for one in (DOMINIQUE, DISABLED)] == before
    (line,) = lines(db)
    assert (line[1], line[2]) == ("refused", account.id)


@pytest.mark.parametrize("account", [ADMIN, None], ids=["administrator", "command line"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_administrator_and_the_command_line_change_accounts_and_it_is_journalled(db, operation, account):
    OPERATIONS[operation](db, account)
    (line,) = lines(db)
    assert (line[1], line[2]) == ("done", account.id if account else "")


@pytest.mark.parametrize("reading", READINGS)
def test_only_an_administrator_reads_accounts(db, reading):
    with pytest.raises(Forbidden):
        READINGS[reading](db, DOMINIQUE)
    assert READINGS[reading](db, ADMIN)


def test_an_account_is_created_with_the_values_of_its_draft(db):
    perimeter = Perimeter(frozenset({LINDENS}), frozenset({HOSPITAL}), frozenset({HOME_CARE}))
    roles = frozenset({Role.MANAGER, Role.COORDINATOR})
    draft = AccountDraft("anne", "Anne Exemple", roles, perimeter, "anne@exemple.fr", "899700000001")
    account = administer.create_account(db, ADMIN, draft, NOW)
    assert stored(db, account.id) == account
    assert (account.login, account.mail, account.identity) == ("anne", "anne@exemple.fr", "899700000001")
    assert (account.roles, account.perimeter, account.disabled) == (roles, perimeter, False)
    rights = {"roles": ["coordinator", "manager"], "legal_entities": [LINDENS], "structures": [HOSPITAL], "units": [HOME_CARE]}
    assert lines(db) == [("account", "done", ADMIN.id, f"account:{account.id}", {}, {"action": "create", **rights})]


def test_no_password_opens_an_account_created_without_one(db):
    administer.create_account(db, ADMIN, DRAFT, NOW)
    with db.reader() as cursor:
        assert accounts.by_login(cursor, "anne")[1] == ""


def test_a_password_given_on_the_command_line_is_stored_as_its_hash(db):
    administer.create_account(db, None, DRAFT, NOW, PASSWORD)
    with db.reader() as cursor:
        assert accounts.by_login(cursor, "anne")[1].startswith("$2b$")


REFUSED = {
    "no login": ({"login": " \t"}, "identifiant et un nom"),
    "no name": ({"name": ""}, "identifiant et un nom"),
    "invisible login": ({"login": "\u200b\u202e"}, "identifiant et un nom"),
    "space": ({"login": "anne exemple"}, "pas d'espace"),
    "long login": ({"login": "a" * 101}, "100 caractères"),
    "long name": ({"name": "a" * 101}, "100 caractères"),
    "erased": ({"login": ERASED + "x"}, "comptes effacés"),
    "erased in capitals": ({"login": ERASED.upper() + "X"}, "comptes effacés"),
    "no mail": ({"mail": "anne"}, "prenom.nom@exemple.fr"),
    "two mails": ({"mail": "a@exemple.fr, b@exemple.fr"}, "prenom.nom@exemple.fr"),
    "long mail": ({"mail": "a" * 250 + "@exemple.fr"}, "prenom.nom@exemple.fr"),
    "long identity": ({"identity": "1" * 255}, "254 caractères"),
    "no role": ({"roles": frozenset()}, "au moins un rôle"),
    "manager of nothing": ({"roles": frozenset({Role.MANAGER})}, "répond d'au moins une structure"),
    "unknown structure": (
        {"roles": frozenset({Role.MANAGER}), "perimeter": Perimeter(structures=frozenset({HOSPITAL, "999999999"}))},
        "inconnues : 999999999.",
    ),
    "keys of another kind": (
        {"roles": frozenset({Role.MANAGER}), "perimeter": Perimeter(frozenset({HOSPITAL}), units=frozenset({LINDENS}))},
        f"inconnues : {LINDENS}, {HOSPITAL}.",
    ),
    "login taken": ({"login": "CAMILLE"}, "CAMILLE est déjà pris"),
    "mail taken": ({"mail": "Blanche@Exemple.FR"}, "déjà celle d'un autre compte"),
    "identity taken": ({"identity": "899700000002"}, "déjà celle d'un autre compte"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_invalid_values_are_refused_with_a_sentence_on_creation_and_on_change(db, case):
    changes, words = REFUSED[case]
    change(db, BLANCHE, mail="blanche@exemple.fr", identity="899700000002")
    before = lines(db)
    with pytest.raises(Refused, match=words):
        administer.check_new_account(db, ADMIN, replace(DRAFT, **changes))
    with pytest.raises(Refused, match=words):
        administer.create_account(db, ADMIN, replace(DRAFT, **changes), NOW)
    with pytest.raises(Refused, match=words):
        change(db, DOMINIQUE, **changes)
    assert stored(db, DOMINIQUE.id) == DOMINIQUE
    assert lines(db) == before


def test_a_draft_that_can_be_created_is_not_written_by_its_check(db):
    before = rows(db, "account")
    administer.check_new_account(db, ADMIN, DRAFT)
    assert rows(db, "account") == before


def test_invisible_characters_are_not_stored(db):
    account = administer.create_account(db, ADMIN, AccountDraft(" an\u202ene\u0000 ", "A\u202enne\r\nExemple", READER), NOW)
    assert (account.login, account.name) == ("anne", "Anne Exemple")


def test_an_account_keeps_its_own_login_mail_and_identity(db):
    change(db, BLANCHE, mail="blanche@exemple.fr", identity="899700000002")
    changed = change(db, stored(db, BLANCHE.id), login="BLANCHE", mail="Blanche@exemple.fr")
    assert (changed.login, changed.mail) == ("BLANCHE", "Blanche@exemple.fr")


def test_two_accounts_may_have_neither_mail_nor_identity(db):
    administer.create_account(db, ADMIN, DRAFT, NOW)
    administer.create_account(db, ADMIN, replace(DRAFT, login="paul"), NOW)


def test_a_change_of_names_is_journalled_by_fields_without_values(db):
    change(db, DOMINIQUE, login="dodo", name="Dominique Autre", mail="d@exemple.fr")
    assert lines(db) == [
        ("account", "done", ADMIN.id, f"account:{DOMINIQUE.id}", {}, {"action": "change", "fields": ["login", "name", "mail"]})
    ]


def test_a_change_of_rights_is_journalled_with_the_keys_before_and_after(db):
    change(db, CLAUDE, roles=CLAUDE.roles | READER, perimeter=Perimeter(legal_entities=frozenset({WATERWAY})))
    act, outcome, actor, subject, before, after = lines(db)[0]
    assert (act, outcome, actor, subject) == ("rights", "done", ADMIN.id, f"account:{CLAUDE.id}")
    assert before == {"roles": ["manager"], "units": sorted(CLAUDE.perimeter.units)}
    assert after == {"roles": ["manager", "professional"], "legal_entities": [WATERWAY]}
    assert len(lines(db)) == 1


def test_a_change_without_effect_is_not_journalled(db):
    change(db, DOMINIQUE)
    assert lines(db) == []


def test_a_perimeter_is_removed_with_the_role_of_manager(db):
    assert change(db, CLAUDE, roles=READER).perimeter == Perimeter()
    assert not stored(db, CLAUDE.id).perimeter


def test_an_account_changed_meanwhile_is_not_overwritten(db):
    original = stored(db, CLAUDE.id)
    change(db, CLAUDE, account=OTHER, roles=READER)
    with pytest.raises(Outdated):
        administer.change_account(db, ADMIN, original, as_draft(original, name="Claude Autre"), NOW)
    assert stored(db, CLAUDE.id).roles == READER


def test_a_new_mail_voids_the_link_sent_to_the_old_one(db):
    with db.transaction() as transaction:
        sessions.add_link(transaction, "hash", DOMINIQUE.id, NOW)
    change(db, DOMINIQUE, name="Dominique Autre")
    with db.reader() as cursor:
        assert sessions.find_link(cursor, "hash")
    change(db, stored(db, DOMINIQUE.id), mail="dominique@exemple.fr")
    with db.reader() as cursor:
        assert sessions.find_link(cursor, "hash") is None


def test_a_new_identity_closes_the_sessions_of_the_old_one(db):
    opened_sessions(db, DOMINIQUE, "one")
    change(db, DOMINIQUE, identity="899700000003")
    assert not is_open(db, "one")


def test_a_disabled_account_has_no_session_and_no_link_left(db):
    opened_sessions(db, DOMINIQUE, "one", "two")
    opened_sessions(db, CAMILLE, "three")
    with db.transaction() as transaction:
        sessions.add_link(transaction, "hash", DOMINIQUE.id, NOW)
    assert administer.disable(db, ADMIN, DOMINIQUE.id, NOW).disabled
    assert [is_open(db, one) for one in ("one", "two", "three")] == [False, False, True]
    with db.reader() as cursor:
        assert sessions.find_link(cursor, "hash") is None
    assert lines(db)[0][4:] == ({"disabled": False}, {"disabled": True, "sessions_closed": 2})


def test_an_account_enabled_again_has_its_rights_and_its_password(db):
    administer.enable(db, ADMIN, DISABLED.id, NOW)
    assert stored(db, DISABLED.id) == replace(DISABLED, disabled=False)
    with db.reader() as cursor:
        assert accounts.by_login(cursor, DISABLED.login)[1].startswith("$2b$")


def test_every_session_of_an_account_is_closed_and_counted(db):
    opened_sessions(db, DOMINIQUE, "one", "two")
    assert administer.sign_out_everywhere(db, ADMIN, DOMINIQUE.id, NOW + timedelta(minutes=1)) == 2
    assert not is_open(db, "one")
    assert administer.sign_out_everywhere(db, ADMIN, DOMINIQUE.id, NOW + timedelta(minutes=2)) == 0


def test_an_administrator_neither_demotes_nor_disables_themselves(db):
    with pytest.raises(Refused, match="retirer votre propre rôle"):
        change(db, OTHER, account=OTHER, roles=frozenset({Role.COORDINATOR}))
    with pytest.raises(Refused, match="désactiver votre propre compte"):
        administer.disable(db, OTHER, OTHER.id, NOW)
    assert stored(db, OTHER.id) == OTHER
    assert change(db, OTHER, account=OTHER, roles=frozenset({Role.ADMINISTRATOR})).roles == {Role.ADMINISTRATOR}


def test_the_last_enabled_administrator_is_neither_disabled_nor_demoted(db):
    administer.disable(db, ADMIN, OTHER.id, NOW)
    for account, error, words in ((OTHER, Forbidden, "plus actif"), (None, Refused, "dernier administrateur")):
        with pytest.raises(error, match=words):
            administer.disable(db, account, ADMIN.id, NOW)
        with pytest.raises(error, match=words):
            change(db, ADMIN, account=account, roles=READER)
    assert stored(db, ADMIN.id) == ADMIN
    administer.enable(db, ADMIN, OTHER.id, NOW)
    assert change(db, ADMIN, account=OTHER, roles=READER).roles == READER


@pytest.mark.parametrize("way", ["password", "identity"])
def test_an_administrator_who_cannot_sign_in_does_not_count(db, way):
    set_password(db, OTHER, "")
    for account in (OTHER, None):
        with pytest.raises(Refused, match="dernier administrateur"):
            administer.disable(db, account, ADMIN.id, NOW)
        with pytest.raises(Refused, match="dernier administrateur"):
            change(db, ADMIN, account=account, roles=READER)
    if way == "password":
        set_password(db, OTHER, cheap_hash(PASSWORD))
    else:
        change(db, OTHER, identity="810000000009")
    administer.disable(db, OTHER, ADMIN.id, NOW)
    assert stored(db, ADMIN.id).disabled


def set_password(db, account, password_hash):
    with db.transaction() as transaction:
        accounts.set_password(transaction, account.id, password_hash)


def test_a_disabled_administrator_is_demoted_although_the_other_is_the_only_one(db):
    administer.disable(db, ADMIN, OTHER.id, NOW)
    assert change(db, replace(OTHER, disabled=True), roles=READER).roles == READER


def test_an_unknown_account_is_refused_with_a_sentence(db):
    for operation in (administer.disable, administer.enable, administer.sign_out_everywhere):
        with pytest.raises(NotFound):
            operation(db, ADMIN, "nobody", NOW)
    with pytest.raises(NotFound):
        administer.account_by_id(db, ADMIN, "nobody")


def test_an_erased_account_is_never_changed_or_enabled_again(db):
    erased = Account("gone", ERASED + "gone", "Compte effacé", frozenset(), disabled=True)
    with db.transaction() as transaction:
        accounts.add(transaction, erased)
    for operation in (
        lambda: administer.enable(db, ADMIN, "gone", NOW),
        lambda: administer.disable(db, ADMIN, "gone", NOW),
        lambda: change(db, erased, login="revenue"),
    ):
        with pytest.raises(Refused, match="a été effacé"):
            operation()
    assert stored(db, "gone") == erased


@pytest.mark.parametrize(
    ("text", "role", "state", "expected"),
    [
        ("", "", "disabled", ["partie"]),
        ("TEMOIN", "", "", ["Dominique"]),
        ("exemple camille", "", "", ["camille"]),
        ("blanche@", "", "", ["blanche"]),
        ("muet", "", "", ["muette"]),
        ("", "administrator", "", ["adele", "alix"]),
        ("", "professional", "active", ["Dominique"]),
        ("", "", "erased", []),
        ("%", "", "", []),
        ("'; DROP TABLE account; --", "", "", []),
    ],
)
def test_accounts_are_found_by_name_login_mail_role_and_state(db, text, role, state, expected):
    change(db, BLANCHE, mail="blanche@exemple.fr")
    assert administer.search_accounts(db, ADMIN, text, role, state)["login"].to_pylist() == expected


def test_the_list_has_roles_state_and_last_sign_in(db):
    opened_sessions(db, DOMINIQUE, "one")
    with db.transaction() as transaction:
        sessions.open_session(transaction, "two", DOMINIQUE.id, NOW + timedelta(hours=1))
    rows = {row["id"]: row for row in administer.search_accounts(db, ADMIN, "").to_pylist()}
    assert set(rows) == {OTHER.id, *(one.id for one in ACCOUNTS)}
    assert rows[OTHER.id]["roles"] == ["administrator", "coordinator"]
    assert (rows[DISABLED.id]["state"], rows[PASSWORDLESS.id]["state"]) == ("disabled", "active")
    assert (rows[PASSWORDLESS.id]["password"], rows[DOMINIQUE.id]["password"]) == (False, True)
    assert rows[DOMINIQUE.id]["signed_in_at"] == NOW + timedelta(hours=1)
    assert rows[CAMILLE.id]["signed_in_at"] is None


def test_an_account_that_becomes_an_administrator_must_choose_a_new_password(db):
    opened_sessions(db, DOMINIQUE, "one")
    change(db, DOMINIQUE, roles=READER | {Role.ADMINISTRATOR})
    with db.reader() as cursor:
        assert accounts.by_login(cursor, DOMINIQUE.login)[1] == ""
    assert not is_open(db, "one")


def test_an_administrator_who_is_changed_keeps_password_and_sessions(db):
    opened_sessions(db, ADMIN, "one")
    change(db, ADMIN, account=OTHER, roles=ADMIN.roles | READER, name="Adèle Autre")
    with db.reader() as cursor:
        assert accounts.by_login(cursor, ADMIN.login)[1].startswith("$2b$")
    assert is_open(db, "one")


@pytest.mark.parametrize(
    ("password", "roles", "words"),
    [
        ("court", READER, "plus long"),
        ("Treize-lettr3", frozenset({Role.ADMINISTRATOR}), "16 caractères"),
        ("Anne-la-Grande-1", READER, "anne"),
    ],
)
def test_no_account_is_created_with_a_password_against_the_rules(db, password, roles, words):
    with pytest.raises(Refused, match=words):
        administer.create_account(db, None, replace(DRAFT, roles=roles), NOW, password)
    with db.reader() as cursor:
        assert accounts.by_login(cursor, "anne") is None
