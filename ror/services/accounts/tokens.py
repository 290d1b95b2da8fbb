"""The gestures on tokens: make, revoke, list; and whose a token is. `actor` None is the command line."""

import hashlib
import secrets
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from ror.errors import NotFound, Refused, Unavailable
from ror.model.journal import Act
from ror.model.rights import Account, Action, Perimeter
from ror.model.text import plain
from ror.model.tokens import ACCOUNT_PREFIX, LONGEST_DAYS, Scope, TokenState, generate_token
from ror.services import journal
from ror.services.accounts.administer import LONGEST_NAME, check_perimeter, perimeter_keys
from ror.services.rights import may_administer, of_token
from ror.store import accounts, tokens
from ror.store.engine.database import Database

_TOUCH = timedelta(minutes=1)
"""The last use of a token is noted to this precision: reading must not write each time."""


def make(
    db: Database,
    actor: Account | None,
    name: str,
    scopes: Collection[Scope],
    perimeter: Perimeter,
    days: int,
    now: datetime,
) -> tuple[Account, str]:
    """Make a token for a system: the account that it acts as, and its text, which is shown once and never stored.

    Raises `Forbidden`, or `Refused` for a missing name, no scope, a perimeter without the scope to declare or the reverse,
    a perimeter of what the registry does not have, a time that is not from 1 day to `LONGEST_DAYS`, and to a token: one
    that was found out must not outlive its own time by another.
    """
    name = plain(name)
    _check(name, scopes, perimeter, days)
    account = Account(ACCOUNT_PREFIX + secrets.token_hex(6), "", name, frozenset(scope.role for scope in scopes), perimeter)
    text, subject = generate_token(), f"account:{account.id}"
    with journal.authorized_transaction(db, actor, Action.MANAGE_ACCOUNTS, Act.TOKEN, subject, now) as transaction:
        if actor is not None and actor.of_token:
            raise Refused("Un jeton ne fait pas d'autre jeton : un administrateur le fait, dans « Administration ».")
        check_perimeter(transaction.cursor, perimeter)
        accounts.add(transaction, account)
        expires_at = now + timedelta(days=days)
        tokens.add(transaction, account.id, _hash(text), actor.id if actor else "", now, expires_at)
        kept = {"scopes": sorted(scopes), **perimeter_keys(perimeter), "expires_at": expires_at.isoformat()}
        journal.record(transaction, Act.TOKEN, actor, subject, now, after={"gesture": "make", **kept})
    return account, text


def _check(name: str, scopes: Collection[Scope], perimeter: Perimeter, days: int) -> None:
    if not 0 < len(name) <= LONGEST_NAME:
        raise Refused(f"Nommez le système qui se servira du jeton, en {LONGEST_NAME} caractères au plus.")
    if not scopes:
        raise Refused("Choisissez au moins une chose que le jeton permet.")
    if Scope.DECLARE in scopes and not perimeter:
        raise Refused("Un jeton qui déclare le fait dans un périmètre : choisissez au moins une structure, entité ou unité.")
    if perimeter and Scope.DECLARE not in scopes:
        raise Refused("Seul un jeton qui déclare a un périmètre : permettez-lui de déclarer, ou retirez le périmètre.")
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused(f"Choisissez une durée de 1 à {LONGEST_DAYS} jours.")


def revoke(db: Database, actor: Account | None, account_id: str, now: datetime) -> None:
    """A token serves no more, at once and for good. Raises `Forbidden`, or `NotFound`."""
    subject = f"account:{account_id}"
    with journal.authorized_transaction(db, actor, Action.MANAGE_ACCOUNTS, Act.TOKEN, subject, now) as transaction:
        if not tokens.revoke(transaction, account_id, now):
            raise NotFound("Ce jeton n'existe pas, ou est déjà révoqué.")
        journal.record(transaction, Act.TOKEN, actor, subject, now, after={"gesture": "revoke"})


def known(db: Database, actor: Account | None, now: datetime) -> pa.Table:
    """Every token, newest first. Raises `Forbidden`.

    The columns of `store.tokens.all_tokens`, then state (a `TokenState`) and upheld (whether who made it may still administer).
    """
    journal.require(db, actor, Action.MANAGE_ACCOUNTS, Act.TOKEN, "tokens", now)
    with db.reader() as cursor:
        found = tokens.all_tokens(cursor)
        makers = {maker: may_administer(cursor, maker) for maker in found["made_by"].unique().to_pylist()}
    states = pa.array([str(_state(row, now)) for row in found.to_pylist()], pa.string())
    upheld = pa.array([makers[maker] for maker in found["made_by"].to_pylist()], pa.bool_())
    return found.append_column("state", states).append_column("upheld", upheld)


def _state(row: Mapping[str, Any], now: datetime) -> TokenState:
    if row["revoked_at"] is not None:
        return TokenState.REVOKED
    return TokenState.ACTIVE if row["expires_at"] > now else TokenState.EXPIRED


def account_of(db: Database, text: str, now: datetime) -> Account | None:
    """The account that a token acts as, with its rights as they stand; None for one unknown, revoked or past its time."""
    token_hash = _hash(text)
    with db.reader() as cursor:
        found = tokens.account_of(cursor, token_hash, now)
        if found is None:
            return None
        account_id, maker, used_at = found
        account = accounts.by_id(cursor, account_id)
        if account is None or account.disabled:
            return None
        account = of_token(cursor, account, maker)
    if used_at is None or abs(now - used_at) > _TOUCH:
        # Reading goes on while the store takes nothing more.
        with suppress(Unavailable), db.transaction() as transaction:
            tokens.touch(transaction, token_hash, now)
    return account


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
