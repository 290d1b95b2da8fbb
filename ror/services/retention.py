"""What is kept no longer than it serves: old lines of the journal, network addresses, sessions, attempts, links."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from ror.model.attempts import WINDOW
from ror.model.journal import Act
from ror.services.journal import SERVICE, acting_from, record
from ror.settings import settings
from ror.store import journal, sessions
from ror.store.database import Database

SESSION_DAYS = 2
"""Every interaction reads the table of sessions; the journal keeps who signed in."""

_DAY = 24 * 3600

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
        if purged := journal.purge(writer, oldest, now):
            record(writer, Act.JOURNAL, None, "journal", now, after={"purged": purged, "before": oldest.isoformat()})
        journal.forget_origins(writer, now - timedelta(days=known.address_days))
        sessions.forget_sessions(writer, now - longest)
        sessions.forget_old_failures(writer, now - WINDOW)
        sessions.forget_old_links(writer, now - timedelta(minutes=known.link_minutes))
    db.checkpoint()


async def daily(db: Database) -> None:
    """Keep at once, then every day, until cancelled; a failure is logged and tried again the day after."""
    acting_from(SERVICE)
    while True:
        try:
            await asyncio.to_thread(keep, db, datetime.now(UTC))
        except Exception:
            log.exception("What is past its time could not be erased; the next try is in a day.")
        await asyncio.sleep(_DAY)
