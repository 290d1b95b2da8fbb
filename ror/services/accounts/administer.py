"""Administer accounts: create, change, disable, enable, sign out everywhere.

`account` is the account signed in, None for the command line; `target` is the account acted on. Every function raises
`Forbidden`, journalled, without the right, and those that write raise `Refused` when a rule is broken.
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
from ror.services.accounts.hashing import hash_password
from ror.store import accounts, perimeter, sessions
from ror.store.engine.database import Cursor, Database, Transaction

LONGEST_NAME = 100
LONGEST_MAIL = 254
MOST_ENTRIES = 8
"""The most entries of each kind that a search of the perimeter returns."""
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
_TAKEN = {
    "login": "L'identifiant {0.login} est déjà pris : choisissez-en un autre.",
    "mail": "L'adresse {0.mail} est déjà celle d'un autre compte : chaque compte a la sienne.",
    "identity": "L'identité {0.identity} est déjà celle d'un autre compte : chaque compte a la sienne.",
}


@dataclass(frozen=True, slots=True)
class AccountDraft:
    """An account as it was typed; checked when it is written. `identity` is its identifier in single sign-on."""

    login: str
    name: str
    roles: frozenset[Role]
    perimeter: Perimeter = field(default_factory=Perimeter)
    mail: str = ""
    identity: str = ""


def check_new_account(db: Database, account: Account | None, draft: AccountDraft) -> None:
    """Check all of a new account but its password, before the password is asked for. Raises `Forbidden`, `Refused`."""
    with _read(db, account) as cursor:
        _check_against_store(cursor, _built(draft, Account("", "", "", frozenset())))


def create_account(
    db: Database, account: Account | None, draft: AccountDraft, now: datetime, password: str | None = None
) -> Account:
    """Create an account and return it; without a password it waits for a one-time link."""
    target = _built(draft, Account(secrets.token_hex(8), "", "", frozenset()))
    if password is not None:
        check_password(password, (target.login, target.name, target.mail), administrator=_administers(target))
    subject = f"account:{target.id}"
    with journal.authorized_transaction(db, account, Action.MANAGE_ACCOUNTS, Act.ACCOUNT, subject, now) as transaction:
        _check_against_store(transaction.cursor, target)
        accounts.add(transaction, target, hash_password(password) if password is not None else "")
        journal.record(transaction, Act.ACCOUNT, account, subject, now, after={"gesture": "create", **_rights(target)})
    return target


def change_account(db: Database, account: Account | None, original: Account, draft: AccountDraft, now: datetime) -> Account:
    """Change the names, mail, identity, roles and perimeter of an account, and return it.

    `original` is the account that the change was typed for: raises `Outdated` when it changed since. Another mail voids the
    link sent to the previous one; another identity closes the sessions that the previous one opened. An account that becomes an
    administrator must choose a new password by a one-time link: its own followed a weaker rule.
    """
    with _changing(db, account, original.id, Act.RIGHTS, now) as (transaction, target):
        # What colleagues handed over meanwhile is no part of what was typed.
        keys = replace(original.perimeter, received=target.perimeter.received)
        if replace(original, disabled=target.disabled, second_factor=target.second_factor, perimeter=keys) != target:
            raise Outdated("Ce compte a été modifié entre-temps par quelqu'un d'autre : reprenez-le tel qu'il est maintenant.")
        changed = _built(draft, target)
        _check_against_store(transaction.cursor, changed)
        promoted = _administers(changed) and not _administers(target)
        if _administers(target) and not _administers(changed):
            _check_administrator_remains(transaction.cursor, account, target, "retirer votre propre rôle d'administrateur")
        accounts.change(transaction, changed)
        subject = f"account:{target.id}"
        fields = [name for name in ("login", "name", "mail", "identity") if getattr(changed, name) != getattr(target, name)]
        if fields:
            journal.record(transaction, Act.ACCOUNT, account, subject, now, after={"gesture": "change", "fields": fields})
        if _rights(changed) != _rights(target):
            journal.record(transaction, Act.RIGHTS, account, subject, now, before=_rights(target), after=_rights(changed))
        if "mail" in fields:
            sessions.delete_links(transaction, target.id)
        if promoted:
            accounts.set_password(transaction, target.id, "")
        if promoted or "identity" in fields:
            sessions.close_sessions(transaction, target.id, now)
    return changed


def disable(db: Database, account: Account | None, target_id: str, now: datetime) -> Account:
    """Disable an account: close its sessions, void its one-time links and let nobody sign in with it."""
    with _changing(db, account, target_id, Act.ACCOUNT, now) as (transaction, target):
        _check_administrator_remains(transaction.cursor, account, target, "désactiver votre propre compte")
        accounts.change(transaction, replace(target, disabled=True))
        sessions.delete_links(transaction, target_id)
        closed = sessions.close_sessions(transaction, target_id, now)
        before, after = {"disabled": target.disabled}, {"disabled": True, "sessions_closed": closed}
        journal.record(transaction, Act.ACCOUNT, account, f"account:{target_id}", now, before=before, after=after)
    return replace(target, disabled=True)


def enable(db: Database, account: Account | None, target_id: str, now: datetime) -> Account:
    """Enable a disabled account, with the password and the rights that it had."""
    with _changing(db, account, target_id, Act.ACCOUNT, now) as (transaction, target):
        accounts.change(transaction, replace(target, disabled=False))
        before, after = {"disabled": target.disabled}, {"disabled": False}
        journal.record(transaction, Act.ACCOUNT, account, f"account:{target_id}", now, before=before, after=after)
    return replace(target, disabled=False)


def sign_out_everywhere(db: Database, account: Account | None, target_id: str, now: datetime) -> int:
    """Close every session of an account; return the number of sessions closed."""
    with _changing(db, account, target_id, Act.SESSIONS_CLOSED, now) as (transaction, _):
        closed = sessions.close_sessions(transaction, target_id, now)
        journal.record(
            transaction, Act.SESSIONS_CLOSED, account, f"account:{target_id}", now, after={"sessions_closed": closed}
        )
    return closed


def search_accounts(
    db: Database, account: Account | None, text: str, role: str = "", state: str = "", only: str = ""
) -> pa.Table:
    """Return the accounts that match a search, or the one with the id `only`. Raises `Forbidden`.

    Columns: those of `store.accounts.search`.
    """
    with _read(db, account, f"account:{only}" if only else "accounts") as cursor:
        return accounts.search(cursor, plain(text).split(), role, state, only)


def account_by_id(db: Database, account: Account | None, target_id: str) -> Account:
    """Return the present state of an account. Raises `Forbidden`, `NotFound`."""
    with _read(db, account, f"account:{target_id}") as cursor:
        return _existing(accounts.by_id(cursor, target_id))


def account_by_login(db: Database, account: Account | None, login: str) -> Account:
    """Return the account of a login, case ignored. Raises `Forbidden`, `NotFound`."""
    with _read(db, account) as cursor:
        match = accounts.by_login(cursor, plain(login))
    return _existing(match[0] if match else None)


def search_perimeter(db: Database, account: Account | None, text: str) -> pa.Table:
    """Return the entries that match a search and that a perimeter may hold. Raises `Forbidden`.

    Columns: those of `store.perimeter.search`.
    """
    with _read(db, account) as cursor:
        return perimeter.search(cursor, text, MOST_ENTRIES)


def perimeter_entries(db: Database, account: Account | None, keys: Perimeter) -> pa.Table:
    """Return the entries of a perimeter with their names. Raises `Forbidden`.

    Columns: those of `store.perimeter.search`.
    """
    with _read(db, account) as cursor:
        return perimeter.entries_of(cursor, keys)


@contextmanager
def _read(db: Database, account: Account | None, subject: str = "accounts") -> Iterator[Cursor]:
    """Yield a reader for an account that may administer accounts. Raises `Forbidden`, journalled."""
    journal.require(db, account, Action.MANAGE_ACCOUNTS, Act.ACCOUNT, subject, datetime.now(UTC))
    with db.reader() as cursor:
        yield cursor


@contextmanager
def _changing(
    db: Database, account: Account | None, target_id: str, act: Act, now: datetime
) -> Iterator[tuple[Transaction, Account]]:
    """Yield the transaction of a change, and its target, which exists and was not erased."""
    with journal.authorized_transaction(db, account, Action.MANAGE_ACCOUNTS, act, f"account:{target_id}", now) as transaction:
        target = _existing(accounts.by_id(transaction.cursor, target_id))
        if target.erased:
            raise Refused("Ce compte a été effacé : il ne peut plus être modifié.")
        yield transaction, target


def _existing(account: Account | None) -> Account:
    if account is None or account.of_token:
        raise NotFound("Ce compte n'existe pas : cherchez-le dans la liste.")
    return account


def _built(draft: AccountDraft, account: Account) -> Account:
    """Return the account with the values of the draft. Raises `Refused` when one of them is not valid."""
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
    # Without the role the perimeter is dropped: it must not come back unnoticed with the role.
    keys = draft.perimeter if Role.MANAGER in draft.roles else Perimeter()
    return replace(account, login=login, name=name, roles=draft.roles, perimeter=keys, mail=mail, identity=identity)


def _check_against_store(cursor: Cursor, account: Account) -> None:
    """Raise `Refused` when another account has the login, mail or identity, or when the perimeter does not exist."""
    for name in accounts.taken_fields(cursor, account):
        raise Refused(_TAKEN[name].format(account))
    check_perimeter(cursor, account.perimeter)


def check_perimeter(cursor: Cursor, keys: Perimeter) -> None:
    """Raise `Refused` when the registry lacks an entry of the perimeter."""
    if unknown := perimeter.unknown_keys(cursor, keys):
        raise Refused(
            f"Entités, structures ou unités inconnues : {', '.join(unknown)}. Corrigez le périmètre, ou importez-les d'abord."
        )


def _check_administrator_remains(cursor: Cursor, account: Account | None, target: Account, action: str) -> None:
    """Raise `Refused` when the target is the account itself, or the last administrator who can sign in.

    `action` is in French, for the message of the first case.
    """
    if account is not None and account.id == target.id:
        raise Refused(f"Vous ne pouvez pas {action} : demandez-le à un autre administrateur.")
    if _administers(target) and not target.disabled and not accounts.enabled_administrators(cursor, besides=target.id):
        raise Refused(
            "C'est le dernier administrateur qui peut se connecter : nommez-en d'abord un autre, et attendez qu'il ait choisi "
            "son mot de passe."
        )


def _administers(account: Account) -> bool:
    return Role.ADMINISTRATOR in account.roles


def _rights(account: Account) -> Mapping[str, Any]:
    """Return the roles and the perimeter of an account as the journal stores them: codes and keys."""
    return {"roles": sorted(map(str, account.roles)), **perimeter_keys(account.perimeter)}


def perimeter_keys(keys: Perimeter) -> Mapping[str, list[str]]:
    """Return the keys of a perimeter as the journal stores them."""
    by_kind = {"legal_entities": keys.legal_entities, "structures": keys.structures, "units": keys.units}
    return {kind: sorted(values) for kind, values in by_kind.items() if values}
