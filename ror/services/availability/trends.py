"""Trends: what a territory, a need, a type or a structure had available day by day, and how regularly units declare.

All of it is counted from the log, as it was known then. The registry is that of now: a unit closed in it counts as closed in
the past too, and a unit counts from the day on which it was entered or first declared.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ror.errors import Refused
from ror.model.needs import published_needs
from ror.model.rights import Account
from ror.model.territory import department_name
from ror.model.trend import COMPARED_DAYS, REGULARITY_WEEKS, GroupBy, TrendQuery, daily_instants
from ror.services.availability import consult
from ror.services.availability.consult import Board, View
from ror.services.region_time import region_zone
from ror.store.board import consultation, trends
from ror.store.board import states as past_states
from ror.store.board.states import Ints, States
from ror.store.board.trends import MEASURES as MEASURES
from ror.store.cache import Cache
from ror.store.engine.database import Database

MAX_CELLS = 8_000_000
"""Units x days of one reading: a region over some years, a country over a few weeks. Each takes about 60 bytes meanwhile."""

_READINGS = 12
"""Readings of the log that stay in memory, each of a period, an hour and a registry; a region's year takes 6 MB."""

SPARKLINE_DAYS = 14

_COMPARED = ("median", "low", "high")


@dataclass(frozen=True, slots=True, eq=False)
class Trend:
    """The daily series of a group of units. `code` identifies the group, `label` is its name on screen.

    `units` is their number. `instants` are those of `values`, the series of each of `MEASURES`: `length` days, and
    `COMPARED_DAYS` before them.
    """

    code: str
    label: str
    units: int
    length: int
    instants: tuple[datetime, ...]
    values: Mapping[str, trends.Series]

    @property
    def begun(self) -> bool:
        """Whether a unit of the group was in the registry, or declared, on one of the days."""
        return bool((~np.isnan(self.values["beds"][-self.length - 1 :])).any())

    def latest(self, measure: str) -> float:
        """Return the last value of a measure, 0 when there is none."""
        return float(np.nan_to_num(self.values[measure][-1]))

    def days(self, *measures: str) -> pa.Table:
        """Return a row a day: at, then each measure (all by default) as `beds`, `beds_median`, `beds_low` and `beds_high`.

        The three compare it with the same weekday of the four weeks before; null where there is none.
        """
        shown = slice(-self.length - 1, None)
        columns: dict[str, pa.Array] = {"at": _instants(self.instants[shown])}
        for measure in measures or MEASURES:
            columns[measure] = _nullable(self.values[measure][shown])
            for name, compared in zip(_COMPARED, trends.same_weekday(self.values[measure]), strict=True):
                columns[f"{measure}_{name}"] = _nullable(compared[shown])
        return pa.table(columns)

    def last_day(self, measure: str) -> dict[str, float | None]:
        """Return the last row of `days` for a measure, without its instant."""
        values = self.values[measure][-COMPARED_DAYS - 1 :]
        compared = {f"{measure}_{name}": of[-1] for name, of in zip(_COMPARED, trends.same_weekday(values), strict=True)}
        row = {measure: values[-1], **compared}
        return {name: None if np.isnan(value) else float(value) for name, value in row.items()}


@lru_cache(maxsize=4)
def _readings(db: Database) -> Cache:
    return Cache(_READINGS)


@lru_cache(maxsize=4)
def _hours(db: Database) -> Cache:
    return Cache()


def trend(db: Database, account: Account, query: TrendQuery, now: datetime) -> Trend:
    """Return the trend of all the units of a query. Raises `Forbidden`, journalled; `Refused` for too much at once."""
    board, states = _read(db, account, query.days + COMPARED_DAYS, now, query.department)
    label = department_name(query.department) if query.department else "Région"
    return _trend(query.department, label, query, states, rows_of(board, query))


def trends_by(db: Database, account: Account, query: TrendQuery, by: GroupBy, now: datetime) -> list[Trend]:
    """Return the trend of each group of the units of a query, by label; a unit of several needs counts in each of them.

    Raises as `trend`.
    """
    board, states = _read(db, account, query.days + COMPARED_DAYS, now, query.department)
    groups = _groups(board, rows_of(board, query), by)
    found = [_trend(code, label, query, states, rows) for (code, label), rows in groups.items()]
    return sorted(found, key=lambda one: one.code if by is GroupBy.DEPARTMENT else one.label)


def regularity(db: Database, account: Account, query: TrendQuery, now: datetime) -> pa.Table:
    """Return the open units of a query, with the number of the last eight weeks in which they were never overdue.

    Columns of the board, weeks_on_time and weeks (those in which the unit was open at one instant); the least regular first.
    Raises as `trend`.
    """
    board, states = _read(db, account, REGULARITY_WEEKS * trends.WEEK - 1, now, query.department)
    on_time, weeks = trends.weeks_on_time(states)
    units = board.units.append_column("weeks_on_time", pa.array(on_time)).append_column("weeks", pa.array(weeks))
    rows = rows_of(board, query)
    rows = rows[states.open[rows, -1] & (weeks[rows] > 0)]
    return units.take(rows[np.argsort(on_time[rows] / weeks[rows], kind="stable")])


