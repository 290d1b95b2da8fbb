"""The gestures of an administrator on accounts: open, change, disable, enable, sign out everywhere.

`actor` None is the command line. Every gesture raises `Forbidden`, journalled, without the right, and `Refused` against a
rule.
"""

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from ror.errors import NotFound, Outdated, Refused
from ror.model.journal import Act
from ror.model.passwords import check_password
from ror.model.rights import ERASED, Account, Action, Perimeter, Role
from ror.model.text import plain
from ror.services import journal
from ror.services.accounts.hashing import hashed
from ror.store import accounts, perimeter, sessions
from ror.store.engine.database import Cursor, Database, Transaction

LONGEST_NAME = 100
LONGEST_MAIL = 254
MOST_ENTRIES = 8
"""Entries of each kind that a search of the perimeter gives."""
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
_TAKEN = {
    "login": "L'identifiant {0.login} est déjà pris : choisissez-en un autre.",
    "mail": "L'adresse {0.mail} est déjà celle d'un autre compte : chaque compte a la sienne.",
    "identity": "L'identité {0.identity} est déjà celle d'un autre compte : chaque compte a la sienne.",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What is typed of an account; checked when it is written. `identity` is what single sign-on knows it by."""

    login: str
    name: str
    roles: frozenset[Role]
    perimeter: Perimeter = field(default_factory=Perimeter)
    mail: str = ""
    identity: str = ""


def check_new(db: Database, actor: Account | None, draft: Draft) -> None:
    """Refuse, before a password is asked for, what `create_account` would refuse of all the rest. Raises `Forbidden`."""
    with _reading(db, actor) as cursor:
        _check_known(cursor, _drawn_up(draft, Account("", "", "", frozenset())))


def create_account(db: Database, actor: Account | None, draft: Draft, now: datetime, password: str | None = None) -> Account:
    """Open an account; without a password it waits for a one-time link."""
    account = _drawn_up(draft, Account(secrets.token_hex(8), "", "", frozenset()))
    if password is not None:
        check_password(password, (account.login, account.name, account.mail), administrator=_administers(account))
    subject = f"account:{account.id}"
    with journal.authorized_transaction(db, actor, Action.MANAGE_ACCOUNTS, Act.ACCOUNT, subject, now) as transaction:
        _check_known(transaction.cursor, account)
        accounts.add(transaction, account, hashed(password) if password is not None else "")
        journal.record(transaction, Act.ACCOUNT, actor, subject, now, after={"gesture": "create", **_rights(account)})
    return account


def change_account(db: Database, actor: Account | None, seen: Account, draft: Draft, now: datetime) -> Account:
    """Change names, mail, identity, roles and perimeter of an account; raises `Outdated` if it is no longer as `seen`.

    Another mail voids the link sent to the one before; another identity closes the sessions that the one before opened.
    Whoever becomes an administrator chooses a password again, by a one-time link: theirs was held to a lesser rule.
    """
    with _on(db, actor, seen.id, Act.RIGHTS, now) as (transaction, account):
        if replace(seen, disabled=account.disabled, second_factor=account.second_factor) != account:
            raise Outdated("Ce compte a été modifié entre-temps par quelqu'un d'autre : reprenez-le tel qu'il est maintenant.")
        changed = _drawn_up(draft, account)
        _check_known(transaction.cursor, changed)
        promoted = _administers(changed) and not _administers(account)
        if _administers(account) and not _administers(changed):
            _keep_an_administrator(transaction.cursor, actor, account, "retirer votre propre rôle d'administrateur")
        accounts.change(transaction, changed)
        subject = f"account:{account.id}"
        fields = [name for name in ("login", "name", "mail", "identity") if getattr(changed, name) != getattr(account, name)]
        if fields:
            journal.record(transaction, Act.ACCOUNT, actor, subject, now, after={"gesture": "change", "fields": fields})
        if _rights(changed) != _rights(account):
            journal.record(transaction, Act.RIGHTS, actor, subject, now, before=_rights(account), after=_rights(changed))
        if "mail" in fields:
            sessions.drop_links(transaction, account.id)
        if promoted:
            accounts.set_password(transaction, account.id, "")
        if promoted or "identity" in fields:
            sessions.close_sessions(transaction, account.id, now)
    return changed


def disable(db: Database, actor: Account | None, account_id: str, now: datetime) -> Account:
    """Nobody signs in with the account any more: its sessions are closed, its one-time links void."""
    with _on(db, actor, account_id, Act.ACCOUNT, now) as (transaction, account):
        _keep_an_administrator(transaction.cursor, actor, account, "désactiver votre propre compte")
        accounts.change(transaction, replace(account, disabled=True))
        sessions.drop_links(transaction, account_id)
        closed = sessions.close_sessions(transaction, account_id, now)
        after = {"disabled": True, "sessions_closed": closed}
        journal.record(
            transaction, Act.ACCOUNT, actor, f"account:{account_id}", now, before={"disabled": account.disabled}, after=after
        )
    return replace(account, disabled=True)


def enable(db: Database, actor: Account | None, account_id: str, now: datetime) -> Account:
    """The account signs in again, with the password and the rights that it had."""
    with _on(db, actor, account_id, Act.ACCOUNT, now) as (transaction, account):
        accounts.change(transaction, replace(account, disabled=False))
        before, after = {"disabled": account.disabled}, {"disabled": False}
        journal.record(transaction, Act.ACCOUNT, actor, f"account:{account_id}", now, before=before, after=after)
    return replace(account, disabled=False)


def sign_out_everywhere(db: Database, actor: Account | None, account_id: str, now: datetime) -> int:
    """Close every session of an account; returns how many there were."""
    with _on(db, actor, account_id, Act.SESSIONS_CLOSED, now) as (transaction, _):
        closed = sessions.close_sessions(transaction, account_id, now)
        journal.record(transaction, Act.SESSIONS_CLOSED, actor, f"account:{account_id}", now, after={"sessions_closed": closed})
    return closed


def accounts_found(db: Database, actor: Account | None, text: str, role: str = "", state: str = "", only: str = "") -> pa.Table:
    """The accounts that a search finds, or the `only` one: the columns of `store.accounts.found`. Raises `Forbidden`."""
    with _reading(db, actor, f"account:{only}" if only else "accounts") as cursor:
        return accounts.found(cursor, plain(text).split(), role, state, only)


def account_named(db: Database, actor: Account | None, account_id: str) -> Account:
    """An account by its id, as it stands now. Raises `Forbidden`, `NotFound`."""
    with _reading(db, actor, f"account:{account_id}") as cursor:
        return _existing(accounts.by_id(cursor, account_id))


def account_with_login(db: Database, actor: Account | None, login: str) -> Account:
    """The account of a login, case ignored. Raises `Forbidden`, `NotFound`."""
    with _reading(db, actor) as cursor:
        found = accounts.by_login(cursor, plain(login))
    return _existing(found[0] if found else None)


def perimeter_found(db: Database, actor: Account | None, text: str) -> pa.Table:
    """What a manager may be made to answer for: the columns of `store.perimeter.search`. Raises `Forbidden`."""
    with _reading(db, actor) as cursor:
        return perimeter.search(cursor, text, MOST_ENTRIES)


def perimeter_named(db: Database, actor: Account | None, held: Perimeter) -> pa.Table:
    """The entries of a perimeter with their names: the columns of `store.perimeter.search`. Raises `Forbidden`."""
    with _reading(db, actor) as cursor:
        return perimeter.entries_of(cursor, held)


@contextmanager
def _reading(db: Database, actor: Account | None, subject: str = "accounts") -> Iterator[Cursor]:
    journal.require(db, actor, Action.MANAGE_ACCOUNTS, Act.ACCOUNT, subject, datetime.now(UTC))
    with db.reader() as cursor:
        yield cursor


@contextmanager
def _on(db: Database, actor: Account | None, account_id: str, act: Act, now: datetime) -> Iterator[tuple[Transaction, Account]]:
    """The transaction of a gesture on an account that exists and was not erased."""
    with journal.authorized_transaction(db, actor, Action.MANAGE_ACCOUNTS, act, f"account:{account_id}", now) as transaction:
        account = _existing(accounts.by_id(transaction.cursor, account_id))
        if account.erased:
            raise Refused("Ce compte a été effacé : il ne peut plus être modifié.")
        yield transaction, account


def _existing(account: Account | None) -> Account:
    if account is None or account.of_token:
        raise NotFound("Ce compte n'existe pas : cherchez-le dans la liste.")
    return account


def _drawn_up(draft: Draft, account: Account) -> Account:
    """The account as the draft wants it. Raises `Refused` for what no account can be."""
    login, name, mail, identity = (plain(text) for text in (draft.login, draft.name, draft.mail, draft.identity))
    if not login or not name:
        raise Refused("Indiquez un identifiant et un nom.")
    if " " in login or len(login) > LONGEST_NAME:
        raise Refused(f"Un identifiant n'a pas d'espace et compte {LONGEST_NAME} caractères au plus.")
    if login.lower().startswith(ERASED):
        raise Refused(f"« {ERASED} » commence les identifiants des comptes effacés : choisissez-en un autre.")
    if len(name) > LONGEST_NAME:
        raise Refused(f"Un nom compte {LONGEST_NAME} caractères au plus : abrégez-le.")
    if mail and (len(mail) > LONGEST_MAIL or not _MAIL.fullmatch(mail)):
        raise Refused("Cette adresse de courriel n'en est pas une : elle s'écrit comme prenom.nom@exemple.fr.")
    if len(identity) > LONGEST_MAIL:
        raise Refused(f"Une identité de connexion unique compte {LONGEST_MAIL} caractères au plus.")
    if not draft.roles:
        raise Refused("Choisissez au moins un rôle.")
    if Role.MANAGER in draft.roles and not draft.perimeter:
        raise Refused(
            "Un responsable de disponibilités répond d'au moins une structure, une entité juridique ou une unité : "
            "complétez son périmètre."
        )
    # Nobody keeps a perimeter that would be theirs again, unseen, the day they are made a manager.
    held = draft.perimeter if Role.MANAGER in draft.roles else Perimeter()
    return replace(account, login=login, name=name, roles=draft.roles, perimeter=held, mail=mail, identity=identity)


def _check_known(cursor: Cursor, account: Account) -> None:
    """What the database alone can refuse: a name already taken, a perimeter that is nowhere."""
    for name in accounts.taken(cursor, account):
        raise Refused(_TAKEN[name].format(account))
    check_perimeter(cursor, account.perimeter)


def check_perimeter(cursor: Cursor, held: Perimeter) -> None:
    """Raises `Refused` for a perimeter of what the registry does not have."""
    if unknown := perimeter.unknown_keys(cursor, held):
        raise Refused(
            f"Entités, structures ou unités inconnues : {', '.join(unknown)}. Corrigez le périmètre, ou importez-les d'abord."
        )


def _keep_an_administrator(cursor: Cursor, actor: Account | None, account: Account, own: str) -> None:
    """Raises `Refused` for what would leave nobody to administer, or whoever does it without a way back."""
    if actor is not None and actor.id == account.id:
        raise Refused(f"Vous ne pouvez pas {own} : demandez-le à un autre administrateur.")
    if _administers(account) and not account.disabled and not accounts.enabled_administrators(cursor, besides=account.id):
        raise Refused(
            "C'est le dernier administrateur qui peut se connecter : nommez-en d'abord un autre, et attendez qu'il ait choisi "
            "son mot de passe."
        )


def _administers(account: Account) -> bool:
    return Role.ADMINISTRATOR in account.roles


def _rights(account: Account) -> Mapping[str, Any]:
    """Roles and perimeter as the journal keeps them: codes and keys."""
    return {"roles": sorted(map(str, account.roles)), **perimeter_keys(account.perimeter)}


def perimeter_keys(held: Perimeter) -> Mapping[str, list[str]]:
    """A perimeter as the journal keeps it."""
    keys = {"legal_entities": held.legal_entities, "structures": held.structures, "units": held.units}
    return {name: sorted(values) for name, values in keys.items() if values}
