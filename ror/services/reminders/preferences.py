"""Set when a manager wants to be reminded: chosen in « Mon compte », or stopped by the link of a mail."""

from dataclasses import dataclass
from datetime import datetime

from ror import metrics
from ror.errors import Refused
from ror.model.french import WEEKDAYS
from ror.model.journal import Act
from ror.model.reminder import Preference, Rhythm
from ror.model.rights import Account, Action
from ror.services import journal
from ror.services.reminders import signed_link
from ror.services.reminders.signed_link import LinkKind
from ror.settings import settings
from ror.store import accounts, reminders
from ror.store.engine.database import Database
from ror.store.reminders import Mail


@dataclass(frozen=True, slots=True)
class OwnReminders:
    """The preference of a manager, and its last mail, None without any."""

    preference: Preference
    last: Mail | None


def read(db: Database, account: Account) -> OwnReminders:
    """Return the reminders of an account."""
    with db.reader() as cursor:
        return OwnReminders(reminders.preference(cursor, account.id), reminders.last_of(cursor, account.id))


def prefer(db: Database, account: Account, rhythm: Rhythm, weekday: int, hour: int, now: datetime) -> Preference:
    """Store when a manager wants to be reminded. Raises `Forbidden`, journalled, or `Refused` for a wrong day or hour."""
    first, end = settings().reminder_hours
    if rhythm is Rhythm.WEEKLY and (not 0 <= weekday < len(WEEKDAYS) or not first <= hour < end):
        raise Refused(f"Choisissez un jour de la semaine et une heure entre {first} h et {end - 1} h.")
    subject, chosen = f"account:{account.id}", Preference(rhythm, weekday, hour, now)
    with journal.authorized_transaction(db, account, Action.DECLARE, Act.REMINDER, subject, now) as transaction:
        before = reminders.preference(transaction.cursor, account.id)
        reminders.set_preference(transaction, account.id, chosen, now, by_link=False)
        after = {"action": "prefer", **_values(chosen)}
        journal.record(transaction, Act.REMINDER, account, subject, now, before=_values(before), after=after)
    return chosen


def _values(preference: Preference) -> dict[str, object]:
    weekly = preference.rhythm is Rhythm.WEEKLY
    return {"rhythm": str(preference.rhythm)} | (
        {"weekday": WEEKDAYS[preference.weekday], "hour": preference.hour} if weekly else {}
    )


def account_of_stop_link(db: Database, token: str, now: datetime) -> Account:
    """Return the account whose reminders a link stops; writes nothing. Raises `NotFound` when the link is not valid."""
    with db.reader() as cursor:
        signed_link.check_rate(cursor, now)
        mail = signed_link.find(cursor, LinkKind.STOP, token)
        account = accounts.by_id(cursor, mail.account)
    if account is None or account.disabled:
        raise signed_link.invalid_link_error()
    return account


def stop_by_link(db: Database, token: str, now: datetime) -> None:
    """Stop the reminders of the account of a link; may be called twice. Raises `NotFound`, counted by network."""
    signed_link.check_press(db, LinkKind.STOP, token, now)
    account = account_of_stop_link(db, token, now)
    subject, chosen = f"account:{account.id}", Preference(Rhythm.OFF)
    with journal.authorized_transaction(db, account, Action.ENTER, Act.REMINDER, subject, now) as transaction:
        before = reminders.preference(transaction.cursor, account.id)
        if before.rhythm is Rhythm.OFF:
            return
        reminders.set_preference(transaction, account.id, chosen, now, by_link=True)
        after = {"action": "stop_by_link", **_values(chosen)}
        journal.record(transaction, Act.REMINDER, account, subject, now, before=_values(before), after=after)
    metrics.REMINDERS.labels("stopped").inc()
