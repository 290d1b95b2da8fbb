"""Create, revoke and list tokens, and find the account of a token. `account` None is the command line."""

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
from ror.model.tokens import ACCOUNT_PREFIX, MAX_DAYS, TokenScope, TokenState, generate_token
from ror.services import journal
from ror.services.accounts.account_rules import MAX_NAME_LENGTH, check_perimeter, perimeter_keys
from ror.services.rights import may_administer, restrict_token
from ror.store import accounts, tokens
from ror.store.engine.database import Database

_TOUCH = timedelta(minutes=1)
"""The last use of a token is stored at most this often: a read must not write each time."""


def create_token(
    db: Database,
    account: Account | None,
    name: str,
    scopes: Collection[TokenScope],
    perimeter: Perimeter,
    days: int,
    now: datetime,
) -> tuple[Account, str]:
    """Create a token for a system; return the account that it acts as, and its text, which is shown once and never stored.

    Raises `Forbidden`, and `Refused` for a missing name, no scope, a perimeter without the scope to declare or the reverse, a
    perimeter that the registry lacks, a lifetime not from 1 day to `MAX_DAYS`, or when `account` is that of a token: a
    stolen token must not be able to create another one that outlives it.
    """
    name = plain(name)
    _check(name, scopes, perimeter, days)
    target = Account(ACCOUNT_PREFIX + secrets.token_hex(6), "", name, frozenset(scope.role for scope in scopes), perimeter)
    text, subject = generate_token(), f"account:{target.id}"
    with journal.authorized_transaction(db, account, Action.MANAGE_ACCOUNTS, Act.TOKEN, subject, now) as transaction:
        if account is not None and account.of_token:
            raise Refused("Un jeton ne fait pas d'autre jeton : un administrateur le fait, dans « Administration ».")
        check_perimeter(transaction.cursor, perimeter)
        accounts.add(transaction, target)
        expires_at = now + timedelta(days=days)
        tokens.add(transaction, target.id, _hash(text), account.id if account else "", now, expires_at)
        granted = {"scopes": sorted(scopes), **perimeter_keys(perimeter), "expires_at": expires_at.isoformat()}
        journal.record(transaction, Act.TOKEN, account, subject, now, after={"action": "make", **granted})
    return target, text


def _check(name: str, scopes: Collection[TokenScope], perimeter: Perimeter, days: int) -> None:
    if not 0 < len(name) <= MAX_NAME_LENGTH:
        raise Refused(f"Nommez le système qui se servira du jeton, en {MAX_NAME_LENGTH} caractères au plus.")
    if not scopes:
        raise Refused("Choisissez au moins une chose que le jeton permet.")
    if TokenScope.DECLARE in scopes and not perimeter:
        raise Refused("Un jeton qui déclare le fait dans un périmètre : choisissez au moins une structure, entité ou unité.")
    if perimeter and TokenScope.DECLARE not in scopes:
        raise Refused("Seul un jeton qui déclare a un périmètre : permettez-lui de déclarer, ou retirez le périmètre.")
    if not 1 <= days <= MAX_DAYS:
        raise Refused(f"Choisissez une durée de 1 à {MAX_DAYS} jours.")


def revoke(db: Database, account: Account | None, target_id: str, now: datetime) -> None:
    """Revoke the token of an account, at once and for good. Raises `Forbidden`, `NotFound`."""
    subject = f"account:{target_id}"
    with journal.authorized_transaction(db, account, Action.MANAGE_ACCOUNTS, Act.TOKEN, subject, now) as transaction:
        if not tokens.revoke(transaction, target_id, now):
            raise NotFound("Ce jeton n'existe pas, ou est déjà révoqué.")
        journal.record(transaction, Act.TOKEN, account, subject, now, after={"action": "revoke"})


def list_tokens(db: Database, account: Account | None, now: datetime) -> pa.Table:
    """Return every token, newest first. Raises `Forbidden`.

    Columns: those of `store.tokens.list_tokens`, state (a `TokenState`), creator_administers (a boolean).
    """
    journal.require(db, account, Action.MANAGE_ACCOUNTS, Act.TOKEN, "tokens", now)
    with db.reader() as cursor:
        table = tokens.list_tokens(cursor)
        administers = {creator: may_administer(cursor, creator) for creator in table["made_by"].unique().to_pylist()}
    states = pa.array([str(_state(row, now)) for row in table.to_pylist()], pa.string())
    creator_administers = pa.array([administers[creator] for creator in table["made_by"].to_pylist()], pa.bool_())
    return table.append_column("state", states).append_column("creator_administers", creator_administers)


def _state(row: Mapping[str, Any], now: datetime) -> TokenState:
    if row["revoked_at"] is not None:
        return TokenState.REVOKED
    return TokenState.ACTIVE if row["expires_at"] > now else TokenState.EXPIRED


def account_of(db: Database, text: str, now: datetime) -> Account | None:
    """Return the account that a token acts as, with its present rights; None when the token is unknown, revoked or expired."""
    token_hash = _hash(text)
    with db.reader() as cursor:
        token = tokens.account_of(cursor, token_hash, now)
        if token is None:
            return None
        account_id, creator, used_at = token
        account = accounts.by_id(cursor, account_id)
        if account is None or account.disabled:
            return None
        account = restrict_token(cursor, account, creator)
    if used_at is None or abs(now - used_at) > _TOUCH:
        # When the store accepts no more writes, reading goes on.
        with suppress(Unavailable), db.transaction() as transaction:
            tokens.touch(transaction, token_hash, now)
    return account


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
