"""Save, change, mute, delete and acknowledge one's own alerts, and choose how to be notified of them."""

import secrets
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime

from ror.errors import NotFound, Refused
from ror.model.alert import (
    MAX_ALERTS,
    Alert,
    AlertPreference,
    Condition,
    Mute,
    Ringing,
    checked_name,
    problem,
)
from ror.model.journal import Act
from ror.model.rights import Account, Action
from ror.services import events, journal, mail
from ror.services.alerts import evaluation
from ror.services.region_time import region_zone
from ror.store import alerts
from ror.store.engine.database import Cursor, Database, Transaction

PAGE = "/departements"
"""The page of the questions that alerts are saved from."""

MAX_ADDRESS_LENGTH = 2_000


@dataclass(frozen=True, slots=True)
class OwnAlerts:
    """The alerts of an account, and how it is notified of them.

    `ringings` has the last one of each alert that rang and was not acknowledged; `unacknowledged` counts these alerts.
    `can_mail` tells whether mails can be sent to the account.
    """

    alerts: list[Alert]
    ringings: list[Ringing]
    unacknowledged: int
    preference: AlertPreference
    can_mail: bool


@dataclass(frozen=True, slots=True)
class AlertBadge:
    """The badge of the frame for an account: whether it has `saved` alerts, and the `count` of those to acknowledge.

    `newest` is the number of the last ringing, `name` that of its alert; `sound`: a sound is to be played now.
    """

    saved: bool
    count: int = 0
    newest: int = 0
    name: str = ""
    sound: bool = False


def read(db: Database, account: Account, now: datetime) -> OwnAlerts:
    """Return the alerts of an account. Raises `Forbidden`, journalled, for an account that may not consult."""
    _require(db, account, now)
    with db.reader() as cursor:
        return OwnAlerts(
            alerts.of_account(cursor, account.id),
            alerts.unacknowledged_ringings(cursor, account.id),
            alerts.unacknowledged(cursor, account.id)[0],
            alerts.preference(cursor, account.id),
            can_mail(account),
        )


def can_mail(account: Account) -> bool:
    """Return whether mails can be sent to an account."""
    return bool(account.mail) and mail.configured()


def badge(db: Database, account: Account, now: datetime) -> AlertBadge:
    """Return what the frame shows of the alerts of an account."""
    with db.reader() as cursor:
        if not alerts.count(cursor, account.id):
            return AlertBadge(False)
        count, newest, alert = alerts.unacknowledged(cursor, account.id)
        if not count:
            return AlertBadge(True)
        named = alerts.by_ids(cursor, [alert])
        preference = alerts.preference(cursor, account.id)
    sound = preference.sound and not preference.is_quiet(now, region_zone())
    return AlertBadge(True, count, newest, named[alert].name if alert in named else "", sound)


def save(db: Database, account: Account, name: str, condition: Condition, address: str, by_mail: bool, now: datetime) -> Alert:
    """Save a question as an alert with a name, and return it. One that is true already rings only once it becomes true again.

    Raises `Forbidden`, journalled, or `Refused` for a wrong name or condition, or for one alert too many.
    """
    name = _named(name)
    if refusal := problem(condition):
        raise Refused(refusal)
    if address.partition("?")[0] != PAGE or len(address) > MAX_ADDRESS_LENGTH or not address.isprintable():
        raise Refused("L'adresse de la question est trop longue : retirez des critères.")
    _require(db, account, now)
    value = evaluation.value_now(db, condition, now)
    with _transaction(db, account, now) as transaction:
        if alerts.count(transaction.cursor, account.id) >= MAX_ALERTS:
            raise Refused(f"Vous avez déjà {MAX_ALERTS} alertes : supprimez-en une dans « Mes alertes ».")
        _check_free(transaction.cursor, account, name)
        version = alerts.next_version(transaction)
        holds = condition.holds(value, before=False)
        identifier = secrets.token_urlsafe(9)
        alert = Alert(identifier, account.id, name, address, condition, by_mail, now, version, holds, value, now)
        alerts.write_all(transaction, [alert])
        after = {"action": "save", "alert": alert.id, "by_mail": by_mail}
        journal.record(transaction, Act.ALERT, account, _subject(account), now, after=after)
    _publish(db, account)
    return alert


