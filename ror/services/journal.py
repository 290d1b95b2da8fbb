"""Write the journal (who did what, when, from where, before and after), and read, verify and purge it."""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from ror.errors import Forbidden
from ror.model.journal import Act, JournalBreak, JournalLine, JournalMark, Origin, Outcome, first_break, format_purge, to_json
from ror.model.rights import Account, Action
from ror.services.rights import check, current_account
from ror.store import chain, journal
from ror.store.engine.database import Database, Transaction
from ror.store.journal import JournalQuery as JournalQuery

CONSOLE = Origin.CONSOLE
"""The origin of the command line: the machine of the server."""

SERVICE = Origin.SERVICE
"""The origin of what the server does by itself."""

MAX_LINES = 5_000

_address: ContextVar[str] = ContextVar("address", default=CONSOLE)


def acting_from(address: str) -> None:
    """Set the network address that the operations of this thread or task are journalled with; every entry point calls it.

    A proxy may send any text: one that is no IP address becomes `Origin.UNKNOWN`, even when it equals a value of `Origin`.
    """
    _address.set(address if isinstance(address, Origin) else _checked(address))


def address() -> str:
    """Return the network address that the operations of this thread or task are journalled with."""
    return _address.get()


def _checked(address: str) -> str:
    try:
        # The zone of an IPv6 address has no meaning here, and may be any text.
        return str(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return Origin.UNKNOWN


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A line to write: see `record`."""

    act: Act
    subject: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    outcome: Outcome = Outcome.DONE


def record(
    transaction: Transaction,
    act: Act,
    account: Account | None,
    subject: str,
    now: datetime,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    outcome: Outcome = Outcome.DONE,
) -> None:
    """Write a line in the transaction of the operation itself: both are committed, or neither is.

    Never pass a name, a mail address, a comment or a login as typed: a line is never changed.
    """
    entry = JournalEntry(act, subject, before, after, outcome)
    owner = _owner(account, entry)
    signed_in = act is Act.SIGN_IN and outcome is Outcome.DONE
    origin = journal.origin(transaction, owner, address(), now, signed_in=signed_in)
    journal.append(transaction, _line(account, entry, now, origin, journal.head(transaction.cursor)))


def record_all(transaction: Transaction, account: Account | None, entries: Sequence[JournalEntry], now: datetime) -> None:
    """Write several lines, none of them a sign-in, as `record` writes one; by one statement for all of them."""
    owners = {_owner(account, entry) for entry in entries}
    origins = {owner: journal.origin(transaction, owner, address(), now) for owner in sorted(owners)}
    last, lines = journal.head(transaction.cursor), []
    for entry in entries:
        line = _line(account, entry, now, origins[_owner(account, entry)], last)
        last = JournalMark(line.number, line.hash)
        lines.append(line)
    if lines:
        journal.append_all(transaction, lines)


def _owner(account: Account | None, entry: JournalEntry) -> str:
    """Return the id of the account whose network address a line has."""
    kind, _, key = entry.subject.partition(":")
    # A failed attempt on an account has no author, but its address goes when the account is erased.
    return account.id if account else key if kind == "account" else ""


def _line(account: Account | None, entry: JournalEntry, now: datetime, origin: str, last: JournalMark) -> JournalLine:
    return JournalLine(
        number=last.number + 1,
        happened_at=now.astimezone(UTC),
        act=str(entry.act),
        outcome=str(entry.outcome),
        actor=account.id if account else "",
        origin=origin,
        subject=entry.subject,
        before=to_json(entry.before),
        after=to_json(entry.after),
        previous=last.hash,
    )


@contextmanager
def refusals(db: Database, act: Act, account: Account | None, subject: str, now: datetime) -> Iterator[None]:
    """Journal a `Forbidden` raised inside and raise it again; in a new transaction, since the inner one was rolled back."""
    try:
        yield
    except Forbidden:
        with db.transaction() as transaction:
            record(transaction, act, account, subject, now, outcome=Outcome.REFUSED)
        raise


def require(db: Database, account: Account | None, action: Action, act: Act, subject: str, now: datetime) -> None:
    """Check the right of an operation; one that only reads needs no other check. Raises `Forbidden`, journalled."""
    with refusals(db, act, account, subject, now):
        if account is not None:
            check(account, action)


@contextmanager
def authorized_transaction(
    db: Database, account: Account | None, action: Action, act: Act, subject: str, now: datetime
) -> Iterator[Transaction]:
    """Open the transaction of an operation that needs a right; raise `Forbidden`, journalled, without it.

    `account` None is the command line: a person who may run it on the server's machine may do everything. The right is
    checked again once the transaction is open: it may have been withdrawn during the wait for the turn to write.
    """
    require(db, account, action, act, subject, now)
    with refusals(db, act, account, subject, now), db.transaction() as transaction:
        if account is not None:
            check(current_account(transaction.cursor, account), action)
        yield transaction


def read(db: Database, account: Account | None, query: JournalQuery, now: datetime, limit: int = MAX_LINES) -> pa.Table:
    """Return the newest lines that match: the columns of `store.journal.lines`. Raises `Forbidden`."""
    require(db, account, Action.READ_JOURNAL, Act.JOURNAL, "journal", now)
    with db.reader() as cursor:
        return journal.lines(cursor, query, limit)


def last(db: Database, account: Account, now: datetime) -> int:
    """Return the number of the last line, 0 for none. Raises `Forbidden`."""
    require(db, account, Action.READ_JOURNAL, Act.JOURNAL, "journal", now)
    with db.reader() as cursor:
        return journal.head(cursor).number


def following(db: Database, account: Account, number: int, now: datetime, limit: int) -> pa.Table:
    """Return the lines after a number, oldest first, for a system that copies them: columns of `store.journal.following`.

    Reading them is not journalled: a system that follows the journal would read its own lines for ever. Raises `Forbidden`.
    """
    require(db, account, Action.READ_JOURNAL, Act.JOURNAL, "journal", now)
    with db.reader() as cursor:
        return journal.following(cursor, number, limit)


def export(db: Database, account: Account | None, query: JournalQuery, now: datetime) -> pa.Table:
    """Return all the lines that match, and journal the export with their number. Raises `Forbidden`.

    They are read before the transaction that writes the line of the export, so that no writer waits meanwhile.
    """
    require(db, account, Action.READ_JOURNAL, Act.EXPORT, "journal", now)
    with db.snapshot() as cursor:
        lines = journal.lines(cursor, query, limit=10_000_000)
    with authorized_transaction(db, account, Action.READ_JOURNAL, Act.EXPORT, "journal", now) as transaction:
        record(transaction, Act.EXPORT, account, "journal", now, after={"lines": lines.num_rows})
    return lines


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of a verification: the ends of the chain, and the first place where it breaks, if it does."""

    start: JournalMark
    head: JournalMark
    broken: JournalBreak | None

    def checkable(self, noted: JournalMark) -> bool:
        """Return whether a mark noted elsewhere could still be checked: not when its line was purged."""
        return noted.number >= self.start.number


def verify(db: Database, noted: JournalMark | None = None, *, account: Account | None = None) -> Verification:
    """Verify the whole chain, without holding up writers. `noted` is a mark of an earlier verification, noted elsewhere.

    Raises `Forbidden`.
    """
    require(db, account, Action.READ_JOURNAL, Act.JOURNAL, "journal", datetime.now(UTC))
    with db.snapshot() as cursor:
        checkpoints, head = chain.checkpoints(cursor), chain.head(cursor)
        broken = first_break(journal.in_order(cursor), checkpoints, head, noted)
        return Verification(checkpoints[-1] if checkpoints else JournalMark(), head, broken)


def purge(db: Database, account: Account | None, before: datetime, now: datetime) -> int:
    """Delete the lines older than an instant; the chain goes on from a checkpoint. Raises `Forbidden`."""
    with authorized_transaction(db, account, Action.READ_JOURNAL, Act.JOURNAL, "journal", now) as transaction:
        return purge_in(transaction, account, before, now)


def purge_in(transaction: Transaction, account: Account | None, before: datetime, now: datetime) -> int:
    """Delete the lines older than an instant, journal the purge, and return the number of lines deleted."""
    purged = journal.purge(transaction, before, now)
    if purged is None:
        return 0
    count, checkpoint = purged
    values = {"purged": count, "before": before.isoformat(), **format_purge(checkpoint)}
    record(transaction, Act.JOURNAL, account, "journal", now, after=values)
    return count
