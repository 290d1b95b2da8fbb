"""Send the reminders that are due: each mail is claimed and committed before it is sent, so that no process sends it twice.

A process that ends after the claim leaves the mail unsent. A mail that the mail server did not accept is tried again, a bounded
number of times.
"""

import logging
import secrets
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from ror import metrics
from ror.errors import Unavailable
from ror.model.reminder import LOOK_BACK, Line, Person, Rhythm
from ror.model.rights import Account, Action, entitled
from ror.model.sending import MailState
from ror.services import mail
from ror.services.periodic import repeat
from ror.services.reminders import late, message, notices
from ror.services.reminders.late import Due
from ror.settings import settings
from ror.store import accounts, reminders
from ror.store.board import board as boards
from ror.store.engine.database import Cursor, Database
from ror.store.reminders import Mail

SECONDS = 300
"""Interval of the rounds of a server."""

STALE_SECONDS = 60
"""A mail is decided from a reading of at most this age: meanwhile units are declared and handed over, and the hours end."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class ReminderRound:
    """The result of a round: the number of mails and of notices by their state after it."""

    mails: Counter[MailState] = field(default_factory=Counter)
    notices: Counter[MailState] = field(default_factory=Counter)

    def by_name(self) -> dict[str, Counter[MailState]]:
        """Return both counts by their names."""
        return {"mails": self.mails, "notices": self.notices}


def send_due(db: Database, now: datetime, should_stop: Callable[[], bool] = lambda: False) -> ReminderRound:
    """Send the mails and the notices that are due now, if the settings allow; return how many of each.

    The round ends at the first mail for which the mail server cannot be reached or whose connection was lost, and between two
    mails once `should_stop()`: the others are not claimed. What is due is read anew every `STALE_SECONDS`.
    """
    done, started = ReminderRound(), time.monotonic()
    if settings().reminders == "off":
        return done
    try:
        done.notices = notices.post_due(db, now)
    except Unavailable:
        raise
    except Exception:
        # Mails do not depend on the other system, nor on how its address was written.
        log.exception("Late units could not be posted")
    if not mail.configured():
        return done
    at = now
    while _send_while_fresh(db, at, should_stop, done):
        at = now + timedelta(seconds=time.monotonic() - started)
    return done


def _send_while_fresh(db: Database, now: datetime, should_stop: Callable[[], bool], done: ReminderRound) -> bool:
    """Send the mails due now; return whether that reading became stale before the last mail, and is to be repeated."""
    read_at = time.monotonic()
    due = late.read(db, now)
    for account_id, lines in due.lines.items():
        if should_stop():
            return False
        if time.monotonic() - read_at > STALE_SECONDS:
            return True
        state, reached = _send(db, due, account_id, lines, now)
        if state is not None:
            done.mails[state] += 1
            metrics.REMINDERS.labels(str(state)).inc()
        if not reached:
            return False
    return False


def _send(db: Database, due: Due, account_id: str, lines: list[Line], now: datetime) -> tuple[MailState | None, bool]:
    """Claim and send one mail; return its state, None when it is not due any more, and whether the server may take another."""
    claimed = _claim(db, due.people[account_id], lines, now)
    if claimed is None:
        return None, True
    account, claimed_mail, lines, absent = claimed
    written = message.write(account.name, claimed_mail, lines, due.rows, absent, now)
    state, reached = mail.attempt(claimed_mail.tries, account.mail, written)
    with db.transaction() as transaction:
        reminders.set_state(transaction, claimed_mail.id, state)
    return state, reached


def _claim(
    db: Database, person: Person, lines: list[Line], now: datetime
) -> tuple[Account, Mail, list[Line], dict[str, str]] | None:
    """Write that a mail is about to be sent, and return it with the account, its lines and the names of those absent.

    Return None when it is not due any more: another process claimed it, the account changed, or its units were declared.
    """
    board = boards.current(db)
    positions = _positions(board.units, [line.unit.unit for line in lines])
    lines = [line for line in lines if positions.get(line.unit.unit) == line.unit.position]
    with db.transaction() as transaction:
        cursor = transaction.cursor
        account = accounts.by_id(cursor, person.id)
        last = reminders.last_mails(cursor, now - LOOK_BACK, now, person.id).get(person.id)
        if not lines or account is None or last != person.last or not _may_be_written_to(cursor, account):
            return None
        if retried := person.mail_to_retry(now):
            mail_id = retried.id
            reminders.claim_again(transaction, mail_id, account.generation, lines, now)
        else:
            mail_id = secrets.token_urlsafe(16)
            reminders.claim(transaction, mail_id, account.id, account.generation, lines, now)
        claimed = reminders.mail(cursor, mail_id)
        absent = accounts.names(cursor, sorted({line.absent for line in lines if line.absent}))
    assert claimed is not None
    return account, claimed, lines, absent


def _positions(units: pa.Table, ids: list[str]) -> dict[str, int]:
    """Return the last positions of units of the board."""
    found = units.select(["unit", "position"]).filter(pc.is_in(units["unit"], pa.array(ids, units["unit"].type)))
    return dict(zip(found["unit"].to_pylist(), found["position"].to_pylist(), strict=True))


def _may_be_written_to(cursor: Cursor, account: Account) -> bool:
    wants = reminders.preference(cursor, account.id).rhythm is not Rhythm.OFF
    return wants and bool(account.mail) and entitled(account, Action.DECLARE)


async def run_periodically(db: Database) -> None:
    """Send what is due at once, then every `SECONDS`, until cancelled; only where the setting lets the server send."""
    if settings().reminders == "server":
        await repeat(send_due, db, SECONDS, "reminders", "Reminders could not be sent")
