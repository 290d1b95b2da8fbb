"""Trends of units (`store.board.states`): totals, comparison by weekday, weeks on time, the hours at which people declare."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ror.model.nomenclature import SourceType
from ror.store.board.states import Bools, Ints, States
from ror.store.engine.database import BATCH, Cursor

Series = NDArray[np.float64]
"""A number per instant; NaN where there is none."""

MEASURES = ("beds", "places", "up_to_date", "overdue")
"""The measures of a trend: beds and places available, the share of open units not overdue (0 to 1), and overdue units."""

WEEK = 7
_COMPARED = (1, 2, 3, 4)
"""A day is compared with the same weekday so many weeks before."""


def totals(states: States, rows: Ints) -> dict[str, Series]:
    """Return each of `MEASURES` at each instant over some rows of the units; NaN before the first of them existed.

    The share is also NaN while none of them is open.
    """
    beds = states.beds[rows]
    available, opened = states.available[rows], states.open[rows].sum(axis=0)
    overdue, existed = states.overdue[rows].sum(axis=0), states.existed[rows].any(axis=0)
    numbers = {"beds": available[beds].sum(axis=0), "places": available[~beds].sum(axis=0), "overdue": overdue}
    share = np.divide(opened - overdue, opened, out=np.full(len(opened), np.nan), where=opened > 0)
    return {"up_to_date": share} | {name: np.where(existed, number, np.nan) for name, number in numbers.items()}


def same_weekday(values: Series) -> tuple[Series, Series, Series]:
    """Return for each day of a series the median, the smallest and the largest of the same weekday in the four weeks before.

    Weeks without a number are left out; the results are NaN where no week is left.
    """
    before = np.full((len(_COMPARED), len(values)), np.nan)
    for row, weeks in enumerate(_COMPARED):
        before[row, weeks * WEEK :] = values[: -weeks * WEEK]
    # NaN are sorted last; where all four weeks are NaN, each index below leads to one of them.
    before.sort(axis=0)
    weeks, days = (~np.isnan(before)).sum(axis=0), np.arange(len(values))
    median = (before[(weeks - 1) // 2, days] + before[weeks // 2, days]) / 2
    return median, before[0], before[weeks - 1, days]


def weeks_on_time(states: States) -> tuple[Ints, Ints]:
    """Return by unit the number of weeks without a daily instant at which it was overdue, and the number of all its weeks.

    The instants are daily, whole weeks of them. Only weeks in which the unit was open at some instant count.
    """
    weeks = (len(states.units), -1, WEEK)

    def on_any_day(by_instant: Bools) -> Bools:
        by_week: Bools = np.any(by_instant.reshape(weeks), axis=2)
        return by_week

    opened, late = on_any_day(states.open), on_any_day(states.overdue)
    return (opened & ~late).sum(axis=1), opened.sum(axis=1)


def declaring_hours(cursor: Cursor, units: Sequence[str], since: datetime, until: datetime, zone: ZoneInfo) -> pa.Table:
    """Count the declarations that people, not software, made for units between two instants, undone ones included.

    Columns: weekday (1 is Monday), hour (0 to 23, both in the time zone) and declarations; no row for an hour without any.
    """
    cursor.register("units", pa.table({"unit": pa.array(units, pa.string())}))
    return cursor.execute(
        """
        WITH by_hour AS (
            SELECT date_trunc('hour', recorded_at) AS hour, count(*) AS declarations
            FROM declaration SEMI JOIN units USING (unit)
            WHERE recorded_at > $since AND recorded_at <= $until AND source_type = $manual
              AND kind IN ('declared', 'confirmed', 'closed')
            GROUP BY ALL
        ),
        local AS (
            SELECT hour AT TIME ZONE $zone AS hour, declarations FROM by_hour
        )
        SELECT isodow(hour)::INTEGER AS weekday, hour(hour)::INTEGER AS hour, sum(declarations)::INTEGER AS declarations
        FROM local
        GROUP BY ALL
        ORDER BY ALL
        """,
        {"since": since, "until": until, "manual": str(SourceType.MANUAL), "zone": zone.key},
    ).to_arrow_table(BATCH)
