"""Name a deputy for an absence: reminders of the units that both hold go to the deputy, who gains no right."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pyarrow as pa

from ror.errors import Refused
from ror.model.journal import Act
from ror.model.reminder import Deputyship
from ror.model.rights import Account, Action
from ror.services import journal
from ror.services.region_time import region_day
from ror.store import accounts, deputyships, perimeter_holders
from ror.store.board import board as boards
from ror.store.engine.database import Database

MAX_DURATION = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Deputies:
    """The deputies of an account: its deputyship that is not over, if any, and the name of that deputy.

    `colleagues` are the accounts that it may name: names by id. `for_others` are the names of those whose deputy it is itself,
    each with the last day.
    """

    current: Deputyship | None
    name: str
    colleagues: dict[str, str]
    for_others: list[tuple[str, date]]


def read(db: Database, account: Account, now: datetime) -> Deputies:
    """Return the deputies of an account. Raises `Forbidden`, journalled, for an account that may not hand units over."""
    journal.require(db, account, Action.HAND_OVER, Act.REMINDER, f"account:{account.id}", now)
    today = region_day(now)
    with db.reader() as cursor:
        lasting = deputyships.not_over(cursor, today)
        current = next((one for one in lasting if one.account == account.id), None)
        others = [one for one in lasting if one.deputy == account.id]
        ids = [*(one.account for one in others), *([current.deputy] if current else [])]
        names = accounts.names(cursor, ids)
    for_others = [(names.get(one.account, ""), one.last_day) for one in others]
    return Deputies(current, names.get(current.deputy, "") if current else "", _colleagues(db, account), for_others)


def _colleagues(db: Database, account: Account) -> dict[str, str]:
    """Return the other enabled managers whose own perimeter holds a unit of the account's own: names by id, sorted by name."""
    board, perimeter = boards.current(db), account.perimeter
    units = pa.concat_tables(board.units_of(code) for code in board.directory.of_perimeter(perimeter) or [""])
    places = zip(*(units[name].to_pylist() for name in ("unit", "finess", "legal_entity")), strict=True)
    with db.reader() as cursor:
        managers = perimeter_holders.managers(
            cursor, units.filter(pa.array([perimeter.owns(*place) for place in places], pa.bool_()))
        )
    people = {(name, other) for by_unit in managers.values() for other, name in by_unit if other != account.id}
    return {other: name for name, other in sorted(people)}


def name(
    db: Database, account: Account, deputy: str, first_day: date | None, last_day: date | None, instead: bool, now: datetime
) -> Deputyship:
    """Name the deputy of an account from `first_day` to `last_day`, both included, in place of an earlier deputy.

    Raises `Forbidden`, journalled, or `Refused` for the days or for somebody who declares for none of the account's units.
    """
    today = region_day(now)
    if first_day is None or last_day is None or not first_day <= last_day or not today <= last_day <= today + MAX_DURATION:
        raise Refused("Choisissez un premier et un dernier jour d'absence, dans l'ordre, d'aujourd'hui à un an plus tard.")
    subject = f"account:{account.id}"
    journal.require(db, account, Action.HAND_OVER, Act.REMINDER, subject, now)
    if deputy not in _colleagues(db, account):
        raise Refused("Un suppléant déclare déjà pour une de vos unités : choisissez un nom de la liste.")
    with journal.authorized_transaction(db, account, Action.HAND_OVER, Act.REMINDER, subject, now) as transaction:
        named = Deputyship(account.id, deputy, first_day, last_day, instead)
        deputyships.add(transaction, named, now)
        days = {"first_day": first_day.isoformat(), "last_day": last_day.isoformat()}
        after = {"action": "name_deputy", "deputy": deputy, "instead": instead, **days}
        journal.record(transaction, Act.REMINDER, account, subject, now, after=after)
    return named


def end(db: Database, account: Account, now: datetime) -> None:
    """End the deputyship of an account before its last day; does nothing without one. Raises `Forbidden`, journalled."""
    subject = f"account:{account.id}"
    with journal.authorized_transaction(db, account, Action.HAND_OVER, Act.REMINDER, subject, now) as transaction:
        current = deputyships.of_account(transaction.cursor, account.id, region_day(now))
        if current is None:
            return
        deputyships.end(transaction, account.id, now)
        after = {"action": "end_deputy", "deputy": current.deputy}
        journal.record(transaction, Act.REMINDER, account, subject, now, after=after)
