"""The columns of the board about the contradictions of a number, from the reports of its readers.

Only the last report of each account about a number counts (`model.feedback`); a number is identified by its unit, its
temporality and the instant at which it was true.
"""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ror.store.engine.database import BATCH, Cursor

COLUMNS = {
    "contradicted_by": pa.int32(),
    "contradicted_at": pa.timestamp("us", "UTC"),
    "contradiction": pa.string(),
    "contradicted_number": pa.int32(),
}
"""Columns of the board: how many accounts contradict the number (0 for none), the latest instant, and the kind and the other
number of the report to show (`model.feedback.Contradiction`); null for none."""

_INSTANT = pa.timestamp("us", "UTC")

MAX_LISTED = 500
"""Most units that a statement lists, so that PostgreSQL uses its index; for more units every report is read."""


def changed_units(cursor: Cursor, after: int, position: int) -> list[str]:
    """Return the units with a report between two positions: above `after`, up to `position` included."""
    query = "SELECT DISTINCT unit FROM feedback WHERE position > ? AND position <= ? ORDER BY unit"
    return [unit for (unit,) in cursor.execute(query, [after, position]).fetchall()]


def marked(
    cursor: Cursor, units: pa.Table, position: int, *, only: Sequence[str] | None = None, at: datetime | None = None
) -> pa.Table:
    """Return units of the board, in the same order, with `COLUMNS` from the reports up to a position.

    `only`: the units to read again; the others keep the columns that they have. `at`: only reports recorded by then count.
    """
    if only is not None and not only:
        return units
    marks = _marks(cursor, units, position, only, at)
    mark_of_row = np.full(units.num_rows, -1)
    mark_of_row[marks["row"].to_numpy()] = np.arange(marks.num_rows)
    by_unit = marks.take(pa.array(mark_of_row, mask=mark_of_row < 0))
    for name, kind in COLUMNS.items():
        index, column = units.schema.get_field_index(name), by_unit[name].cast(kind)
        if name == "contradicted_by":
            column = pc.fill_null(column, 0)
        if only is not None:
            column = pc.if_else(pc.is_in(units["unit"], pa.array(only, units.schema.field("unit").type)), column, units[name])
        units = units.append_column(name, column) if index < 0 else units.set_column(index, name, column)
    return units


def _marks(cursor: Cursor, units: pa.Table, position: int, only: Sequence[str] | None, at: datetime | None) -> pa.Table:
    """Return the contradicted numbers of units: columns row (in the table) and `COLUMNS`."""
    # Instants become integers: DuckDB turns the keys of a join with an Arrow table into Python objects, and instants need pytz.
    about = units["observed_at"].cast(_INSTANT).cast(pa.int64())
    numbers = units.select(["unit", "temporality"]).append_column("about", about)
    cursor.register("number", numbers.append_column("row", pa.array(np.arange(units.num_rows))))
    listed = only if only is not None and len(only) <= MAX_LISTED else ()
    within = f"unit IN ({', '.join('?' * len(listed))})" if listed else "true"
    recorded = "true" if at is None else "recorded_at <= ?"
    return cursor.execute(
        f"""
        WITH reported AS (
            SELECT * FROM feedback WHERE {within} AND position <= ? AND {recorded}
        ),
        latest AS (
            SELECT reported.*, number.row FROM reported JOIN number
                ON number.unit = reported.unit AND number.temporality = reported.temporality
                AND number.about = epoch_us(reported.about)
            QUALIFY row_number() OVER (PARTITION BY number.row, account ORDER BY position DESC) = 1
        ),
        ordered AS (
            SELECT *, kind <> 'unreachable' AS first FROM latest WHERE contradicts
        )
        SELECT row, count(*)::INTEGER AS contradicted_by, max(recorded_at) AS contradicted_at,
            arg_max(kind, (first, recorded_at, position)) AS contradiction,
            last(other ORDER BY first, recorded_at, position) AS contradicted_number
        FROM ordered GROUP BY row
        """,  # noqa: S608 - constants of this module and markers of parameters
        [*listed, position, *([] if at is None else [at])],
    ).to_arrow_table(BATCH)
