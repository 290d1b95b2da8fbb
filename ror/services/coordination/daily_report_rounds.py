"""Make and mail the reports of the region at their hours: rounds of a server, or of the command `report`."""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ror.errors import Busy
from ror.model.daily_report import due
from ror.model.sending import MailState
from ror.services import mail
from ror.services.coordination import daily_report_archive, daily_report_mails
from ror.services.periodic import repeat
from ror.services.region_time import region_zone
from ror.settings import settings
from ror.store import daily_reports
from ror.store.engine.database import Database

SECONDS = 60
"""Interval of the rounds of a server."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class ReportRound:
    """The result of a round: the number of reports made, and the number of mails by their state."""

    made: int = 0
    mails: Counter[MailState] = field(default_factory=Counter)


def run_due(db: Database, now: datetime, should_stop: Callable[[], bool] = lambda: False) -> ReportRound:
    """Make the report that is due, and mail the last one to the subscribers that wait for it, if the settings allow.

    The round ends at the first mail for which the mail server cannot be reached, and between two mails once `should_stop()`.
    """
    done = ReportRound()
    if settings().reports == "off":
        return done
    _make(db, now, done)
    if not mail.configured():
        return done
    with db.reader() as cursor:
        report = daily_reports.latest(cursor, now, scheduled=True)
        waiting = daily_report_mails.waiting(cursor, report, now) if report else []
    for account_id in waiting:
        assert report is not None
        if should_stop():
            break
        state, reached = daily_report_mails.send_due(db, report, account_id, now)
        if state is not None:
            done.mails[state] += 1
        if not reached:
            break
    return done


def _make(db: Database, now: datetime, done: ReportRound) -> None:
    with db.reader() as cursor:
        schedule = daily_reports.schedule(cursor)
        existing = daily_reports.slots_since(cursor, now.date() - timedelta(days=2)) if schedule.hours else set()
    if not schedule.hours:
        return
    slot = due(schedule, region_zone(), now, existing)
    if slot is None:
        return
    try:
        done.made += daily_report_archive.make_due(db, slot, now) is not None
    except Busy:
        log.info("A report waits for the pictures of other reports.")


async def run_periodically(db: Database) -> None:
    """Make and mail what is due at once, then every `SECONDS`, until cancelled; only where the setting lets a server do so."""
    if settings().reports == "server":
        await repeat(run_due, db, SECONDS, "reports", "The report could not be made or sent")
