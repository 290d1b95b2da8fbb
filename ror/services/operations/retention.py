"""What is kept no longer than it serves: old lines of the journal, network addresses, sessions, attempts, links."""

import asyncio
import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from weakref import WeakKeyDictionary

from ror.model.attempts import WINDOW
from ror.model.journal import Act
from ror.model.rights import Account, Action
from ror.services.journal import SERVICE, acting_from, authorized_transaction, purge_in, record
from ror.settings import settings
from ror.store import journal, sessions
from ror.store.engine.database import Cursor, Database, Transaction

SESSION_DAYS = 2
"""Every interaction reads the table of sessions; the journal keeps who signed in."""

_DAY = 24 * 3600

_LEAP = timedelta(days=1)
_SILENCE = timedelta(days=30)
"""A journal that was silent for so long says rather that the clock is wrong: every service signs in and declares weekly."""

_CONFIRMED = "clock"
"""What a line of the journal holds in which an administrator says that the clock is right."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why nothing is erased before an administrator says that the clock is right: the journal has nothing in between.

    `lines` of the `total` would be erased. `until` is the clock's own instant when the silence lasts.
    """

    since: datetime
    until: datetime
    lines: int
    total: int


_waiting: WeakKeyDictionary[Database, Doubt] = WeakKeyDictionary()


def _erase(transaction: Transaction, account: Account | None, now: datetime) -> int:
    """Erase what is past its time, in a transaction; return how many lines of the journal were.

    The chain of the journal goes on from a checkpoint; the purge is a line. The times are `ROR_JOURNAL_DAYS`,
    `ROR_ADDRESS_DAYS`, `ROR_LINK_MINUTES`, a day for attempts, and for sessions `SESSION_DAYS`, or `ROR_SESSION_HOURS` if
    that is longer.
    """
    known = settings()
    purged = purge_in(transaction, account, _oldest(now), now)
    journal.forget_origins(transaction, now - timedelta(days=known.address_days))
    sessions.forget_sessions(transaction, now - max(timedelta(days=SESSION_DAYS), timedelta(hours=known.session_hours)))
    sessions.forget_old_failures(transaction, now - WINDOW)
    sessions.forget_old_links(transaction, now - timedelta(minutes=known.link_minutes))
    return purged


def _oldest(now: datetime) -> datetime:
    return now - timedelta(days=settings().journal_days)


def _erased(db: Database, purged: int) -> None:
    _waiting.pop(db, None)
    db.checkpoint()
    if purged:
        log.info("Erased %d lines of the journal, past their time.", purged)


@dataclass(frozen=True, slots=True)
class Clock:
    """When the process looked at the clock of the wall first, and at one that nobody sets, in seconds."""

    wall: datetime
    steady: float

    @classmethod
    def started(cls) -> "Clock":
        """Looked at now."""
        return cls(datetime.now(UTC), time.clock_gettime(time.CLOCK_BOOTTIME))

    def leapt(self, now: datetime, steady: float) -> timedelta:
        """How far the wall's clock went ahead of the other since."""
        return now - self.wall - timedelta(seconds=steady - self.steady)


def doubt(cursor: Cursor, now: datetime) -> Doubt | None:
    """Why an administrator is waited for, None when there is no reason: a clock set to 2028 would erase everything.

    The journal was silent for longer than 30 days, at its end or before, since an administrator last confirmed the clock;
    or nothing of it would be left.
    """
    last = journal.last_instant(cursor)
    if last is None:
        return None
    confirmed = journal.last_number_with_key(cursor, Act.JOURNAL, _CONFIRMED)
    silence = journal.first_silence(cursor, confirmed, _SILENCE)
    if silence is None and (now - last > _SILENCE or last < _oldest(now)):
        silence = last, now
    return Doubt(*silence, *journal.count_before(cursor, _oldest(now))) if silence else None


def keep_unless_doubtful(db: Database, clock: Clock, now: datetime, steady: float) -> None:
    """Erase what is past its time, all or nothing, but nothing by a clock that is not to be believed."""
    if (leap := clock.leapt(now, steady)) > _LEAP:
        log.warning(
            "Nothing past its time is erased: the clock was set forward by %d days while the server ran. Set the clock right, "
            "then restart.",
            leap.days,
        )
        return
    with db.transaction() as transaction:
        found = doubt(transaction.cursor, now)
        purged = 0 if found else _erase(transaction, None, now)
    if found is None:
        _erased(db, purged)
        return
    _waiting[db] = found
    log.warning(
        "Nothing past its time is erased: the journal has nothing between %s and %s. If this clock is wrong, set it right and "
        "restart; if it is right, an administrator confirms it, in « Administration » or by: python -m ror journal "
        "confirm-clock (today's date).",
        *(f"{instant:%Y-%m-%d}" for instant in (found.since, found.until)),
    )


def waiting(db: Database) -> Doubt | None:
    """What the last try of this process waits for an administrator for; None when it erased what was past its time."""
    return _waiting.get(db)


def confirm_clock(db: Database, account: Account | None, now: datetime) -> int:
    """Write into the journal that the clock is right, then erase what is past its time; returns how many lines were.

    Silences of the journal before that are no reason to wait any more. Raises `Forbidden`.
    """
    with authorized_transaction(db, account, Action.READ_JOURNAL, Act.JOURNAL, "journal", now) as transaction:
        record(transaction, Act.JOURNAL, account, "journal", now, after={_CONFIRMED: now.isoformat()})
        purged = _erase(transaction, account, now)
    _erased(db, purged)
    return purged


async def daily(db: Database) -> None:
    """Keep at once, then every day, until cancelled; a failure is logged and tried again the day after."""
    acting_from(SERVICE)
    clock = Clock.started()
    while True:
        try:
            steady = time.clock_gettime(time.CLOCK_BOOTTIME)
            await asyncio.to_thread(keep_unless_doubtful, db, clock, datetime.now(UTC), steady)
        except Exception:
            log.exception("What is past its time could not be erased; the next try is in a day.")
        await asyncio.sleep(_DAY)
