"""Plant faults in a copy of the log, to test whether they are detected: the log itself is only read.

A temporary table hides the table of the same name from the cursor that created it, and from no other.
"""

from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa

from ror.store.engine.database import Cursor

CALLS = 10
"""Calls planted for each unit that is called."""


def plant(cursor: Cursor, since: datetime, from_instant: datetime, frozen: Sequence[str], sudden: Sequence[str]) -> None:
    """Replace, for a cursor, the declarations by a copy of those since an instant with units altered from `from_instant` on.

    `frozen` units repeat their last number before `from_instant` at each declaration; `sudden` ones change it each time.
    """
    _register(cursor, "altered", frozen=frozen, sudden=sudden)
    cursor.execute(
        """
        CREATE TEMP TABLE declaration AS
        WITH log AS (
            SELECT unit, temporality, position, kind, available, observed_at, channel, acts_on, altered.role
            FROM declaration LEFT JOIN altered USING (unit)
            WHERE observed_at >= $since OR kind = 'undone'
        ),
        before AS (
            SELECT unit, temporality, arg_max(available, position) AS last
            FROM log
            WHERE observed_at < $from_instant AND available IS NOT NULL
            GROUP BY unit, temporality
        )
        SELECT log.* EXCLUDE (available, role),
            CASE
                WHEN available IS NULL OR observed_at < $from_instant OR last IS NULL THEN available
                WHEN role = 'frozen' THEN last
                WHEN role = 'sudden' THEN available + 1 + (position % 3)::INTEGER
                ELSE available
            END AS available
        FROM log LEFT JOIN before USING (unit, temporality)
        """,
        {"since": since, "from_instant": from_instant},
    )


def plant_calls(cursor: Cursor, lying: Sequence[str], honest: Sequence[str]) -> None:
    """Replace, for a cursor, the reports of readers by calls an hour after the last numbers of units.

    One call in five confirms the number of a `lying` unit, nine in ten that of an `honest` one.
    """
    _register(cursor, "called", lying=lying, honest=honest)
    cursor.execute(
        """
        CREATE TEMP TABLE feedback AS
        WITH number AS (
            SELECT unit, temporality, role, position, observed_at,
                row_number() OVER (PARTITION BY unit ORDER BY observed_at DESC) AS place
            FROM declaration JOIN called USING (unit)
            WHERE kind IN ('declared', 'confirmed') AND available IS NOT NULL
        )
        SELECT position, unit, temporality, observed_at AS about, 'caller' AS account,
            CASE
                WHEN hash(unit, place) % 10 < CASE role WHEN 'lying' THEN 2 ELSE 9 END THEN 'confirmed' ELSE 'other'
            END AS kind,
            NULL::INTEGER AS other, observed_at + INTERVAL 1 HOUR AS recorded_at
        FROM number
        WHERE place BETWEEN 2 AND $last
        """,
        {"last": CALLS + 1},
    )


def remove(cursor: Cursor) -> None:
    """Remove the altered copies: the cursor reads the real tables again."""
    for table in ("declaration", "feedback"):
        cursor.execute(f"DROP TABLE IF EXISTS temp.{table}")


def _register(cursor: Cursor, name: str, **units: Sequence[str]) -> None:
    pairs = [(unit, role) for role, of_role in units.items() for unit in of_role]
    schema = pa.schema([("unit", pa.string()), ("role", pa.string())])
    cursor.register(name, pa.Table.from_pylist([{"unit": unit, "role": role} for unit, role in pairs], schema))
