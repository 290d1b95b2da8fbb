"""Read which units are late, who holds them, and from this which mails are to be sent now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ror.model.crisis import current_round, is_answer, open_at, reminded_from
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
    """Return the open units of the board that are overdue now or will be within a time, with the columns of `aged`.

    `recent`: declared within `RECENT`.
    """
    aged = aging.aged(cursor, board.units, consult.moment(board, now))
    due = aged["overdue"]
    if within:
        due = pc.or_(due, aging.aged(cursor, board.units, consult.moment(board, now + within))["overdue"])
    aged = aged.filter(pc.and_(aged["open"], due))
    recent = pc.fill_null(pc.greater(aged["observed_at"], pa.scalar(now - RECENT, aged["observed_at"].type)), False)
    return aged.append_column("recent", recent)


def _rounds(cursor: Cursor, board: Board, now: datetime) -> dict[str, UnitRow]:
    """Return the open units of the board that a mail of a round of a crisis is due for, by id: they have not answered it.

    They are late already, or the mails of the round leave by now. Columns of `late_units`, and round_start, round_end and
    crisis, the name of the event whose round ends first.
    """
    events = [(event, current_round(event, now)) for event in open_at(board.crises, now)]
    if not events:
        return {}
    rows: dict[str, UnitRow] = {}
    for row in aging.aged(cursor, board.units, consult.moment(board, now)).to_pylist():
        asked = [
            (one, event)
            for event, one in events
            if row["open"]
            and event.scope.holds_unit(row)
            and (row["overdue"] or reminded_from(event, now) <= now)
            and not is_answer(row["kind"], row["observed_at"], row["recorded_at"], one.start)
        ]
        if asked:
            one, event = min(asked, key=lambda pair: pair[0].end)
            recent = row["observed_at"] is not None and row["observed_at"] > now - RECENT
            of_round = {"round_start": one.start, "round_end": one.end, "crisis": event.label}
            rows[row["unit"]] = row | of_round | {"recent": recent}
    return rows


def _due(row: UnitRow, owners: Iterable[str], receivers: Iterable[str]) -> DueUnit:
    people = frozenset(owners), frozenset(receivers)
    return DueUnit(row["unit"], row["position"], row["overdue"], row["recent"], *people, row.get("round_start"))


def _people(
    cursor: Cursor, units: list[DueUnit], rows: dict[str, UnitRow], preferences: Mapping[str, Preference], now: datetime
) -> dict[str, Person]:
    """Return those who hold the units and can be reached, each in the time of the first of its units."""
    department: dict[str, str] = {}
    for unit in units:
        for name in unit.owners | unit.receivers:
            department.setdefault(name, rows[unit.unit]["department"])
    last = reminders.last_mails(cursor, now - LOOK_BACK, now)
    # A day of margin: it is still yesterday in some territories.
    lasting = deputyships.not_over(cursor, now.date() - timedelta(days=1))
    fields: dict[str, dict[str, Any]] = {}
    for name in accounts.mails(cursor, sorted(department)):
        fields[name] = {"zone": time_zone(department[name]), "last": last.get(name)}
        fields[name]["deputyships"] = tuple(one for one in lasting if one.account == name)
        if name in preferences:
            fields[name]["preference"] = preferences[name]
    return {name: Person(name, **values) for name, values in fields.items()}