def rename(db: Database, account: Account, alert: str, name: str, by_mail: bool, now: datetime) -> None:
    """Change the name of an alert, and whether mails are wanted. Raises `Forbidden`, `NotFound`, or `Refused` for the name."""
    name = _named(name)
    with _transaction(db, account, now) as transaction:
        stored = _own(transaction.cursor, account, alert)
        if name != stored.name:
            _check_free(transaction.cursor, account, name)
        alerts.write_all(transaction, [replace(stored, name=name, by_mail=by_mail)])
        after = {"action": "change", "alert": alert, "by_mail": by_mail}
        journal.record(transaction, Act.ALERT, account, _subject(account), now, after=after)
    _publish(db, account)


def mute(db: Database, account: Account, alert: str, choice: Mute, now: datetime) -> None:
    """Mute an alert, or all of them for "": one that becomes true while it is muted does not ring, not even afterwards.

    Raises `Forbidden`, journalled, or `NotFound`.
    """
    zone = region_zone()
    with _transaction(db, account, now) as transaction:
        cursor = transaction.cursor
        muted = [_own(cursor, account, alert)] if alert else alerts.of_account(cursor, account.id)
        if muted:
            alerts.write_all(transaction, [choice.applied(one, now, zone) for one in muted])
        after = {"action": "mute", "alert": alert or "all", "duration": choice.label}
        journal.record(transaction, Act.ALERT, account, _subject(account), now, after=after)
    _publish(db, account)


def delete(db: Database, account: Account, alert: str, now: datetime) -> None:
    """Delete an alert with its ringings. Raises `Forbidden`, journalled, or `NotFound`."""
    with _transaction(db, account, now) as transaction:
        _own(transaction.cursor, account, alert)
        alerts.delete(transaction, alert)
        alerts.next_version(transaction)
        journal.record(transaction, Act.ALERT, account, _subject(account), now, after={"action": "delete", "alert": alert})
    _publish(db, account)


def acknowledge(db: Database, account: Account, alert: str, until: int, now: datetime) -> int:
    """Acknowledge the ringings of an alert, or of all of them for "", up to the number `until`; return how many.

    Raises `Forbidden`, journalled.
    """
    with _transaction(db, account, now) as transaction:
        count = alerts.acknowledge(transaction, account.id, alert, until, now)
        if count:
            after = {"action": "acknowledge", "alert": alert or "all", "ringings": count}
            journal.record(transaction, Act.ALERT, account, _subject(account), now, after=after)
    _publish(db, account)
    return count


def prefer(db: Database, account: Account, chosen: AlertPreference, now: datetime) -> None:
    """Store how an account is notified of its alerts. Raises `Forbidden`, journalled, or `Refused` for wrong hours."""
    if not (0 <= chosen.quiet_from <= 23 and 0 <= chosen.quiet_until <= 23):
        raise Refused("Choisissez des heures entre 0 h et 23 h.")
    with _transaction(db, account, now) as transaction:
        alerts.set_preference(transaction, account.id, chosen)
        hours = {"quiet_from": chosen.quiet_from, "quiet_until": chosen.quiet_until}
        after = {"action": "prefer_alerts", "sound": chosen.sound, **hours}
        journal.record(transaction, Act.ALERT, account, _subject(account), now, after=after)
    _publish(db, account)


def _subject(account: Account) -> str:
    return f"account:{account.id}"


def _require(db: Database, account: Account, now: datetime) -> None:
    journal.require(db, account, Action.CONSULT, Act.ALERT, _subject(account), now)


def _transaction(db: Database, account: Account, now: datetime) -> AbstractContextManager[Transaction]:
    return journal.authorized_transaction(db, account, Action.CONSULT, Act.ALERT, _subject(account), now)


def _named(name: str) -> str:
    checked = checked_name(name)
    if not checked:
        raise Refused("Donnez un nom à cette alerte.")
    return checked


def _own(cursor: Cursor, account: Account, alert: str) -> Alert:
    stored = alerts.by_ids(cursor, [alert]).get(alert)
    if stored is None or stored.account != account.id:
        raise NotFound("Cette alerte n'existe plus : elle a été supprimée.")
    return stored


def _check_free(cursor: Cursor, account: Account, name: str) -> None:
    if any(one.name == name for one in alerts.of_account(cursor, account.id)):
        raise Refused("Une de vos alertes porte déjà ce nom : choisissez-en un autre.")


def _publish(db: Database, account: Account) -> None:
    """Wake the open pages of the account, and the evaluation."""
    events.publish(events.CommitEvent(db.position, alerts=account.id))
