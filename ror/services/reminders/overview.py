"""Read the reminders that were sent: for administrators every mail and who wants none, for a manager its own mail."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ror.model.journal import Act
from ror.model.rights import Account, Action
from ror.model.sending import MailState
from ror.services import journal
from ror.services.reminders import confirm_link
from ror.store import reminders
from ror.store.board import board as boards
from ror.store.engine.database import Database

MAX_MAILS = 500


@dataclass(frozen=True, slots=True)
class SentMail:
    """A mail that was sent at `at`. `units` counts its units.

    `declared_since` counts those with a number from after the mail, declared or confirmed by anybody in any way. `link_lives`:
    its link may still confirm.
    """

    id: str
    account: str
    name: str
    at: datetime
    state: MailState
    tries: int
    units: int
    declared_since: int
    confirmed: int | None
    used_at: datetime | None
    revoked_at: datetime | None
    link_lives: bool


def sent(db: Database, account: Account, now: datetime) -> list[SentMail]:
    """Return the newest mails, `MAX_MAILS` at most. Raises `Forbidden`, journalled, without the right to manage accounts."""
    journal.require(db, account, Action.MANAGE_ACCOUNTS, Act.REMINDER, "accounts", now)
    board = boards.current(db)
    with db.reader() as cursor:
        rows = reminders.newest(cursor, MAX_MAILS).to_pylist()
        shown = reminders.positions(cursor, [row["id"] for row in rows])
    observed = _observed(board.units, {unit for positions in shown.values() for unit in positions})
    return [_sent_mail(row, shown.get(row["id"], {}), observed, now) for row in rows]


def _sent_mail(row: dict[str, Any], shown: Iterable[str], observed: dict[str, datetime], now: datetime) -> SentMail:
    units = list(shown)
    since = sum(unit in observed and observed[unit] > row["claimed_at"] for unit in units)
    return SentMail(
        at=row.pop("claimed_at"),
        state=MailState(row.pop("state")),
        units=len(units),
        declared_since=since,
        link_lives=confirm_link.may_serve(row["used_at"], row["revoked_at"], row.pop("tried_at"), now),
        **row,
    )


def _observed(units: pa.Table, ids: set[str]) -> dict[str, datetime]:
    """Return the instants of the last numbers of units, by id; a unit without a number is left out."""
    found = units.select(["unit", "observed_at"]).filter(pc.is_in(units["unit"], pa.array(sorted(ids), pa.string())))
    return {row["unit"]: row["observed_at"] for row in found.to_pylist() if row["observed_at"] is not None}


def stopped(db: Database, account: Account, now: datetime) -> pa.Table:
    """Return the accounts that want no reminder. Columns: account, name, changed_at, by_link. Raises `Forbidden`."""
    journal.require(db, account, Action.MANAGE_ACCOUNTS, Act.REMINDER, "accounts", now)
    with db.reader() as cursor:
        return reminders.stopped(cursor)


def units_of(db: Database, account: Account, mail_id: str) -> frozenset[str]:
    """Return the units of a mail to the account, none for a mail to somebody else."""
    with db.reader() as cursor:
        mail = reminders.mail(cursor, mail_id)
    return frozenset(mail.positions) if mail is not None and mail.account == account.id else frozenset()
