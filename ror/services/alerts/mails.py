"""Send the mails of alerts that rang, one mail for all those of an account; each is claimed and committed before it is sent.

A process that ends after the claim leaves the mail unsent. Rights, quiet hours and the alerts are read again at the claim: an
alert that is no longer true, was seen on screen, muted or deleted is left out.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ror import metrics
from ror.model.alert import EXPIRY, Alert, Ringing, RingingMailState
from ror.model.ranking import Ranking
from ror.model.rights import Account, Action, entitled
from ror.model.sending import RETRY_AFTER, MailState, state_after_failure
from ror.services import mail
from ror.services.alerts import message
from ror.services.availability import answers, consult, places
from ror.services.availability.answers import Answer
from ror.services.periodic import repeat
from ror.services.region_time import region_zone
from ror.store import accounts, alerts
from ror.store.board import board as boards
from ror.store.engine.database import Database

SECONDS = 15
"""Interval of the rounds: a mail leaves this long after the commit at most."""


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A mail that is about to be sent: its account, the alerts that rang, the numbers of the ringings; `tries` includes it."""

    account: Account
    alerts: list[Alert]
    numbers: list[int]
    tries: int


def send_due(db: Database, now: datetime, should_stop: Callable[[], bool] = lambda: False) -> Counter[RingingMailState]:
    """Send the mails that are due now; return their number by state.

    The round ends at the first mail for which the mail server cannot be reached, and between two mails once `should_stop()`.
    """
    done: Counter[RingingMailState] = Counter()
    if not mail.configured():
        return done
    with db.reader() as cursor:
        waiting = alerts.waiting(cursor)
    for account, ringings in waiting.items():
        if should_stop():
            break
        if not any(_may_leave(one, now) for one in ringings):
            continue
        claimed = _claim(db, account, now)
        if claimed is None:
            continue
        state, reached = _send(db, claimed, now)
        done[state] += 1
        metrics.ALERT_MAILS.labels(str(state)).inc()
        if not reached:
            break
    return done


def _may_leave(ringing: Ringing, now: datetime) -> bool:
    return not ringing.tries or now - ringing.tried_at >= RETRY_AFTER


def _claim(db: Database, account_id: str, now: datetime) -> _Claimed | None:
    """Write that a mail is about to be sent and return it; None when nothing is due any more, or during quiet hours."""
    zone = region_zone()
    with db.transaction() as transaction:
        cursor = transaction.cursor
        ringings = alerts.waiting(cursor, account_id).get(account_id, [])
        stored = alerts.by_ids(cursor, sorted({one.alert for one in ringings}))
        account = accounts.by_id(cursor, account_id)
        may_receive = account is not None and entitled(account, Action.CONSULT) and bool(account.mail)
        wanted = [one for one in ringings if may_receive and _is_wanted(one, stored.get(one.alert), now)]
        if dropped := [one.number for one in ringings if one not in wanted]:
            alerts.set_mail(transaction, dropped, RingingMailState.NONE)
        if account is None or not wanted or alerts.preference(cursor, account_id).is_quiet(now, zone):
            return None
        # Another process may have tried to send one of the ringings meanwhile.
        due = [one for one in wanted if _may_leave(one, now)]
        if not due:
            return None
        alerts.claim(transaction, [one.number for one in due], now)
    named = {one.alert: stored[one.alert] for one in due}
    return _Claimed(account, list(named.values()), [one.number for one in due], 1 + max(one.tries for one in due))


def _is_wanted(ringing: Ringing, alert: Alert | None, now: datetime) -> bool:
    """Return whether a ringing is still to be mailed."""
    if alert is None or not alert.holds or not alert.by_mail or alert.is_silent(now):
        return False
    return ringing.acknowledged_at is None and now - ringing.rang_at < EXPIRY


def _send(db: Database, claimed: _Claimed, now: datetime) -> tuple[RingingMailState, bool]:
    """Send a mail that was claimed; return its state, and whether the server may take another."""
    try:
        written = message.write([(alert, units_of(db, alert, now)) for alert in claimed.alerts], now)
    except Exception:
        # Nothing was sent: the mail is tried again later, as after a temporary refusal of the mail server.
        _set_state(db, claimed, state_after_failure(claimed.tries, temporary=True, doubtful=False))
        raise
    state, reached = mail.attempt(claimed.tries, claimed.account.mail, written)
    return _set_state(db, claimed, state), reached


def _set_state(db: Database, claimed: _Claimed, state: MailState) -> RingingMailState:
    """Write the state of a mail for each ringing in it, and return it."""
    stored = RingingMailState(str(state))
    with db.transaction() as transaction:
        alerts.set_mail(transaction, claimed.numbers, stored)
    return stored


def units_of(db: Database, alert: Alert, now: datetime) -> Sequence[Answer]:
    """Return the first units that answer the question of an alert with something free, the nearest first."""
    condition = alert.condition
    point = places.point(db, condition.place) if condition.place else None
    if condition.place and point is None:
        return ()
    filters = replace(condition.filters, at_least=max(condition.filters.at_least, 1))
    view = consult.view(db, boards.current(db), filters, consult.shared_instant(now))
    departments = [condition.department] if condition.department else []
    radius = condition.kilometres if point else None
    return answers.find(db, view, point, radius, Ranking.DISTANCE, departments, message.MAX_UNITS).answers


async def run_periodically(db: Database) -> None:
    """Send what is due every `SECONDS`, until cancelled: a mail is never sent at once, so that it groups several ringings."""
    await repeat(send_due, db, SECONDS, "the mails of alerts", "The mails of alerts could not be sent", wait_first=True)
