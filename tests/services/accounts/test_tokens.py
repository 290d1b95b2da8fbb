"""Tokens of other systems: their rights, expiry and revocation; nobody signs in with one."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from ror.errors import Forbidden, NotFound, Refused, SignInFailed
from ror.model.capacity import Counts
from ror.model.filters import Filters
from ror.model.rights import Account, Action, Perimeter, Role, entitled
from ror.model.tokens import MAX_DAYS, PREFIX, TokenScope
from ror.services import journal, rights
from ror.services.accounts import administer, links, personal_data, second_factor, sign_in, single_sign_on, tickets, tokens
from ror.services.availability import consult, declare
from ror.services.journal import JournalQuery
from ror.settings import settings
from ror.store import accounts
from ror.store import tokens as stored_tokens
from tests.region import ACCOUNTS, ADELE, CAMILLE, DOMINIQUE, HALT, HOSPITAL, LINDENS, NOW, WARD, rows, store_account

pytestmark = pytest.mark.usefixtures("region")

NAME = "Gestion des lits fictive"
TILLEULS = Perimeter(structures=frozenset({HOSPITAL}))
OTHER = Account("alix", "alix", "Alix Modèle", frozenset({Role.ADMINISTRATOR}))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NO_ADMINISTRATOR = frozenset(Role) - {Role.ADMINISTRATOR}


def create(db, *scopes, account=ADELE, name=NAME, perimeter=None, days=30, now=NOW):
    """Create a token; return its account and its text. One that declares has the perimeter of the hospital."""
    keys = perimeter if perimeter is not None else TILLEULS if TokenScope.DECLARE in scopes else Perimeter()
    return tokens.create_token(db, account, name, scopes, keys, days, now)


def acts_as(db, text, now=NOW + HOUR):
    return tokens.account_of(db, text, now)


def line(db):
    """Return the last line of the journal: act, outcome, actor, subject, after."""
    row = journal.read(db, None, JournalQuery(), NOW).to_pylist()[0]
    return (row["act"], row["outcome"], row["actor"], row["subject"], json.loads(row["after"] or "{}"))


def ask_for_a_second_factor(monkeypatch):
    monkeypatch.setenv("ROR_ADMINISTRATOR_SECOND_FACTOR", "1")
    settings.cache_clear()


# Creation


@pytest.mark.parametrize(
    ("scopes", "roles"),
    [
        ({TokenScope.READ}, {Role.COORDINATOR}),
        ({TokenScope.DECLARE}, {Role.MANAGER}),
        ({TokenScope.ADMINISTER}, {Role.ADMINISTRATOR}),
        ({TokenScope.REPORT}, {Role.PROFESSIONAL}),
        (set(TokenScope), set(Role)),
    ],
)
def test_a_token_acts_with_the_roles_of_its_scopes_within_its_perimeter(db, scopes, roles):
    account, text = create(db, *scopes)
    assert acts_as(db, text) == account
    assert (account.name, account.roles, account.login) == (NAME, roles, "")
    assert account.perimeter == (TILLEULS if TokenScope.DECLARE in scopes else Perimeter())


def test_the_text_is_long_and_random_and_only_its_hash_is_stored(db):
    texts = {create(db, TokenScope.READ)[1] for _ in range(20)}
    assert len(texts) == 20
    assert all(text.startswith(PREFIX) and len(text) == len(PREFIX) + 43 for text in texts)
    everything = "".join(str(rows(db, table)) for table in ("token", "account", "journal"))
    assert not any(text in everything or text.removeprefix(PREFIX) in everything for text in texts)


def test_the_creation_of_a_token_is_journalled_without_its_name_or_text(db):
    account, text = create(db, TokenScope.DECLARE, TokenScope.READ)
    after = {
        "action": "make",
        "scopes": ["declare", "read"],
        "structures": [HOSPITAL],
        "expires_at": (NOW + timedelta(days=30)).isoformat(),
    }
    assert line(db) == ("token", "done", ADELE.id, f"account:{account.id}", after)
    assert not {NAME, text} & set(str(rows(db, "journal")).split("'"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": " \u200b "}, "Nommez le système"),
        ({"name": "x" * 101}, "100 caractères"),
        ({"scopes": ()}, "au moins une chose"),
        ({"scopes": (TokenScope.DECLARE,), "perimeter": Perimeter()}, "dans un périmètre"),
        ({"scopes": (TokenScope.READ,), "perimeter": TILLEULS}, "Seul un jeton qui déclare"),
        ({"scopes": (TokenScope.DECLARE,), "perimeter": Perimeter(units=frozenset({"nowhere"}))}, "inconnues : nowhere"),
        ({"days": 0}, "de 1 à 366 jours"),
        ({"days": -3}, "de 1 à 366 jours"),
        ({"days": MAX_DAYS + 1}, "de 1 à 366 jours"),
    ],
)
def test_an_invalid_token_is_refused_with_a_sentence_and_nothing_is_written(db, changes, words):
    before = rows(db, "account"), rows(db, "token")
    with pytest.raises(Refused, match=words):
        create(db, *changes.pop("scopes", (TokenScope.READ,)), **changes)
    assert (rows(db, "account"), rows(db, "token")) == before


def test_a_name_is_stored_without_invisible_characters(db):
    assert create(db, TokenScope.READ, name="  Gestion\u202e des\n lits ")[0].name == "Gestion des lits"


def test_a_token_creates_no_other_token(db):
    account, text = create(db, TokenScope.ADMINISTER)
    with pytest.raises(Refused, match="ne fait pas d'autre jeton"):
        create(db, TokenScope.READ, account=acts_as(db, text))
    assert [row[0] for row in rows(db, "token")] == [account.id]


# Rights


def test_a_token_declares_within_its_perimeter_and_nowhere_else_and_is_named_as_the_author(db):
    account, text = create(db, TokenScope.DECLARE)
    declare.declare(db, acts_as(db, text), declare.DeclarationDraft(WARD, Counts(4)), NOW)
    with pytest.raises(Forbidden, match="pas dans votre périmètre"):
        declare.declare(db, acts_as(db, text), declare.DeclarationDraft(HALT, Counts(4)), NOW)
    units = consult.own_units(db, CAMILLE, consult.view(db, consult.current(db, CAMILLE), Filters(), NOW))
    own = consult.with_authors(db, units).to_pylist()
    assert {row["author"] for row in own if row["unit"] == WARD} == {NAME}
    refusal = journal.read(db, None, JournalQuery(), NOW).to_pylist()[0]
    assert (refusal["actor"], refusal["actor_name"], refusal["outcome"]) == (account.id, NAME, "refused")


def test_a_token_that_reads_consults_and_does_nothing_else(db):
    reader = acts_as(db, create(db, TokenScope.READ)[1])
    assert consult.current(db, reader)
    assert {action for action in Action if entitled(reader, action)} == {Action.ENTER, Action.CONSULT, Action.EXPORT}
    with pytest.raises(Forbidden):
        declare.declare(db, reader, declare.DeclarationDraft(WARD, Counts(4)), NOW)


def test_the_last_use_is_stored_to_the_minute(db):
    _, text = create(db, TokenScope.READ)
    for seconds in (0, 30, 59, 61, 90):
        acts_as(db, text, NOW + timedelta(seconds=seconds))
    (row,) = tokens.list_tokens(db, ADELE, NOW).to_pylist()
    assert row["used_at"] == NOW + timedelta(seconds=61)


# Expiry and revocation


def test_a_token_is_valid_until_its_expiry(db):
    _, text = create(db, TokenScope.READ, days=30)
    assert acts_as(db, text, NOW + 30 * DAY - timedelta(seconds=1))
    assert acts_as(db, text, NOW + 30 * DAY) is None


def test_a_token_created_while_the_clock_was_ahead_is_not_valid(db):
    assert acts_as(db, create(db, TokenScope.READ, now=NOW + 9 * 365 * DAY)[1]) is None


def test_a_revoked_token_is_refused_at_once_and_for_good(db):
    account, text = create(db, TokenScope.READ)
    tokens.revoke(db, ADELE, account.id, NOW)
    assert acts_as(db, text) is None
    assert line(db) == ("token", "done", ADELE.id, f"account:{account.id}", {"action": "revoke"})
    with pytest.raises(NotFound, match="déjà révoqué"):
        tokens.revoke(db, ADELE, account.id, NOW + HOUR)


@pytest.mark.parametrize("account", ["", "token-none", CAMILLE.id])
def test_an_unknown_token_is_not_revoked(db, account):
    with pytest.raises(NotFound):
        tokens.revoke(db, ADELE, account, NOW)
    with db.reader() as cursor:
        assert accounts.by_id(cursor, CAMILLE.id) == CAMILLE


def test_a_token_revoked_while_its_request_waits_to_write_is_refused(db):
    account, text = create(db, TokenScope.DECLARE)
    caller = acts_as(db, text)
    with ThreadPoolExecutor(1) as pool:
        with db.transaction() as transaction:
            waiting = pool.submit(declare.declare, db, caller, declare.DeclarationDraft(WARD, Counts(4)), NOW)
            stored_tokens.revoke(transaction, account.id, NOW)
        with pytest.raises(Forbidden, match="Ce jeton ne sert plus"):
            waiting.result()
    assert rows(db, "declaration") == []


@pytest.mark.parametrize("text", ["", "ror_", "ror_" + "x" * 43, "\ud800", "' OR 1=1 --", "x" * 100_000])
def test_an_unknown_token_gives_no_access(db, text):
    create(db, TokenScope.READ)
    assert acts_as(db, text) is None


def test_a_token_whose_account_is_disabled_gives_no_access(db):
    account, text = create(db, TokenScope.READ)
    store_account(db, replace(account, disabled=True))
    assert acts_as(db, text) is None


# The creator


LOST = {
    "disabled": lambda db: administer.disable(db, None, ADELE.id, NOW),
    "demoted": lambda db: store_account(db, replace(ADELE, roles=NO_ADMINISTRATOR, perimeter=TILLEULS)),
    "erased": lambda db: personal_data.erase(db, None, ADELE.id, NOW),
}


@pytest.mark.parametrize("lost", LOST)
def test_a_token_administers_only_while_its_creator_may_and_still_reads_and_declares(db, lost):
    _, text = create(db, *TokenScope)
    before = acts_as(db, text)
    with db.transaction() as transaction:
        accounts.add(transaction, OTHER, "hash")
    LOST[lost](db)
    assert acts_as(db, text).roles == {Role.COORDINATOR, Role.MANAGER, Role.PROFESSIONAL}
    with pytest.raises(Forbidden):
        administer.disable(db, before, DOMINIQUE.id, NOW)
    declare.declare(db, before, declare.DeclarationDraft(WARD, Counts(4)), NOW)
    (row,) = tokens.list_tokens(db, OTHER, NOW).to_pylist()
    assert not row["creator_administers"]


def test_a_token_administers_again_once_its_creator_may(db):
    _, text = create(db, TokenScope.ADMINISTER)
    store_account(db, replace(ADELE, disabled=True))
    assert not entitled(acts_as(db, text), Action.MANAGE_ACCOUNTS)
    store_account(db, ADELE)
    administer.disable(db, acts_as(db, text), DOMINIQUE.id, NOW)


def test_where_a_second_factor_is_required_a_token_needs_that_of_its_creator(db, monkeypatch):
    _, text = create(db, TokenScope.ADMINISTER)
    ask_for_a_second_factor(monkeypatch)
    assert not entitled(acts_as(db, text), Action.MANAGE_ACCOUNTS)
    store_account(db, replace(ADELE, second_factor=True))
    administer.disable(db, acts_as(db, text), DOMINIQUE.id, NOW)


def test_a_token_created_by_the_command_line_administers(db, monkeypatch):
    _, text = create(db, TokenScope.ADMINISTER, account=None)
    ask_for_a_second_factor(monkeypatch)
    administer.disable(db, acts_as(db, text), DOMINIQUE.id, NOW)
    (row,) = tokens.list_tokens(db, None, NOW).to_pylist()
    assert (row["made_by"], row["creator"], row["creator_administers"]) == ("", "", True)


# Nobody signs in with a token


def test_no_login_mail_or_identity_that_is_empty_opens_the_account_of_a_token(db):
    create(db, TokenScope.ADMINISTER)
    with db.reader() as cursor:
        assert accounts.by_login(cursor, "") is accounts.by_mail(cursor, "") is accounts.by_identity(cursor, "") is None
    for typed in ("", " ", "\u200b"):
        with pytest.raises(SignInFailed):
            sign_in.sign_in(db, typed, "", NOW)
    with pytest.raises(single_sign_on.SignOnFailed):
        single_sign_on.sign_in(db, "", NOW)


@pytest.mark.parametrize("kind", [tickets.SESSION, tickets.PENDING], ids=lambda kind: kind.name)
def test_no_ticket_opens_a_session_of_a_token(db, kind):
    account, _ = create(db, TokenScope.ADMINISTER)
    opening = sign_in.open_session if kind is tickets.SESSION else lambda *args: sign_in.second_step(*args[:2], "0", NOW)
    with pytest.raises(SignInFailed, match="a expiré"):
        opening(db, kind.issue(account), NOW)
    assert rows(db, "session") == []


AS_IF_A_PERSON = {
    "read": lambda db, one: administer.account_by_id(db, ADELE, one.id),
    "change": lambda db, one: administer.change_account(db, ADELE, one, administer.AccountDraft("x", "X", one.roles), NOW),
    "disable": lambda db, one: administer.disable(db, ADELE, one.id, NOW),
    "enable": lambda db, one: administer.enable(db, ADELE, one.id, NOW),
    "sign out": lambda db, one: administer.sign_out_everywhere(db, ADELE, one.id, NOW),
    "link": lambda db, one: links.create_link(db, ADELE, one.id, NOW),
    "second factor": lambda db, one: second_factor.remove_by_administrator(db, ADELE, one.id, NOW),
    "data": lambda db, one: personal_data.export(db, ADELE, one.id, NOW),
    "own data": lambda db, one: personal_data.export(db, one, one.id, NOW),
    "erase": lambda db, one: personal_data.erase(db, ADELE, one.id, NOW),
}


@pytest.mark.parametrize("name", AS_IF_A_PERSON)
def test_no_action_on_accounts_of_people_reaches_that_of_a_token(db, name):
    account, text = create(db, TokenScope.READ)
    with pytest.raises(NotFound):
        AS_IF_A_PERSON[name](db, account)
    assert acts_as(db, text) == account


def test_accounts_of_tokens_are_not_listed_with_those_of_people(db):
    account, _ = create(db, TokenScope.ADMINISTER)
    with db.reader() as cursor:
        assert accounts.count(cursor) == len(ACCOUNTS)
        assert accounts.enabled_administrators(cursor, besides=ADELE.id) == 0
    for search in ({"text": ""}, {"text": NAME}, {"text": "", "role": "administrator"}, {"text": "", "only": account.id}):
        assert account.id not in administer.search_accounts(db, ADELE, **search)["id"].to_pylist()
    with pytest.raises(Refused, match="dernier administrateur"):
        administer.disable(db, None, ADELE.id, NOW)


# The list


def test_every_token_is_listed_newest_first_with_its_scopes_and_state(db):
    create(db, TokenScope.READ, name="Ancien", days=1)
    revoked, _ = create(db, TokenScope.READ, name="Retiré", now=NOW + HOUR, account=None)
    perimeter = Perimeter(frozenset({LINDENS}), frozenset({HOSPITAL}), frozenset({HALT}))
    create(db, TokenScope.DECLARE, TokenScope.READ, now=NOW + 2 * HOUR, perimeter=perimeter)
    tokens.revoke(db, ADELE, revoked.id, NOW + 3 * HOUR)
    newest, middle, oldest = tokens.list_tokens(db, ADELE, NOW + 2 * DAY).to_pylist()
    assert [row["name"] for row in (newest, middle, oldest)] == [NAME, "Retiré", "Ancien"]
    assert [row["state"] for row in (newest, middle, oldest)] == ["active", "revoked", "expired"]
    assert [row["creator"] for row in (newest, middle, oldest)] == [ADELE.name, "", ADELE.name]
    assert newest["roles"] == [Role.COORDINATOR, Role.MANAGER]
    assert [(entry["kind"], entry["key"]) for entry in newest["perimeter"]] == [
        ("legal_entity", LINDENS),
        ("structure", HOSPITAL),
        ("unit", HALT),
    ]
    assert (oldest["perimeter"], middle["revoked_at"]) == ([], NOW + 3 * HOUR)


def test_without_tokens_the_list_is_empty(db):
    assert tokens.list_tokens(db, ADELE, NOW).num_rows == 0


def test_a_transaction_reads_the_present_rights_of_a_token(db):
    account, _ = create(db, *TokenScope)
    with db.reader() as cursor:
        assert rights.current_account(cursor, account) == account
