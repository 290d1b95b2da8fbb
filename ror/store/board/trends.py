"""Sums of units over time (`store.board.states`): by group, against the same weekday, week by week; and when people declare."""

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
"""What is followed: beds and places available, the share of open units that are not overdue (0 to 1), and overdue units."""

WEEK = 7
_COMPARED = (1, 2, 3, 4)
"""The weeks before a day that it is compared with."""


def totals(states: States, rows: Ints) -> dict[str, Series]:
    """Return each of `MEASURES` at each instant over some rows of the units; NaN before the first of them existed.

    The share is NaN besides while none of them is open.
    """
    beds = states.beds[rows]
    available, opened = states.available[rows], states.open[rows].sum(axis=0)
    overdue, existed = states.overdue[rows].sum(axis=0), states.existed[rows].any(axis=0)
    numbers = {"beds": available[beds].sum(axis=0), "places": available[~beds].sum(axis=0), "overdue": overdue}
    share = np.divide(opened - overdue, opened, out=np.full(len(opened), np.nan), where=opened > 0)
    return {"up_to_date": share} | {name: np.where(existed, number, np.nan) for name, number in numbers.items()}


def same_weekday(values: Series) -> tuple[Series, Series, Series]:
    """Return the median, the smallest and the largest of the same weekday in the four weeks before each day of a daily series.

    Weeks without a number are left out; NaN where all four are.
    """
    before = np.full((len(_COMPARED), len(values)), np.nan)
    for row, weeks in enumerate(_COMPARED):
        before[row, weeks * WEEK :] = values[: -weeks * WEEK]
    # Missing weeks are sorted last; where all four are, every index leads to one of them.
    before.sort(axis=0)
    weeks, days = (~np.isnan(before)).sum(axis=0), np.arange(len(values))
    median = (before[(weeks - 1) // 2, days] + before[weeks // 2, days]) / 2
    return median, before[0], before[weeks - 1, days]


def weeks_on_time(states: States) -> tuple[Ints, Ints]:
    """Return by unit the weeks at none of whose daily instants it was overdue, and the weeks in which it was open at one.

    The instants are daily, whole weeks of them. A week counts once the unit was open in it.
    """
    weeks = (len(states.units), -1, WEEK)

    def any_day(of: Bools) -> Bools:
        days: Bools = np.any(of.reshape(weeks), axis=2)
        return days

    opened, late = any_day(states.open), any_day(states.overdue)
    return (opened & ~late).sum(axis=1), opened.sum(axis=1)


def declaring_hours(cursor: Cursor, units: Sequence[str], since: datetime, until: datetime, zone: ZoneInfo) -> pa.Table:
    """Return when people declared for units between two instants, software left out and undone declarations included.

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
