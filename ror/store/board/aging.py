"""The rules that depend on the instant, as SQL: what is closed, when a unit owes a declaration, its band of age.

They stand here alone. Other queries read units that `aged` has aged, or begin with the CTE `current`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from ror.model.freshness import CLOCK_TOLERANCE
from ror.store.engine.database import Cursor

Limits = tuple[float, float, float]

REOPENS_AT = "((closed_until + INTERVAL 1 DAY)::TIMESTAMP AT TIME ZONE 'Europe/Paris')"
"""When a unit closed for a time is open again, at midnight in Paris; null for one that is not closed."""

_OWED = f"greatest(0, epoch_us({REOPENS_AT}) - epoch_us(observed_at)) + 1000000::BIGINT * duty_seconds"

# In microseconds: a calendar adds an interval to an instant, which takes eight times as long.
DUE_AT = f"make_timestamptz(epoch_us(observed_at) + {_OWED})"
"""When a unit owes its next declaration, but for one closed in the registry; null for one that never declared.

A unit closed for a time owes nothing before it reopens.
"""

_CLOSED = f"(registry_closed OR coalesce({REOPENS_AT} > $now, false))"

CURRENT = f"""
    current AS (
        SELECT * REPLACE (CASE WHEN {_CLOSED} THEN 0 ELSE available END AS available),
            NOT {_CLOSED} AS open,
            CASE WHEN NOT registry_closed THEN {DUE_AT} END AS due_at
        FROM units
    )
"""  # noqa: S608 - constants
"""CTE: the rows of `units` with the columns of `Board.slices`, where a closed unit offers 0 (RG_EXP_047).

Adds `open` (closed neither in the registry nor for a time) and `due_at` (`DUE_AT`; null for a unit closed in the registry).
Parameter: now.
"""

_INCREDIBLE = f"observed_at > $now + to_seconds({CLOCK_TOLERANCE.total_seconds():.0f})"

OVERDUE = f"open AND (observed_at IS NULL OR {_INCREDIBLE} OR due_at < $now)"
"""Whether a row of `CURRENT` is overdue: never declared, past its duty, or from a clock too far ahead. Parameter: now."""


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, and the upper ages in hours of the first three bands then."""

    at: datetime
    limits: Limits

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of `aged`."""
        fresh, day, week = (self.at - timedelta(hours=hours) for hours in self.limits)
        return {"now": self.at, "fresh_after": fresh, "day_after": day, "week_after": week}


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
                WHEN {_INCREDIBLE} THEN 3
                WHEN observed_at > $fresh_after THEN 0
                WHEN observed_at > $day_after THEN 1
                WHEN observed_at > $week_after THEN 2
                ELSE 3
            END::TINYINT AS rank,
            {OVERDUE} AS overdue
        FROM current
        """,  # noqa: S608 - constants
        moment.parameters(),
    ).to_arrow_table()
    units = units.drop_columns("available")
    for name in result.column_names:
        units = units.append_column(name, result[name])
    return units
