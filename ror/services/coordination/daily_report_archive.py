"""Make a report of the region and archive its files: once for each due hour, on demand at most every few minutes.

A report is built before the transaction that writes it: two replicas may build the same one, but only one of them writes it. A
process that ends meanwhile leaves nothing behind.
"""

import secrets
from datetime import date, datetime

from ror.model.daily_report import COMPARED, MIN_GAP, Slot
from ror.model.journal import Act
from ror.model.rights import Account, Action
from ror.services import journal
from ror.services.coordination import daily_report_content
from ror.services.coordination.daily_report_content import Content
from ror.services.region_time import region_zone
from ror.store import daily_reports
from ror.store.daily_reports import ArchivedReport
from ror.store.engine.database import Cursor, Database, Transaction


def make_due(db: Database, slot: Slot, now: datetime) -> ArchivedReport | None:
    """Make the report of a slot; return None when another process made it meanwhile. Raises `Busy`."""
    content = daily_report_content.build(db, now, _previous(db, now))
    with db.transaction() as transaction:
        if slot in daily_reports.slots_since(transaction.cursor, slot.day):
            return None
        return _add(transaction, None, content, slot.day, slot.hour, now)


def make_now(db: Database, account: Account, now: datetime) -> ArchivedReport:
    """Make a report on demand, or return that of the last minutes (`MIN_GAP`).

    Raises `Forbidden`, journalled, and `Busy`.
    """
    journal.require(db, account, Action.COORDINATE, Act.REPORT, "reports", now)
    with db.reader() as cursor:
        if recent := _recent(cursor, now):
            return recent
    content = daily_report_content.build(db, now, _previous(db, now))
    day = now.astimezone(region_zone()).date()
    with journal.authorized_transaction(db, account, Action.COORDINATE, Act.REPORT, "reports", now) as transaction:
        recent = _recent(transaction.cursor, now)
        return recent or _add(transaction, account, content, day, None, now)


def _previous(db: Database, now: datetime) -> ArchivedReport | None:
    """Return the report to compare with: the last one of an hour if it is recent (`COMPARED`), else the last one of all."""
    with db.reader() as cursor:
        scheduled, on_demand = (daily_reports.latest(cursor, now, scheduled=one) for one in (True, False))
    if scheduled is not None and now - scheduled.created_at <= COMPARED:
        return scheduled
    reports = [report for report in (scheduled, on_demand) if report is not None]
    return max(reports, key=lambda report: report.created_at, default=None)


def _recent(cursor: Cursor, now: datetime) -> ArchivedReport | None:
    last = daily_reports.latest(cursor, now, scheduled=False)
    return last if last is not None and now - last.created_at < MIN_GAP else None


def _add(
    transaction: Transaction, account: Account | None, content: Content, day: date, hour: int | None, now: datetime
) -> ArchivedReport:
    total, since = content.total, content.since
    counts = (total["beds"], total["places"], total["units"], total["overdue"])
    report = ArchivedReport(secrets.token_hex(8), day, hour, now, content.position, since, *counts)
    daily_reports.add(transaction, report, content.files)
    after = {"action": "make_report", "day": day.isoformat(), **({} if hour is None else {"hour": hour})}
    journal.record(transaction, Act.REPORT, account, f"report:{report.id}", now, after=after)
    return report