def declaring_hours(db: Database, account: Account, query: TrendQuery, now: datetime) -> pa.Table:
    """Return when people declared for the units of a query over its days (`store.board.trends.declaring_hours`).

    Raises `Forbidden`, journalled.
    """
    board = consult.current(db, account)
    until, zone = daily_instants(now, 0, region_zone())[0], region_zone()

    def read() -> pa.Table:
        units = board.units["unit"].take(rows_of(board, query)).to_pylist()
        with db.reader() as cursor:
            return trends.declaring_hours(cursor, units, until - timedelta(days=query.days), until, zone)

    return _hours(db).get((board.registry_position, until, query), read)


def last_days(db: Database, account: Account, view: View, days: int = SPARKLINE_DAYS, department: str = "") -> pa.Table:
    """Return the series for the sparklines of a view: a row for each of the days before, then one for the view.

    Columns: at, and `MEASURES`. The filters on what a unit offers are not applied to the past. Raises as `trend`.
    """
    board, states = _read(db, account, days, view.at, department)
    rows = rows_of(board, TrendQuery(days, view.filters, department))
    summary = view.departments.get(department, consult.NO_UNIT) if department else view.region
    share = summary["up_to_date"] / summary["units"] if summary["units"] else np.nan
    now = {"at": view.at, **{name: summary[name] for name in ("beds", "places", "overdue")}, "up_to_date": share}
    past = trends.totals(states, rows)
    columns = {name: np.append(past[name][:-1], now[name]) for name in MEASURES}
    return pa.table(
        {"at": _instants([*states.instants[:-1], view.at]), **{name: _nullable(of) for name, of in columns.items()}}
    )


def rows_of(board: Board, query: TrendQuery) -> Ints:
    """Return the rows of the units of a query in `board.units`."""
    columns = ["department", "finess", "activity_field", "unit_type", "needs", "patients", "capacity_type"]
    units = board.units.select(columns).append_column("row", pa.array(np.arange(board.units.num_rows)))
    for name, value in (("department", query.department), ("finess", query.structure)):
        units = units.filter(pc.equal(units[name], value)) if value else units
    rows: Ints = consultation.matching(units, query.filters.of_units())["row"].to_numpy()
    return rows


def _read(db: Database, account: Account, days: int, now: datetime, department: str) -> tuple[Board, States]:
    """Return the board and its units at the same hour of each of the days before: one reading an hour for all readers.

    A board too large for that is read for one département. Raises `Forbidden`, journalled; `Refused` for too much at once.
    """
    board, instants = consult.current(db, account), daily_instants(now, days, region_zone())
    whole = board.units.num_rows * len(instants) <= MAX_CELLS
    if not whole:
        board = replace(board, slices={department: board.units_of(department)})
        if not department or board.units.num_rows * len(instants) > MAX_CELLS:
            raise Refused("Trop d'unités pour une période aussi longue : choisissez un département ou une période plus courte.")

    def read() -> tuple[Board, States]:
        with db.reader() as cursor:
            return board, past_states.states(cursor, board.units, instants, board.position, board.crises)

    # The board of the reading: its rows are those of the states.
    part = "" if whole else department
    return _readings(db).get((board.registry_position, instants[0], instants[-1], part), read)


def _trend(code: str, label: str, query: TrendQuery, states: States, rows: Ints) -> Trend:
    return Trend(code, label, len(rows), query.days, states.instants, trends.totals(states, rows))


def _groups(board: Board, rows: Ints, by: GroupBy) -> Mapping[tuple[str, str], Ints]:
    """Return the rows of each group, by its code and its label."""
    units = board.units.select(["department", "needs", "unit_type", "type_label", "finess", "structure"]).take(rows).to_pylist()
    needs = published_needs()

    def groups_of(unit: dict[str, str]) -> Iterable[tuple[str, str]]:
        if by is GroupBy.DEPARTMENT:
            return [(unit["department"], department_name(unit["department"]))]
        if by is GroupBy.NEED:
            return [(code, needs[code].label) for code in unit["needs"].split("|") if code]
        code, label = ("unit_type", "type_label") if by is GroupBy.UNIT_TYPE else ("finess", "structure")
        return [(unit[code], unit[label])]

    groups: dict[tuple[str, str], list[int]] = {}
    for row, unit in zip(rows.tolist(), units, strict=True):
        for group in groups_of(unit):
            groups.setdefault(group, []).append(row)
    return {group: np.array(numbers) for group, numbers in groups.items()}


def _nullable(values: trends.Series) -> pa.Array:
    return pa.array(values, from_pandas=True)


def _instants(instants: Iterable[datetime]) -> pa.Array:
    return pa.array(list(instants), pa.timestamp("us", "UTC"))
