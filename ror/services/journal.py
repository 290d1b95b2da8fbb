"""Journalling: who did what, when, from where, what before and after; and reading, verifying and purging that."""

import ipaddress
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from ror.errors import Forbidden
from ror.model.journal import Act, JournalBreak, JournalLine, JournalMark, Origin, Outcome, first_break, format_purge, to_json
from ror.model.rights import Account, Action
from ror.services.rights import check, fresh
from ror.store import chain, journal
from ror.store.engine.database import Database, Transaction
from ror.store.journal import Wanted as Wanted

CONSOLE = Origin.CONSOLE
"""Where the command line acts from: the machine of the server."""

SERVICE = Origin.SERVICE
"""Where what the server does by itself comes from."""

MOST_LINES = 5_000

_address: ContextVar[str] = ContextVar("address", default=CONSOLE)


def acting_from(address: str) -> None:
    """Say from which network address the gestures of this thread or task come: each way in says it first.

    What a proxy passes as the address and is none becomes `Origin.UNKNOWN`, were it the word of an `Origin`.
    """
    _address.set(address if isinstance(address, Origin) else _checked(address))


def address() -> str:
    """The network address that the present gesture comes from."""
    return _address.get()


def _checked(address: str) -> str:
    try:
        # The zone of an IPv6 address says nothing here, and may be any text.
        return str(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return Origin.UNKNOWN


def record(
    transaction: Transaction,
    act: Act,
    actor: Account | None,
    subject: str,
    now: datetime,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    outcome: Outcome = Outcome.DONE,
) -> None:
    """Write a line in the transaction of the gesture itself: both are committed, or neither is.

    Never pass a name, a mail, a comment or what was typed as a login: a line is never changed.
    """
    kind, _, key = subject.partition(":")
    # An attempt that failed on an account is of nobody, but the address goes when the account is erased.
    owner = actor.id if actor else key if kind == "account" else ""
    signed_in = act is Act.SIGN_IN and outcome is Outcome.DONE
    origin = journal.origin(transaction, owner, address(), now, signed_in=signed_in)
    last = journal.head(transaction.cursor)
    journal.append(
        transaction,
        JournalLine(
            number=last.number + 1,
            happened_at=now.astimezone(UTC),
            act=str(act),
            outcome=str(outcome),
            actor=actor.id if actor else "",
            origin=origin,
            subject=subject,
            before=to_json(before),
            after=to_json(after),
            previous=last.hash,
        ),
    )


@contextmanager
def refusals(db: Database, act: Act, actor: Account | None, subject: str, now: datetime) -> Iterator[None]:
    """Journal the refusal of a right inside; the error goes on. Its own transaction: the gesture's was rolled back."""
    try:
        yield
    except Forbidden:
        with db.transaction() as transaction:
            record(transaction, act, actor, subject, now, outcome=Outcome.REFUSED)
        raise


def require(db: Database, actor: Account | None, action: Action, act: Act, subject: str, now: datetime) -> None:
    """What a gesture asks first, and all that one which only reads does: raises `Forbidden`, journalled, without the right."""
    with refusals(db, act, actor, subject, now):
        if actor is not None:
            check(actor, action)


@contextmanager
def authorized_transaction(
    db: Database, actor: Account | None, action: Action, act: Act, subject: str, now: datetime
) -> Iterator[Transaction]:
    """The transaction of a gesture that needs a right; raises `Forbidden`, journalled, without it.

    `actor` None is the command line: whoever may run it on the server's machine may do everything. The right is asked
    again once the transaction is open: it may have been taken away while the gesture waited for its turn to write.
    """
    require(db, actor, action, act, subject, now)
    with refusals(db, act, actor, subject, now), db.transaction() as transaction:
        if actor is not None:
            check(fresh(transaction.cursor, actor), action)
        yield transaction


def read(db: Database, account: Account | None, wanted: Wanted, now: datetime, limit: int = MOST_LINES) -> pa.Table:
    """The newest lines asked for: the columns of `store.journal.lines`. Raises `Forbidden`."""
    require(db, account, Action.READ_JOURNAL, Act.JOURNAL, "journal", now)
    with db.reader() as cursor:
        return journal.lines(cursor, wanted, limit)


def last(db: Database, account: Account, now: datetime) -> int:
    """The number of the last line of all, 0 for none. Raises `Forbidden`."""
    require(db, account, Action.READ_JOURNAL, Act.JOURNAL, "journal", now)
    with db.reader() as cursor:
        return journal.head(cursor).number


def following(db: Database, account: Account, number: int, now: datetime, limit: int) -> pa.Table:
    """The lines after a number, oldest first, for a system that keeps them: the columns of `store.journal.following`.

    That they were read is no line: who follows the journal would be told of itself for ever. Raises `Forbidden`.
    """
    require(db, account, Action.READ_JOURNAL, Act.JOURNAL, "journal", now)
    with db.reader() as cursor:
        return journal.following(cursor, number, limit)


def export(db: Database, account: Account | None, wanted: Wanted, now: datetime) -> pa.Table:
    """All the lines asked for, to be taken out; that they were is a line itself. Raises `Forbidden`.

    They are read before that line is written, which says how many: nobody waits meanwhile.
    """
    require(db, account, Action.READ_JOURNAL, Act.EXPORT, "journal", now)
    with db.snapshot() as cursor:
        taken = journal.lines(cursor, wanted, limit=10_000_000)
    with authorized_transaction(db, account, Action.READ_JOURNAL, Act.EXPORT, "journal", now) as transaction:
        record(transaction, Act.EXPORT, account, "journal", now, after={"lines": taken.num_rows})
    return taken


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification found: the ends of the chain, and the first place where it breaks, if it does."""

    start: JournalMark
    head: JournalMark
    broken: JournalBreak | None

    def checkable(self, known: JournalMark) -> bool:
        """Whether a mark kept elsewhere could still be checked: not when its line was purged."""
        return known.number >= self.start.number


def verify(db: Database, known: JournalMark | None = None, *, account: Account | None = None) -> Verified:
    """Read the whole chain; nobody waits for it. `known` is a mark that an earlier verification printed, kept elsewhere.

    Raises `Forbidden`.
    """
    require(db, account, Action.READ_JOURNAL, Act.JOURNAL, "journal", datetime.now(UTC))
    with db.snapshot() as cursor:
        checkpoints, head = chain.checkpoints(cursor), chain.head(cursor)
        broken = first_break(journal.in_order(cursor), checkpoints, head, known)
        return Verified(checkpoints[-1] if checkpoints else JournalMark(), head, broken)


def purge(db: Database, account: Account | None, before: datetime, now: datetime) -> int:
    """Remove the lines older than an instant; the chain goes on from a checkpoint. Raises `Forbidden`."""
    with authorized_transaction(db, account, Action.READ_JOURNAL, Act.JOURNAL, "journal", now) as transaction:
        return purge_within(transaction, account, before, now)


def purge_within(transaction: Transaction, account: Account | None, before: datetime, now: datetime) -> int:
    """Remove the lines older than an instant and write the line that tells of it; returns how many were removed."""
    purged = journal.purge(transaction, before, now)
    if purged is None:
        return 0
    count, checkpoint = purged
    told = {"purged": count, "before": before.isoformat(), **format_purge(checkpoint)}
    record(transaction, Act.JOURNAL, account, "journal", now, after=told)
    return count
