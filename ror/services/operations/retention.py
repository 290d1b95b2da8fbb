"""Erase what is past its retention time: journal, addresses, sessions, mails, calls, reports, ringings, links and others."""

import asyncio
import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from weakref import WeakKeyDictionary

from ror.model.attempts import WINDOW
from ror.model.daily_report import RETENTION
from ror.model.display import RETENTION as DISPLAY_RETENTION
from ror.model.feedback import WORD_DAYS
from ror.model.invitation import VALIDITY
from ror.model.journal import Act
from ror.model.rights import Account, Action
from ror.services.journal import SERVICE, acting_from, authorized_transaction, purge_in, record
from ror.settings import settings
from ror.store import (
    alerts,
    call_round,
    daily_reports,
    deputyships,
    displays,
    feedback,
    handovers,
    invitations,
    journal,
    late_notices,
    reminders,
    sessions,
)
from ror.store.engine.database import Cursor, Database, Transaction

SESSION_DAYS = 2
"""Retention of sessions: every interaction reads their table; the journal records the sign-ins."""

HANDOVER_DAYS = 2
"""Retention of the handovers that are over: the journal records them."""

DEPUTYSHIP_DAYS = 2
"""Retention of the deputyships that are over: the journal records them."""

REMINDER_DAYS = 90
"""Retention of the mails of reminders and of the notices of late units; a link that stops the mails is valid as long."""

CALL_DAYS = 90
"""Retention of the events of the call round, with their notes; corrections stay with the declarations that they are about."""

ALERT_DAYS = 30
"""Retention of the ringings of alerts; an alert itself stays until its owner deletes it or is erased."""

_DAY = 24 * 3600

_LEAP = timedelta(days=1)
_MAX_GAP = timedelta(days=30)
"""After a longer gap in the journal the clock is more likely wrong: people sign in and declare every week."""

