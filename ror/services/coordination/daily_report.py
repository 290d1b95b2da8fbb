"""The reports of the region, for coordinators: choose their hours, subscribe, make one now, read the archive by date."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ror.errors import MailFailed, NotFound, Refused
from ror.model.daily_report import MAX_HOURS, Schedule, Slot, next_slot
from ror.model.journal import Act
from ror.model.rights import Account, Action
from ror.model.sending import MailState
from ror.services import journal, mail
from ror.services.coordination import daily_report_archive, daily_report_mails
from ror.services.region_time import region_zone
from ror.store import accounts, daily_reports
from ror.store.daily_reports import ArchivedReport, FileForm
from ror.store.engine.database import Database

MAX_REPORTS = 1_000
"""Reports that the archive lists: with four a day it holds 1,600, of which the oldest are found by their day."""


@dataclass(frozen=True, slots=True)
class Overview:
    """The hours of the reports and the next one, the number of subscribers, the first and last day of the archive.

    `subscribed_at` is when the account subscribed, None when it did not.
    """

    schedule: Schedule
    zone: ZoneInfo
    next: Slot | None
    subscribers: int
    subscribed_at: datetime | None
    days: tuple[date, date] | None


def overview(db: Database, account: Account, now: datetime) -> Overview:
    """Return the state of the reports for an account. Raises `Forbidden`, journalled."""
    _require(db, account, now)
    zone = region_zone()
    with db.reader() as cursor:
        schedule, subscribers = daily_reports.schedule(cursor), daily_reports.subscribers(cursor)
        days = daily_reports.days(cursor)
    return Overview(schedule, zone, next_slot(schedule, zone, now), len(subscribers), subscribers.get(account.id), days)


def _require(db: Database, account: Account, now: datetime) -> None:
    journal.require(db, account, Action.COORDINATE, Act.REPORT, "reports", now)


def choose_hours(db: Database, account: Account, hours: Sequence[int], now: datetime) -> Schedule:
    """Set the hours of the reports, for everybody, and return them; with no hour, reports are made on demand only.

    Raises `Forbidden`, journalled, and `Refused`.
    """
    chosen = Schedule(tuple(sorted(set(hours))), now)
    if len(chosen.hours) > MAX_HOURS or not all(0 <= hour <= 23 for hour in chosen.hours):
        raise Refused(f"Choisissez au plus {MAX_HOURS} heures, de 0 h à 23 h.")
    with journal.authorized_transaction(db, account, Action.COORDINATE, Act.REPORT, "reports", now) as transaction:
        before = daily_reports.schedule(transaction.cursor)
        if before.hours == chosen.hours:
            # A new choice skips the reports due before it; choosing the same hours again must not skip any.
            return before
        daily_reports.set_schedule(transaction, chosen)
        after = {"action": "choose_hours", "hours": list(chosen.hours)}
        journal.record(transaction, Act.REPORT, account, "reports", now, before={"hours": list(before.hours)}, after=after)
    return chosen


def subscribe(db: Database, account: Account, now: datetime) -> None:
    """Subscribe the account to the reports by mail, unless it is already. Raises `Forbidden`, journalled, and `Refused`."""
    subject = f"account:{account.id}"
    with journal.authorized_transaction(db, account, Action.COORDINATE, Act.REPORT, subject, now) as transaction:
        stored = accounts.by_id(transaction.cursor, account.id)
        if stored is None or not stored.mail:
            raise Refused("Votre compte n'a pas de courriel : demandez au support de l'ajouter, puis recommencez.")
        if account.id in daily_reports.subscribers(transaction.cursor):
            return
        daily_reports.subscribe(transaction, account.id, now)
        journal.record(transaction, Act.REPORT, account, subject, now, after={"action": "subscribe"})


def unsubscribe(db: Database, account: Account, now: datetime) -> None:
    """End the account's subscription to the reports, if it has one. Raises `Forbidden`, journalled."""
    subject = f"account:{account.id}"
    with journal.authorized_transaction(db, account, Action.COORDINATE, Act.REPORT, subject, now) as transaction:
        if account.id not in daily_reports.subscribers(transaction.cursor):
            return
        daily_reports.unsubscribe(transaction, account.id)
        journal.record(transaction, Act.REPORT, account, subject, now, after={"action": "unsubscribe"})


def make_and_send_now(db: Database, account: Account, now: datetime) -> tuple[ArchivedReport, MailState | None]:
    """Make a report now and mail it to the account if possible; return it and the state of the mail, None without a mail.

    Raises `Forbidden`, journalled, `Busy`, and `MailFailed` when the mail server refused: the report is archived all the same.
    """
    report = daily_report_archive.make_now(db, account, now)
    state = daily_report_mails.send_now(db, account, report, now) if mail.configured() else None
    if state not in (None, MailState.SENT):
        raise MailFailed(
            "Le rapport est établi et archivé, mais le courriel n'est pas parti : téléchargez-le ci-dessous, et prévenez le "
            "support si cela se répète."
        )
    return report, state


@dataclass(frozen=True, slots=True)
class ReportDetails:
    """A report of the archive: its summary in words, the forms of its files, its mails by state."""

    report: ArchivedReport
    summary: str
    forms: tuple[FileForm, ...]
    mails: Counter[MailState]


def archive(db: Database, account: Account, day: date | None, now: datetime) -> list[ArchivedReport]:
    """Return the reports of a day, or the newest ones of all days. Raises `Forbidden`, journalled."""
    _require(db, account, now)
    with db.reader() as cursor:
        return daily_reports.archive(cursor, day, MAX_REPORTS)


def report_details(db: Database, account: Account, report_id: str, now: datetime) -> ReportDetails | None:
    """Return a report of the archive, None for an unknown one. Raises `Forbidden`, journalled."""
    _require(db, account, now)
    with db.reader() as cursor:
        report = daily_reports.report(cursor, report_id)
        if report is None:
            return None
        forms = daily_reports.forms(cursor, report_id)
        summary = daily_reports.file(cursor, report_id, FileForm.TEXT) or b""
        mails = Counter(delivery.state for delivery in daily_reports.deliveries(cursor, report_id).values())
    return ReportDetails(
        report, summary.decode(), tuple(form for form in daily_report_mails.MEDIA_TYPES if form in forms), mails
    )


def file(db: Database, account: Account, report_id: str, form: FileForm, now: datetime) -> bytes:
    """Return a file of the archive, and journal that it left. Raises `Forbidden`, journalled, and `NotFound`."""
    subject = f"report:{report_id}"
    journal.require(db, account, Action.COORDINATE, Act.EXPORT, subject, now)
    with db.reader() as cursor:
        content = daily_reports.file(cursor, report_id, form)
    if content is None:
        raise NotFound("Ce rapport n'est plus dans les archives : rechargez la page.")
    with journal.authorized_transaction(db, account, Action.COORDINATE, Act.EXPORT, subject, now) as transaction:
        journal.record(transaction, Act.EXPORT, account, subject, now, after={"action": "export", "file": str(form)})
    return content
