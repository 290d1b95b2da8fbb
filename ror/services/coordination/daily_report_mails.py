"""Mail a report of the archive: each mail is claimed and committed before it is sent, so that no process sends it twice.

The right to receive it is read again in the claim. A process that ends after the claim leaves the mail unsent.
"""

from dataclasses import dataclass
from datetime import datetime

from ror.model.daily_report import ReportDelivery, may_deliver
from ror.model.journal import Act, Outcome
from ror.model.rights import Account, Action, entitled
from ror.model.sending import MailState
from ror.services import journal, mail
from ror.services.mail import Attachment, Message
from ror.services.region_time import instant_words, region_zone
from ror.settings import public_address, settings
from ror.store import accounts, daily_reports
from ror.store.daily_reports import ArchivedReport, FileForm
from ror.store.engine.database import Cursor, Database, Transaction

PAGE = "/coordination?volet=Rapports"
MEDIA_TYPES = {FileForm.PDF: "application/pdf", FileForm.CSV: "text/csv"}


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail that is about to be sent: the account as it is stored now, and the number of the attempt."""

    account: Account
    tries: int


def file_name(report: ArchivedReport, form: FileForm) -> str:
    """Return the name of a file of a report: « rapport-2026-11-29-07h.pdf »."""
    if report.hour is not None:
        return f"rapport-{report.day.isoformat()}-{report.hour:02}h.{form}"
    return f"rapport-{report.created_at.astimezone(region_zone()):%Y-%m-%d-%Hh%M}.{form}"


def words(report: ArchivedReport) -> str:
    """Return the words that identify a report: « rapport du 29/11/2026 à 07 h », or its instant when it was on demand."""
    return f"rapport du {report.slot.words if report.slot else instant_words(report.created_at)}"


def waiting(cursor: Cursor, report: ArchivedReport, now: datetime) -> list[str]:
    """Return the ids of the accounts that a report is to be mailed to now; the claim checks each of them again."""
    delivered = daily_reports.deliveries(cursor, report.id)
    subscribed = daily_reports.subscribers(cursor)
    due = [one for one, at in subscribed.items() if may_deliver(report.created_at, at, delivered.get(one), now)]
    stored = {one: accounts.by_id(cursor, one) for one in due}
    # An account without an address has nothing to claim; one without the right stays, since the claim ends its subscription.
    return [one for one, account in stored.items() if account is None or account.mail or not _may_receive(account)]


def _may_receive(account: Account) -> bool:
    return entitled(account, Action.COORDINATE)


def send_due(db: Database, report: ArchivedReport, account_id: str, now: datetime) -> tuple[MailState | None, bool]:
    """Mail a report to a subscriber; return the state of the mail, None when none is due, and whether another may follow."""
    with db.transaction() as transaction:
        claimed = _claim_due(transaction, report, account_id, now)
    return _send(db, report, claimed) if claimed else (None, True)


def _claim_due(transaction: Transaction, report: ArchivedReport, account_id: str, now: datetime) -> Claimed | None:
    cursor = transaction.cursor
    subscribed_at = daily_reports.subscribers(cursor).get(account_id)
    delivery = daily_reports.deliveries(cursor, report.id).get(account_id)
    if subscribed_at is None or not may_deliver(report.created_at, subscribed_at, delivery, now):
        return None
    account = accounts.by_id(cursor, account_id)
    if account is None or not _may_receive(account):
        # The subscription ends for good: it must not come back with the right.
        daily_reports.unsubscribe(transaction, account_id)
        after = {"action": "send_report", "report": report.id}
        journal.record(transaction, Act.REPORT, None, f"account:{account_id}", now, after=after, outcome=Outcome.REFUSED)
        return None
    return _claim(transaction, report, account, None, delivery, now)


def _claim(
    transaction: Transaction,
    report: ArchivedReport,
    account: Account,
    actor: Account | None,
    delivery: ReportDelivery | None,
    now: datetime,
) -> Claimed | None:
    if not account.mail:
        return None
    tries = delivery.tries + 1 if delivery else 1
    daily_reports.claim(transaction, report.id, account.id, tries, now)
    after = {"action": "send_report", "report": report.id}
    journal.record(transaction, Act.REPORT, actor, f"account:{account.id}", now, after=after)
    return Claimed(account, tries)


def send_now(db: Database, account: Account, report: ArchivedReport, now: datetime) -> MailState | None:
    """Mail a report to the account itself; return None when it has no address, or was sent this report already.

    Raises `Forbidden`, journalled.
    """
    subject = f"account:{account.id}"
    with journal.authorized_transaction(db, account, Action.COORDINATE, Act.REPORT, subject, now) as transaction:
        stored = accounts.by_id(transaction.cursor, account.id)
        delivery = daily_reports.deliveries(transaction.cursor, report.id).get(account.id)
        sent = delivery is not None and delivery.state in (MailState.CLAIMED, MailState.SENT)
        claimed = None if sent or stored is None else _claim(transaction, report, stored, account, delivery, now)
    return _send(db, report, claimed)[0] if claimed else None


def _send(db: Database, report: ArchivedReport, claimed: Claimed) -> tuple[MailState, bool]:
    """Send a claimed mail and write its state; return it, and whether the server may take another mail."""
    with db.reader() as cursor:
        files = {form: daily_reports.file(cursor, report.id, form) for form in FileForm}
    attachments = [
        Attachment(file_name(report, form), media_type, content)
        for form, media_type in MEDIA_TYPES.items()
        if (content := files[form]) is not None
    ]
    attached = mail.fitting(attachments)
    text = _text((files[FileForm.TEXT] or b"").decode(), attached, len(attachments))
    subject = f"{settings().service_name} : {words(report)}"
    state, reached = mail.attempt(claimed.tries, claimed.account.mail, Message(subject, text, attachments=attached))
    with db.transaction() as transaction:
        daily_reports.set_state(transaction, report.id, claimed.account.id, state)
    return state, reached


def _text(summary: str, attached: list[Attachment], files: int) -> str:
    """Return the text of a mail, which greets nobody by name: it may be passed on with its files."""
    names = ", ".join(one.name for one in attached)
    joined = f"En pièces jointes : {names}." if names else ""
    missing = "Un fichier trop lourd pour un courriel se télécharge dans le service." if len(attached) < files else ""
    config = settings()
    parts = (
        f"Bonjour,\n\n{summary}\n",
        "\n".join(part for part in (joined, missing) if part) + "\n" if joined or missing else "",
        f"Tous les rapports, et ne plus recevoir celui-ci :\n{public_address(PAGE)}\n",
        f"Support : {config.support_telephone}, {config.support_hours}\n",
    )
    return "\n".join(part for part in parts if part)