_CONFIRMED = "clock"
"""Key of the journal line in which an administrator confirms that the clock is right."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ClockDoubt:
    """A gap in the journal, because of which nothing is erased before an administrator confirms the clock.

    `lines` of the `total` lines would be erased. `until` is the present instant of the clock when the gap has no end yet.
    """

    since: datetime
    until: datetime
    lines: int
    total: int


_doubts: WeakKeyDictionary[Database, ClockDoubt] = WeakKeyDictionary()


def _erase(transaction: Transaction, account: Account | None, now: datetime) -> int:
    """Erase what is past its time, in a transaction; return how many lines of the journal were erased.

    The chain of the journal continues from a checkpoint; the purge is recorded. The times are `ROR_JOURNAL_DAYS`,
    `ROR_ADDRESS_DAYS`, `ROR_LINK_MINUTES`, a day for attempts, `HANDOVER_DAYS`, `DEPUTYSHIP_DAYS`, `REMINDER_DAYS`,
    `CALL_DAYS`, `ALERT_DAYS`, `WORD_DAYS` for the words of readers, those of reports, displays and invitations, and for
    sessions `SESSION_DAYS`, or `ROR_SESSION_HOURS` if that is longer.
    """
    config = settings()
    purged = purge_in(transaction, account, _oldest(now), now)
    journal.forget_origins(transaction, now - timedelta(days=config.address_days))
    sessions.delete_sessions_before(transaction, now - max(timedelta(days=SESSION_DAYS), timedelta(hours=config.session_hours)))
    handovers.delete_before(transaction, now - timedelta(days=HANDOVER_DAYS))
    deputyships.delete_before(transaction, (now - timedelta(days=DEPUTYSHIP_DAYS)).date())
    reminders.delete_before(transaction, now - timedelta(days=REMINDER_DAYS))
    daily_reports.delete_before(transaction, now - RETENTION)
    late_notices.delete_before(transaction, now - timedelta(days=REMINDER_DAYS))
    call_round.delete_before(transaction, now - timedelta(days=CALL_DAYS))
    alerts.delete_ringings_before(transaction, now - timedelta(days=ALERT_DAYS))
    displays.delete_before(transaction, now - DISPLAY_RETENTION)
    sessions.delete_failures_before(transaction, now - WINDOW)
    sessions.delete_links_before(transaction, now - timedelta(minutes=config.link_minutes))
    invitations.delete_before(transaction, now - VALIDITY)
    feedback.erase_words_before(transaction, now - timedelta(days=WORD_DAYS))
    return purged


def _oldest(now: datetime) -> datetime:
    return now - timedelta(days=settings().journal_days)


def _finish_erasure(db: Database, purged: int) -> None:
    """Checkpoint, so that the write-ahead log does not still hold what was erased; then log."""
    _doubts.pop(db, None)
    db.checkpoint()
    if purged:
        log.info("Erased %d lines of the journal, past their time.", purged)


@dataclass(frozen=True, slots=True)
class Clock:
    """The wall clock when the process started, and the seconds of a clock that nobody can set, at the same moment."""

    wall: datetime
    steady: float

    @classmethod
    def started(cls) -> "Clock":
        """Read both clocks now."""
        return cls(datetime.now(UTC), time.clock_gettime(time.CLOCK_BOOTTIME))

    def leapt(self, now: datetime, steady: float) -> timedelta:
        """Return how far the wall clock went ahead of the other since."""
        return now - self.wall - timedelta(seconds=steady - self.steady)


def doubt(cursor: Cursor, now: datetime) -> ClockDoubt | None:
    """Return the gap for which an administrator must confirm the clock, None without one.

    A clock set to 2028 by mistake would erase everything. There is a doubt when the journal has a gap of more than 30 days,
    at its end or before, since an administrator last confirmed the clock; or when nothing of it would be left.
    """
    last = journal.last_instant(cursor)
    if last is None:
        return None
    confirmed = journal.last_number_with_key(cursor, Act.JOURNAL, _CONFIRMED)
    gap = journal.first_silence(cursor, confirmed, _MAX_GAP)
    if gap is None and (now - last > _MAX_GAP or last < _oldest(now)):
        gap = last, now
    return ClockDoubt(*gap, *journal.count_before(cursor, _oldest(now))) if gap else None


def erase_unless_doubtful(db: Database, clock: Clock, now: datetime, steady: float) -> None:
    """Erase what is past its time, all or nothing; erase nothing while the clock is doubtful."""
    if (leap := clock.leapt(now, steady)) > _LEAP:
        log.warning(
            "Nothing past its time is erased: the clock was set forward by %d days while the server ran. Set the clock right, "
            "then restart.",
            leap.days,
        )
        return
    with db.transaction() as transaction:
        gap = doubt(transaction.cursor, now)
        purged = 0 if gap else _erase(transaction, None, now)
    if gap is None:
        _finish_erasure(db, purged)
        return
    _doubts[db] = gap
    log.warning(
        "Nothing past its time is erased: the journal has nothing between %s and %s. If this clock is wrong, set it right and "
        "restart; if it is right, an administrator confirms it, in « Administration » or by: python -m ror journal "
        "confirm-clock (today's date).",
        *(f"{instant:%Y-%m-%d}" for instant in (gap.since, gap.until)),
    )


def pending_doubt(db: Database) -> ClockDoubt | None:
    """Return the doubt that stopped the last erasure of this process; None when it erased what was past its time."""
    return _doubts.get(db)


def confirm_clock(db: Database, account: Account | None, now: datetime) -> int:
    """Record in the journal that the clock is right, then erase what is past its time; return how many lines were erased.

    Earlier gaps of the journal raise no doubt any more. Raises `Forbidden`.
    """
    with authorized_transaction(db, account, Action.READ_JOURNAL, Act.JOURNAL, "journal", now) as transaction:
        record(transaction, Act.JOURNAL, account, "journal", now, after={_CONFIRMED: now.isoformat()})
        purged = _erase(transaction, account, now)
    _finish_erasure(db, purged)
    return purged


async def daily(db: Database) -> None:
    """Erase at once, then every day, until cancelled; log a failure and try again the day after."""
    acting_from(SERVICE)
    clock = Clock.started()
    while True:
        try:
            steady = time.clock_gettime(time.CLOCK_BOOTTIME)
            await asyncio.to_thread(erase_unless_doubtful, db, clock, datetime.now(UTC), steady)
        except Exception:
            log.exception("What is past its time could not be erased; the next try is in a day.")
        await asyncio.sleep(_DAY)
