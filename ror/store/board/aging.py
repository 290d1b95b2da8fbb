"""The rules that depend on the instant, as SQL: what is closed, when a unit owes a declaration, its band of age.

They stand here alone. Other queries read units that `aged` has aged, or begin with the CTE `current`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from ror.model.freshness import CLOCK_TOLERANCE, PARIS
from ror.store.engine.database import Cursor

Limits = tuple[float, float, float]

_REOPENING = "((closed_until + INTERVAL 1 DAY)::TIMESTAMP AT TIME ZONE 'Europe/Paris')"


def current(today: str = "$today") -> str:
    """Return the SQL of `CURRENT`; `today` is the SQL of the day in Paris, a column when each row has an instant of its own."""
    closed = f"(registry_closed OR coalesce(closed_until >= {today}, false))"
    return f"""
    current AS (
        SELECT * REPLACE (CASE WHEN {closed} THEN 0 ELSE available END AS available),
            NOT {closed} AS open,
            CASE
                WHEN registry_closed OR observed_at IS NULL THEN NULL
                WHEN closed_until IS NULL THEN observed_at + to_seconds(duty_seconds)
                ELSE greatest(observed_at, {_REOPENING}) + to_seconds(duty_seconds)
            END AS due_at
        FROM units
    )
    """  # noqa: S608 - constants


CURRENT = current()
"""CTE: the rows of `units` with the columns of `Board.slices`, where a closed unit offers 0 (RG_EXP_047).

Adds `open` (closed neither in the registry nor for a time) and `due_at`: when the unit owes its next declaration. A unit
closed for a time owes nothing before it reopens, at midnight in Paris. Null for one closed in the registry, or never declared.
Parameter: today, the day in Paris.
"""


def overdue(now: str = "$now", latest_credible: str = "$latest_credible") -> str:
    """Return the SQL of whether a row of `CURRENT` is overdue: never declared, past its duty, or from a clock too far ahead."""
    return f"open AND (observed_at IS NULL OR observed_at > {latest_credible} OR due_at < {now})"


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, and the upper ages in hours of the first three bands then."""

    at: datetime
    limits: Limits

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of `aged`."""
        fresh, day, week = (self.at - timedelta(hours=hours) for hours in self.limits)
        return {
            "now": self.at,
            **current_parameters(self.at),
            "latest_credible": self.at + CLOCK_TOLERANCE,
            "fresh_after": fresh,
            "day_after": day,
            "week_after": week,
        }


_CONDITIONS = ("registry_closed", "closed_until", "available", "observed_at", "duty_seconds")
"""Columns that age depends on."""


def aged(cursor: Cursor, units: pa.Table, moment: Moment) -> pa.Table:
    """Return units of the board as they stand at an instant, in the same order; most columns share the memory of `units`.

    A closed unit offers 0 (`CURRENT`). Adds `open`, `rank` (band of the legend; null when closed) and `overdue`: a number from
    a clock too far ahead is old, and owed again.
    """
    cursor.register("units", units.select(_CONDITIONS))
    result = cursor.execute(
        f"""
        WITH {CURRENT}
        SELECT
            available,
            open,
            CASE
                WHEN NOT open THEN NULL
                WHEN observed_at IS NULL THEN 4
                WHEN observed_at > $latest_credible THEN 3
                WHEN observed_at > $fresh_after THEN 0
                WHEN observed_at > $day_after THEN 1
                WHEN observed_at > $week_after THEN 2
                ELSE 3
            END::TINYINT AS rank,
            {overdue()} AS overdue
        FROM current
        """,  # noqa: S608 - constants
        moment.parameters(),
    ).to_arrow_table()
    units = units.drop_columns("available")
    for name in result.column_names:
        units = units.append_column(name, result[name])
    return units


def current_parameters(at: datetime) -> dict[str, Any]:
    """Return the parameters of `CURRENT`."""
    return {"today": at.astimezone(PARIS).date()}
