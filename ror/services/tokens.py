"""The gestures on tokens: make, revoke, list; and whose a token is. `actor` None is the command line."""

import hashlib
import secrets
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta

import pyarrow as pa

from ror.errors import NotFound, Refused, Unavailable
from ror.model.journal import Act
from ror.model.rights import Account, Action, Perimeter
from ror.model.text import plain
from ror.model.tokens import LONGEST_DAYS, Scope, drawn
from ror.services import journal
from ror.services.administer import LONGEST_NAME
from ror.store import accounts, tokens
from ror.store.database import Database

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
    or a time that is not from 1 day to `LONGEST_DAYS`.
    """
    name = plain(name)
    _check(name, scopes, perimeter, days)
    account = Account(f"token-{secrets.token_hex(6)}", "", name, frozenset(scope.role for scope in scopes), perimeter)
    text, subject = drawn(), f"account:{account.id}"
    with journal.gesture(db, actor, Action.MANAGE_ACCOUNTS, Act.TOKEN, subject, now) as writer:
        accounts.add(writer, account)
        expires_at = now + timedelta(days=days)
        tokens.add(writer, account.id, _hash(text), actor.id if actor else "", now, expires_at)
        after = {"gesture": "make", "scopes": sorted(scopes), "expires_at": expires_at.isoformat()}
        journal.record(writer, Act.TOKEN, actor, subject, now, after=after)
    return account, text


def _check(name: str, scopes: Collection[Scope], perimeter: Perimeter, days: int) -> None:
    if not 0 < len(name) <= LONGEST_NAME:
        raise Refused(f"Nommez le système qui se servira du jeton, en {LONGEST_NAME} caractères au plus.")
    if not scopes:
        raise Refused("Choisissez au moins une chose que le jeton permet.")
    if (Scope.DECLARE in scopes) != (perimeter != Perimeter()):
        raise Refused("Un jeton qui déclare a un périmètre, et lui seul : choisissez les deux, ou aucun des deux.")
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused(f"Choisissez une durée de 1 à {LONGEST_DAYS} jours.")


def revoke(db: Database, actor: Account | None, account_id: str, now: datetime) -> None:
    """A token serves no more, at once and for good. Raises `Forbidden`, or `NotFound`."""
    subject = f"account:{account_id}"
    with journal.gesture(db, actor, Action.MANAGE_ACCOUNTS, Act.TOKEN, subject, now) as writer:
        if not tokens.revoke(writer, account_id, now):
            raise NotFound("Ce jeton n'existe pas, ou ne sert plus.")
        journal.record(writer, Act.TOKEN, actor, subject, now, after={"gesture": "revoke"})


def known(db: Database, actor: Account | None, now: datetime) -> pa.Table:
    """Every token, newest first (`store.tokens.all_tokens`). Raises `Forbidden`."""
    journal.require(db, actor, Action.MANAGE_ACCOUNTS, Act.TOKEN, "tokens", now)
    with db.reader() as cursor:
        return tokens.all_tokens(cursor)


def account_of(db: Database, text: str, now: datetime) -> Account | None:
    """The account that a token acts as, with its rights as they stand; None for one unknown, revoked or past its time."""
    token_hash = _hash(text)
    with db.reader() as cursor:
        found = tokens.account_of(cursor, token_hash, now)
        account = accounts.by_id(cursor, found[0]) if found else None
    if found is None or account is None or account.disabled:
        return None
    if found[1] is None or abs(now - found[1]) > _TOUCH:
        # Reading goes on while the store takes nothing more.
        with suppress(Unavailable), db.writer() as writer:
            tokens.touch(writer, token_hash, now)
    return account


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
