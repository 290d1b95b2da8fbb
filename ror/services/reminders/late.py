"""Read which units are late and who holds them, and find the mails to send now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ror.model.crisis import current_round, is_answer, open_at, reminded_from
from ror.model.freshness import CLOCK_TOLERANCE
from ror.model.reminder import LOOK_BACK, RECENT, WEEK, DueUnit, Line, Person, Preference, Rhythm, plan
from ror.model.territory import time_zone
from ror.services.availability import consult
from ror.settings import settings
from ror.store import accounts, deputyships, handovers, perimeter_holders, reminders
from ror.store.board import aging
from ror.store.board import board as boards
from ror.store.board.board import Board, UnitRow
from ror.store.engine.database import Cursor, Database


@dataclass(frozen=True, slots=True)
class Due:
    """The mails to send now: the lines of each account by its id, and the rows of the board of their units by id."""

    people: dict[str, Person]
    lines: dict[str, list[Line]]
    rows: dict[str, UnitRow]


def read(db: Database, now: datetime) -> Due:
    """Return the mails to send now."""
    board = boards.current(db)
    with db.reader() as cursor:
        preferences = reminders.preferences(cursor)
        weekly = any(preference.rhythm is Rhythm.WEEKLY for preference in preferences.values())
        table = late_units(cursor, board, now, within=WEEK if weekly else timedelta())
        rounds = _rounds(cursor, board, now)
        if not table.num_rows and not rounds:
            return Due({}, {}, {})
        rows: dict[str, UnitRow] = {row["unit"]: row for row in table.to_pylist()} | rounds
        managers = perimeter_holders.managers(
            cursor, board.units.filter(pc.is_in(board.units["unit"], pa.array(list(rows), pa.string())))
        )
        current = handovers.current(cursor, list(rows), now)
        units = [
            _due(row, (name for name, _ in managers.get(unit, ())), [current[unit].receiver] if unit in current else ())
            for unit, row in rows.items()
        ]
        people = _people(cursor, units, rows, preferences, now)
    return Due(people, plan(people, units, settings().reminder_hours, now), rows)


def late_units(cursor: Cursor, board: Board, now: datetime, within: timedelta = timedelta()) -> pa.Table:
    """Return the open units of the board that are overdue now or will be after the time `within`.

    Columns: those of `aged`, and recent (declared within `RECENT`).
    """
    aged = aging.aged(cursor, board.units, consult.moment(board, now))
    due = aged["overdue"]
    if within:
        due = pc.or_(due, aging.aged(cursor, board.units, consult.moment(board, now + within))["overdue"])
    aged = aged.filter(pc.and_(aged["open"], due))
    recent = [_is_recent(at, now) for at in aged["observed_at"].to_pylist()]
    return aged.append_column("recent", pa.array(recent, pa.bool_()))


def _is_recent(observed_at: datetime | None, now: datetime) -> bool:
    """Return whether a number was declared within `RECENT`; of one from a clock too far ahead nobody knows when it was."""
    return observed_at is not None and now - RECENT < observed_at <= now + CLOCK_TOLERANCE


def _rounds(cursor: Cursor, board: Board, now: datetime) -> dict[str, UnitRow]:
    """Return the open units to remind of a round of a crisis that they have not answered, by id.

    Such a unit is overdue already, or the mails of the round are due by now. Columns: those of `late_units`, and round_start,
    round_end and crisis (the name of the event), of the round that ends first.
    """
    events = [(event, current_round(event, now)) for event in open_at(board.crises, now)]
    if not events:
        return {}
    rows: dict[str, UnitRow] = {}
    for row in aging.aged(cursor, board.units, consult.moment(board, now)).to_pylist():
        unanswered = [
            (crisis_round, event)
            for event, crisis_round in events
            if row["open"]
            and event.scope.holds_unit(row)
            and (row["overdue"] or reminded_from(event, now) <= now)
            and not is_answer(row["kind"], row["observed_at"], row["recorded_at"], crisis_round.start)
        ]
        if unanswered:
            first, event = min(unanswered, key=lambda pair: pair[0].end)
            of_round = {"round_start": first.start, "round_end": first.end, "crisis": event.label}
            rows[row["unit"]] = row | of_round | {"recent": _is_recent(row["observed_at"], now)}
    return rows


def _due(row: UnitRow, owners: Iterable[str], receivers: Iterable[str]) -> DueUnit:
    people = frozenset(owners), frozenset(receivers)
    return DueUnit(row["unit"], row["position"], row["overdue"], row["recent"], *people, row.get("round_start"))


def _people(
    cursor: Cursor, units: list[DueUnit], rows: dict[str, UnitRow], preferences: Mapping[str, Preference], now: datetime
) -> dict[str, Person]:
    """Return the accounts that hold the units and have a mail address, by id; each has the time zone of its first unit."""
    department: dict[str, str] = {}
    for unit in units:
        for account_id in unit.owners | unit.receivers:
            department.setdefault(account_id, rows[unit.unit]["department"])
    last = reminders.last_mails(cursor, now - LOOK_BACK, now)
    # A day of margin: it is still yesterday in some territories.
    lasting = deputyships.not_over(cursor, now.date() - timedelta(days=1))
    fields: dict[str, dict[str, Any]] = {}
    for account_id in accounts.mails(cursor, sorted(department)):
        fields[account_id] = {"zone": time_zone(department[account_id]), "last": last.get(account_id)}
        fields[account_id]["deputyships"] = tuple(one for one in lasting if one.account == account_id)
        if account_id in preferences:
            fields[account_id]["preference"] = preferences[account_id]
    return {account_id: Person(account_id, **values) for account_id, values in fields.items()}
