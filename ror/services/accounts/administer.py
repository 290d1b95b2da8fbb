"""Administer accounts: create, change, disable, enable, sign out everywhere.

`account` is the account signed in, None for the command line; `target` is the account acted on. Every function raises
`Forbidden`, journalled, without the right, and those that write raise `Refused` when a rule is broken.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa

from ror.errors import Outdated
from ror.model.journal import Act
from ror.model.passwords import check_password
from ror.model.rights import Account, Action, Perimeter
from ror.model.text import plain
from ror.services import journal
from ror.services.accounts.account_rules import (
    AccountDraft as AccountDraft,
)
from ror.services.accounts.account_rules import (
    account_from_draft,
    administers,
    changeable,
    check_administrator_remains,
    check_against_store,
    require_existing,
    rights_values,
)
from ror.services.accounts.hashing import hash_password
from ror.store import accounts, invitations, perimeter, reminders, sessions
from ror.store.engine.database import Cursor, Database, Transaction

MAX_ENTRIES = 8
"""The most entries of each kind that a search of the perimeter returns."""


def check_new_account(db: Database, account: Account | None, draft: AccountDraft) -> None:
    """Check all of a new account but its password, before the password is asked for. Raises `Forbidden`, `Refused`."""
    with _read(db, account) as cursor:
        check_against_store(cursor, account_from_draft(draft, Account("", "", "", frozenset())))


def create_account(
    db: Database, account: Account | None, draft: AccountDraft, now: datetime, password: str | None = None
) -> Account:
    """Create an account and return it; without a password it waits for a one-time link.

    Raises `Forbidden`, journalled, and `Refused` for what was typed.
    """
    target = new_account(draft)
    if password is not None:
        check_password(password, (target.login, target.name, target.mail), administrator=administers(target))
    subject = f"account:{target.id}"
    with journal.authorized_transaction(db, account, Action.MANAGE_ACCOUNTS, Act.ACCOUNT, subject, now) as transaction:
        check_against_store(transaction.cursor, target)
        accounts.add(transaction, target, hash_password(password) if password is not None else "")
        journal.record_all(transaction, account, [creation_entry(target)], now)
    return target


def new_account(draft: AccountDraft) -> Account:
    """Return a new account with the values of a draft, not written yet. Raises `Refused`."""
    return account_from_draft(draft, Account(secrets.token_hex(8), "", "", frozenset()))


def creation_entry(target: Account) -> journal.JournalEntry:
    """Return the line of the journal of a new account."""
    return journal.JournalEntry(Act.ACCOUNT, f"account:{target.id}", after={"action": "create", **rights_values(target)})


def change_account(db: Database, account: Account | None, original: Account, draft: AccountDraft, now: datetime) -> Account:
    """Change the names, mail, identity, roles and perimeter of an account, and return it.

    `original` is the account that the change was typed for: raises `Outdated` when it changed since. Another mail voids the
    links sent to the previous one; another identity closes the sessions that the previous one opened. An account that becomes
    an administrator must choose a new password by a one-time link: its own followed a weaker rule.
    """
    with _changing(db, account, original.id, Act.RIGHTS, now) as (transaction, target):
        check_unchanged(original, target)
        changed = account_from_draft(draft, target)
        check_against_store(transaction.cursor, changed)
        promoted = administers(changed) and not administers(target)
        if administers(target) and not administers(changed):
            check_administrator_remains(transaction.cursor, account, target, "retirer votre propre rôle d'administrateur")
        accounts.change(transaction, changed)
        journal.record_all(transaction, account, change_entries(target, changed), now)
        if changed.mail != target.mail:
            void_links(transaction, target.id, now)
        if promoted:
            accounts.set_password(transaction, target.id, "")
        if promoted or changed.identity != target.identity:
            sessions.close_sessions(transaction, target.id, now)
    return changed


def check_unchanged(original: Account, target: Account) -> None:
    """Raise `Outdated` when the stored account `target` is no longer `original`, which a change was typed for."""
    # Units that colleagues handed over meanwhile are not part of the form.
    keys = replace(original.perimeter, received=target.perimeter.received)
    if replace(original, disabled=target.disabled, second_factor=target.second_factor, perimeter=keys) != target:
        raise Outdated("Ce compte a été modifié entre-temps par quelqu'un d'autre : reprenez-le tel qu'il est maintenant.")


def change_entries(target: Account, changed: Account) -> list[journal.JournalEntry]:
    """Return the journal lines of a change of an account: the names of the fields, and the rights before and after."""
    subject, entries = f"account:{target.id}", []
    fields = [name for name in ("login", "name", "mail", "identity") if getattr(changed, name) != getattr(target, name)]
    if fields:
        entries.append(journal.JournalEntry(Act.ACCOUNT, subject, after={"action": "change", "fields": fields}))
    before, after = rights_values(target), rights_values(changed)
    if before != after:
        entries.append(journal.JournalEntry(Act.RIGHTS, subject, before, after))
    return entries


def void_links(transaction: Transaction, target_id: str, now: datetime) -> None:
    """Void the links, the invitation and those of reminders, that were sent to a previous mail address."""
    sessions.delete_links(transaction, target_id)
    invitations.delete(transaction, target_id)
    reminders.revoke_all(transaction, target_id, now)


def disable(db: Database, account: Account | None, target_id: str, now: datetime) -> Account:
    """Disable an account and return it: close its sessions, void its links and its invitation, so that nobody signs in."""
    with _changing(db, account, target_id, Act.ACCOUNT, now) as (transaction, target):
        check_administrator_remains(transaction.cursor, account, target, "désactiver votre propre compte")
        accounts.change(transaction, replace(target, disabled=True))
        sessions.delete_links(transaction, target_id)
        invitations.delete(transaction, target_id)
        closed = sessions.close_sessions(transaction, target_id, now)
        before, after = {"disabled": target.disabled}, {"disabled": True, "sessions_closed": closed}
        journal.record(transaction, Act.ACCOUNT, account, f"account:{target_id}", now, before=before, after=after)
    return replace(target, disabled=True)


def enable(db: Database, account: Account | None, target_id: str, now: datetime) -> Account:
    """Enable a disabled account, with the password and the rights that it had, and return it."""
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
        return require_existing(accounts.by_id(cursor, target_id))


def account_by_login(db: Database, account: Account | None, login: str) -> Account:
    """Return the account of a login, case ignored. Raises `Forbidden`, `NotFound`."""
    with _read(db, account) as cursor:
        match = accounts.by_login(cursor, plain(login))
    return require_existing(match[0] if match else None)


def search_perimeter(db: Database, account: Account | None, text: str) -> pa.Table:
    """Return the entries that match a search and that a perimeter may hold. Raises `Forbidden`.

    Columns: those of `store.perimeter.search`.
    """
    with _read(db, account) as cursor:
        return perimeter.search(cursor, text, MAX_ENTRIES)


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
        yield transaction, changeable(accounts.by_id(transaction.cursor, target_id))
