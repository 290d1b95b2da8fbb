"""Alter a copy of the log, to see whether what is known to be wrong in it is found: the log itself is only read.

A temporary table hides the one of the same name from the cursor that made it.
"""

from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa

from ror.store.engine.database import Cursor


def plant(cursor: Cursor, since: datetime, frozen: Sequence[str], sudden: Sequence[str], instant: datetime) -> None:
    """Hide the declarations from a cursor by a copy of those since an instant, in which units are altered from another on.

    Those `frozen` repeat their last number before it at each declaration; those `sudden` declare another number each time.
    """
    altered = [*((unit, "frozen") for unit in frozen), *((unit, "sudden") for unit in sudden)]
    columns = {"unit": [unit for unit, _ in altered], "alteration": [kind for _, kind in altered]}
    cursor.register("altered", pa.table(columns, pa.schema([("unit", pa.string()), ("alteration", pa.string())])))
    cursor.execute(
        """
        CREATE OR REPLACE TEMP TABLE declaration AS
        WITH log AS (
            SELECT unit, temporality, position, kind, available, observed_at, channel, acts_on, altered.alteration
            FROM declaration LEFT JOIN altered USING (unit) WHERE observed_at >= $since
        ),
        last AS (
            SELECT unit, temporality, arg_max(available, (observed_at, position)) AS last
            FROM log WHERE observed_at < $instant AND available IS NOT NULL GROUP BY unit, temporality
        )
        SELECT log.* EXCLUDE (available, alteration),
            CASE
                WHEN available IS NULL OR observed_at < $instant OR last IS NULL THEN available
                WHEN alteration = 'frozen' THEN last
                WHEN alteration = 'sudden' THEN available + 1 + (position % 3)::INTEGER
                ELSE available
            END AS available
        FROM log LEFT JOIN last USING (unit, temporality)
        """,
        {"since": since, "instant": instant},
    )
    cursor.unregister("altered")
