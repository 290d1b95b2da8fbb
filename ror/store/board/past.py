"""The board as it stood at a past instant."""

from dataclasses import replace
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from ror.store import tensions
from ror.store.board import contradictions, event_columns
from ror.store.board.board import Board, by_department
from ror.store.engine.database import BATCH, Cursor


def units_at(cursor: Cursor, units: pa.Table, at: datetime | None, position: int) -> pa.Table:
    """Return units of the board with their last events at a past instant, in no order.

    Without an instant, they have their last events at `position`. The log and the reports of readers are read, up to
    `position`. The columns of the registry are those of now: its past is not stored.
    """
    cursor.register("units", units)
    columns = event_columns.columns("declaration")
    replaced = {name: f"event.{name}" for name in columns} | {
        "position": "coalesce(event.position, 0)",
        **{name: f"coalesce(event.{name}, '')" for name in event_columns.TEXTS},
    }
    last = _last_positions(cursor, at, position)
    # PostgreSQL finds listed positions by its index; to join them, every event would travel with all of its columns.
    listed = f"WHERE position IN ({', '.join(map(str, last['position'].to_pylist()))})" if 0 < len(last) <= _MAX_LISTED else ""
    cursor.register("last", last)
    cursor.register("tension", tensions.latest(cursor, at))
    then = cursor.execute(
        f"""
        WITH event AS (
            SELECT unit, temporality, capacity_type, {", ".join(f"{sql} AS {name}" for name, sql in columns.items())}
            FROM declaration JOIN last USING (position)
            {listed}
        ),
        other AS (
            SELECT event.unit AS of_unit, {event_columns.others("event")} AS others
            FROM event JOIN units USING (unit)
            WHERE event.temporality <> units.temporality AND event.capacity_type = units.capacity_type
            GROUP BY event.unit
        )
        SELECT units.* REPLACE (
            {", ".join(f"{sql} AS {name}" for name, sql in replaced.items())},
            coalesce(event.declared_installed, units.registry_installed) AS installed,
            other.others AS others,
            tension.tension AS tension, tension.tension_at AS tension_at, tension.tension_until AS tension_until
        )
        FROM units
        LEFT JOIN event ON event.unit = units.unit AND event.temporality = units.temporality
        LEFT JOIN other ON other.of_unit = units.unit
        LEFT JOIN tension ON tension.finess = units.finess
        """,  # noqa: S608 - constants
    ).to_arrow_table(BATCH)
    return contradictions.marked(cursor, then, position, at=at)


_MAX_LISTED = 20_000
"""Most positions that a statement lists: enough for a region."""


def _last_positions(cursor: Cursor, at: datetime | None, position: int) -> pa.Table:
    """Return the position of the last event, recorded by an instant, of each unit of the table `units` and temporality."""
    recorded = "" if at is None else "recorded_at <= $at AND "
    return cursor.execute(
        f"""
        SELECT max(position) AS position FROM declaration SEMI JOIN units USING (unit)
        WHERE {recorded}position <= $position
        GROUP BY unit, temporality
        """,  # noqa: S608 - constants
        {"position": position} | ({} if at is None else {"at": at}),
    ).to_arrow_table(BATCH)


def board_at(cursor: Cursor, board: Board, at: datetime, position: int | None = None) -> Board:
    """Return a board as it was known at a past instant (`units_at`), in the same order.

    `position`, when it was noted at that instant, is the last event known then: the instants of events, which depend on
    clocks, are not used. Units created since, and without a declaration by then, are left out.
    """
    units = board.units
    then = units_at(cursor, units, at, board.position) if position is None else units_at(cursor, units, None, position)
    order = pc.index_in(units["unit"], value_set=then["unit"].combine_chunks())
    then = then.take(order)
    return replace(board, slices=by_department(existing(then, at)))


def existing(units: pa.Table, at: datetime) -> pa.Table:
    """Return those of the units, as they stood at an instant (`units_at`), that were registered or had declared by then."""
    registered = pc.less_equal(units["created_at"], pa.scalar(at, pa.timestamp("us", "UTC")))
    return units.filter(pc.or_(pc.greater(units["position"], 0), registered))


def recorded_later(cursor: Cursor, units: pa.Table, at: datetime, position: int) -> pa.Table:
    """Return the last event of each unit that was recorded after an instant about a time before it.

    `units` are as they stood at the instant (`units_at`). The events are of the unit's own temporality, recorded after the
    instant, observed by then but later than the number known then, and not undone. Columns: unit, available, observed_at and
    recorded_at.
    """
    cursor.register("units", units.select(["unit", "temporality", "observed_at"]))
    return cursor.execute(
        f"""
        WITH {RECORDED_LATER}
        SELECT unit, available, observed_at, recorded_at FROM later WHERE observed_at <= $at
        QUALIFY row_number() OVER (PARTITION BY unit ORDER BY position DESC) = 1
        ORDER BY unit
        """,  # noqa: S608 - a constant
        {"at": at, "position": position},
    ).to_arrow_table(BATCH)


RECORDED_LATER = """
    since AS (
        SELECT position, unit, temporality, kind, available, observed_at, recorded_at, acts_on
        FROM declaration
        WHERE recorded_at > $at AND position <= $position
    ),
    undone AS (
        SELECT acts_on AS position FROM since WHERE kind = 'undone'
    ),
    later AS (
        SELECT since.* FROM since JOIN units USING (unit, temporality) ANTI JOIN undone USING (position)
        WHERE since.observed_at > coalesce(units.observed_at, '-infinity') AND kind NOT IN ('undone', 'masked')
    )
"""
"""CTEs over `units`, as they stood at an instant: `since` has all events recorded after it, up to a position; `later` those of
them about a moment after that of the number known then, and not undone. Parameters: at, position."""
