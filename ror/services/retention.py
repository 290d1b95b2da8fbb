"""What is kept no longer than it serves: old lines of the journal, network addresses, sessions, attempts, links."""

import asyncio
import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ror.model.attempts import WINDOW
from ror.services.journal import SERVICE, acting_from, purge_within
from ror.settings import settings
from ror.store import journal, sessions
from ror.store.database import Database

SESSION_DAYS = 2
"""Every interaction reads the table of sessions; the journal keeps who signed in."""

_DAY = 24 * 3600

_LEAP = timedelta(days=1)
_SILENCE = timedelta(days=3 * 365)
"""A journal that was silent for so long says rather that the clock is wrong."""

log = logging.getLogger(__name__)


def keep(db: Database, now: datetime) -> None:
    """Erase what is past its time, all or nothing. The chain of the journal goes on from a checkpoint; the purge is a line.

    The times are `ROR_JOURNAL_DAYS`, `ROR_ADDRESS_DAYS`, `ROR_LINK_MINUTES`, a day for attempts, and for sessions
    `SESSION_DAYS`, or `ROR_SESSION_HOURS` if that is longer.
    """
    known = settings()
    oldest = now - timedelta(days=known.journal_days)
    longest = max(timedelta(days=SESSION_DAYS), timedelta(hours=known.session_hours))
    with db.writer() as writer:
        purged = purge_within(writer, None, oldest, now)
        journal.forget_origins(writer, now - timedelta(days=known.address_days))
        sessions.forget_sessions(writer, now - longest)
        sessions.forget_old_failures(writer, now - WINDOW)
        sessions.forget_old_links(writer, now - timedelta(minutes=known.link_minutes))
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


def doubt(db: Database, clock: Clock, now: datetime, steady: float) -> str:
    """Why the clock is not to be believed by what erases, "" when it is: a clock set to 2036 would erase everything."""
    if clock.leapt(now, steady) > _LEAP:
        return f"the clock was set forward by {clock.leapt(now, steady).days} days while the server ran"
    with db.reader() as cursor:
        last = journal.last_instant(cursor)
    return f"the journal ends {(now - last).days} days before this clock" if last and now - last > _SILENCE else ""


def keep_unless_doubtful(db: Database, clock: Clock, now: datetime, steady: float) -> None:
    """Keep what `keep` keeps, but erase nothing by a clock that is not to be believed."""
    if why := doubt(db, clock, now, steady):
        log.warning("Nothing past its time is erased: %s. Set the clock right, then restart.", why)
    else:
        keep(db, now)


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
