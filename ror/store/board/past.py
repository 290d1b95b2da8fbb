"""The board as it stood at a past instant, and the queries of other systems on a board, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ror.model.board import Filters
from ror.model.count_parts import SEXES
from ror.model.crisis import Duty
from ror.store import tensions
from ror.store.board import contradictions, event_columns
from ror.store.board.aging import AHEAD_OF_CLOCK, TENSION, current_units, duty_parameters
from ror.store.board.board import Board, by_department
from ror.store.engine.database import BATCH, Cursor


@dataclass(frozen=True, slots=True)
class OfferQuery:
    """A page of offers: the first `limit` units, by id, after the unit `after`.

    They match `filters` (except its `ranks`), are of the structure and the unit named ("" for all), and were declared since
    `since`, if given.
    """

    filters: Filters = field(default_factory=Filters)
    structure: str = ""
    unit: str = ""
    since: datetime | None = None
    after: str = ""
    limit: int = 1


def offers(cursor: Cursor, units: pa.Table, query: OfferQuery, at: datetime, duties: Sequence[Duty] = ()) -> pa.Table:
    """Return the units of a board that match a query, as they stand at an instant (`store.board.aging.current_units`).

    `duties` are those of the events of a crisis that are open then. A closed unit has no numbers by sex and no contradiction.
    """
    cursor.register("units", units.take(_matching_rows(cursor, units, query, at)))
    of_open = ", ".join(f"CASE WHEN open THEN {name} END AS {name}" for name in (*SEXES, "contradicted_at"))
    replaced = f"{of_open}, CASE WHEN open THEN contradicted_by ELSE 0 END AS contradicted_by, {TENSION} AS tension"
    offers = f"WITH {current_units(duties)} SELECT * REPLACE ({replaced}) FROM current ORDER BY unit"  # noqa: S608 - constants
    return cursor.execute(offers, {"now": at, **duty_parameters(duties)}).to_arrow_table(BATCH)


_CONDITIONS = (
    *("unit", "finess", "unit_type", "activity_field", "needs", "patients", "capacity_type", "duty_seconds"),
    *("available", *SEXES, "observed_at", "closed_until", "department", "registry_closed"),
)
"""The columns that `_matching_rows` reads of every unit."""


def _matching_rows(cursor: Cursor, units: pa.Table, query: OfferQuery, at: datetime) -> pa.Array:
    """Return the indices in `units` of those that match: the table is too large to be copied for one page."""
    cursor.register("units", units.select(_CONDITIONS).append_column("row", pa.array(np.arange(units.num_rows))))
    filters = query.filters
    matches = cursor.execute(
        f"""
        WITH {current_units()}
        SELECT row FROM current
        WHERE unit > $after
          AND ($structure = '' OR finess = $structure)
          AND ($unit = '' OR unit = $unit)
          AND (len($activity_fields) = 0 OR list_contains($activity_fields, activity_field))
          AND (len($unit_types) = 0 OR list_contains($unit_types, unit_type))
          AND (len($needs) = 0 OR $every_need OR list_has_any(string_split(needs, '|'), $needs))
          AND (NOT $every_need OR list_has_all(string_split(needs, '|'), $needs))
          AND ($patients IS NULL OR list_contains($patients::VARCHAR[], patients))
          AND ($capacity_type IS NULL OR capacity_type = $capacity_type)
          AND ($since IS NULL OR observed_at >= $since AND NOT {AHEAD_OF_CLOCK})
          AND ($at_least = 0 OR available >= $at_least)
          AND ($sex IS NULL OR available > 0)
          AND ($sex IS NULL OR coalesce(CASE $sex WHEN 'women' THEN women ELSE men END, 0) + coalesce(either, 0) > 0)
        ORDER BY unit
        LIMIT $limit
        """,  # noqa: S608 - a constant
        {
            "now": at,
            "after": query.after,
            "structure": query.structure,
            "unit": query.unit,
            "activity_fields": list(filters.activity_fields),
            "unit_types": list(filters.unit_types),
            "needs": list(filters.needs),
            "every_need": filters.every_need,
            "patients": filters.patient_types and list(filters.patient_types),
            "capacity_type": filters.capacity_type,
            "at_least": filters.at_least,
            "sex": filters.sex,
            "since": query.since,
            "limit": query.limit,
        },
    ).to_arrow_table(BATCH)
    return matches["row"].combine_chunks()


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
    listed = f"WHERE position IN ({', '.join(map(str, last['position'].to_pylist()))})" if 0 < len(last) <= _MOST_LISTED else ""
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


_MOST_LISTED = 20_000
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
