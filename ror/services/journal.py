"""Journalling: who did what, when, from where, what before and after; and reading, verifying and purging that."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from ror.errors import Forbidden
from ror.model.journal import Act, Break, Line, Mark, Outcome, first_break, printed
from ror.model.rights import Account, Action
from ror.services.rights import check
from ror.store import journal
from ror.store.database import Database, Writer
from ror.store.journal import Wanted as Wanted

CONSOLE = "console"
"""Where the command line acts from: the machine of the server."""

MOST_LINES = 5_000

_address: ContextVar[str] = ContextVar("address", default=CONSOLE)


def acting_from(address: str) -> None:
    """Say from which network address the gestures of this thread or task come: each way in says it first."""
    _address.set(address)


def address() -> str:
    """The network address that the present gesture comes from."""
    return _address.get()


def record(
    writer: Writer,
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
    signed_in = act is Act.SIGN_IN and outcome is Outcome.DONE
    origin = journal.origin(writer, actor.id if actor else "", address(), now, signed_in=signed_in)
    last = journal.head(writer.cursor)
    journal.append(
        writer,
        Line(
            number=last.number + 1,
            happened_at=now.astimezone(UTC),
            act=str(act),
            outcome=str(outcome),
            actor=actor.id if actor else "",
            origin=origin,
            subject=subject,
            before=printed(before),
            after=printed(after),
            previous=last.hash,
        ),
    )


@contextmanager
def refusals(db: Database, act: Act, actor: Account | None, subject: str, now: datetime) -> Iterator[None]:
    """Journal the refusal of a right inside; the error goes on. Its own transaction: the gesture's was rolled back."""
    try:
        yield
    except Forbidden:
        with db.writer() as writer:
            record(writer, act, actor, subject, now, outcome=Outcome.REFUSED)
        raise


@contextmanager
def gesture(db: Database, actor: Account | None, action: Action, act: Act, subject: str, now: datetime) -> Iterator[Writer]:
    """The transaction of a gesture that needs a right; raises `Forbidden`, journalled, without it.

    `actor` None is the command line: whoever may run it on the server's machine may do everything.
    """
    with refusals(db, act, actor, subject, now):
        if actor is not None:
            check(actor, action)
        with db.writer() as writer:
            yield writer


def read(db: Database, account: Account | None, wanted: Wanted, now: datetime, limit: int = MOST_LINES) -> pa.Table:
    """The newest lines asked for: the columns of `store.journal.lines`. Raises `Forbidden`."""
    _may_read(db, account, now)
    with db.reader() as cursor:
        return journal.lines(cursor, wanted, limit)


def export(db: Database, account: Account | None, wanted: Wanted, now: datetime) -> pa.Table:
    """All the lines asked for, to be taken out; that they were is a line itself. Raises `Forbidden`."""
    with gesture(db, account, Action.READ_JOURNAL, Act.EXPORT, "journal", now) as writer:
        taken = journal.lines(writer.cursor, wanted, limit=10_000_000)
        record(writer, Act.EXPORT, account, "journal", now, after={"lines": taken.num_rows})
    return taken


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification found: the ends of the chain, and the first place where it breaks, if it does."""

    start: Mark
    head: Mark
    broken: Break | None

    def checkable(self, known: Mark) -> bool:
        """Whether a mark kept elsewhere could still be checked: not when its line was purged."""
        return known.number >= self.start.number


def verify(db: Database, known: Mark | None = None, *, account: Account | None = None) -> Verified:
    """Read the whole chain; nobody waits for it. `known` is a mark that an earlier verification printed, kept elsewhere.

    Raises `Forbidden`.
    """
    _may_read(db, account, datetime.now(UTC))
    with db.snapshot() as cursor:
        start, head = journal.start(cursor), journal.head(cursor)
        return Verified(start, head, first_break(journal.in_order(cursor), start, head, known))


def purge(db: Database, account: Account | None, before: datetime, now: datetime) -> int:
    """Remove the lines older than an instant; the chain goes on from a checkpoint. Raises `Forbidden`."""
    with gesture(db, account, Action.READ_JOURNAL, Act.JOURNAL, "journal", now) as writer:
        purged = journal.purge(writer, before, now)
        if purged:
            record(writer, Act.JOURNAL, account, "journal", now, after={"purged": purged, "before": before.isoformat()})
    return purged


def _may_read(db: Database, account: Account | None, now: datetime) -> None:
    with refusals(db, Act.JOURNAL, account, "journal", now):
        if account is not None:
            check(account, Action.READ_JOURNAL)
