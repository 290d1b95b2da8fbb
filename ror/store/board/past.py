"""What other systems read of the board, page by page: as it stands, or as it stood at a past instant."""

from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np
import pyarrow as pa

from ror.model.board import Filters
from ror.model.freshness import PARIS
from ror.store.engine.database import Cursor


@dataclass(frozen=True, slots=True)
class Query:
    """Which offers are read: those that pass `filters` (its `ranks` apart), of one structure or unit if named ("" for all),

    declared since an instant if given; then the first `limit` of them after a unit, in the order of their ids.
    """

    filters: Filters = field(default_factory=Filters)
    structure: str = ""
    unit: str = ""
    since: datetime | None = None
    after: str = ""
    limit: int = 1


def offers(cursor: Cursor, units: pa.Table, asked: Query, at: datetime) -> pa.Table:
    """The units of a board that are asked for, as they stand at an instant: the columns of `store.board.Board.slices`,

    where a closed unit offers 0 (RG_EXP_047), and `open`, `due_at` (when the unit owes its next declaration; null for
    one closed in the registry, or never declared).
    """
    today = at.astimezone(PARIS).date()
    cursor.register("found", units.take(_rows(cursor, units, asked, today)))
    return cursor.execute(
        """
        WITH states AS (
            SELECT *, registry_closed OR coalesce(closed_until >= $today, false) AS shut FROM found
        )
        SELECT * EXCLUDE (shut) REPLACE (CASE WHEN shut THEN 0 ELSE available END AS available),
            NOT shut AS open,
            CASE WHEN registry_closed OR observed_at IS NULL THEN NULL ELSE greatest(
                observed_at,
                ((closed_until + INTERVAL 1 DAY)::TIMESTAMP AT TIME ZONE 'Europe/Paris')
            ) + to_seconds(duty_seconds) END AS due_at
        FROM states ORDER BY unit
        """,
        {"today": today},
    ).to_arrow_table()


_LOOKED_AT = (
    *("unit", "finess", "unit_type", "activity_field", "capacity_type"),
    *("available", "observed_at", "closed_until", "registry_closed"),
)


def _rows(cursor: Cursor, units: pa.Table, asked: Query, today: date) -> pa.Array:
    """Where the units that are asked for stand in the table: a country is not copied to find a page of it."""
    looked_at = units.select(_LOOKED_AT).append_column("row", pa.array(np.arange(units.num_rows)))
    cursor.register("looked_at", looked_at)
    filters = asked.filters
    found = cursor.execute(
        """
        SELECT row FROM looked_at
        WHERE unit > $after
          AND ($structure = '' OR finess = $structure)
          AND ($unit = '' OR unit = $unit)
          AND (len($activity_fields) = 0 OR list_contains($activity_fields, activity_field))
          AND (len($unit_types) = 0 OR list_contains($unit_types, unit_type))
          AND ($capacity_type IS NULL OR capacity_type = $capacity_type)
          AND ($since IS NULL OR observed_at >= $since)
          AND ($at_least = 0 OR (
              NOT registry_closed AND coalesce(closed_until < $today, true) AND available >= $at_least
          ))
        ORDER BY unit
        LIMIT $limit
        """,
        {
            "today": today,
            "after": asked.after,
            "structure": asked.structure,
            "unit": asked.unit,
            "activity_fields": list(filters.activity_fields),
            "unit_types": list(filters.unit_types),
            "capacity_type": filters.capacity_type,
            "at_least": filters.at_least,
            "since": asked.since,
            "limit": asked.limit,
        },
    ).to_arrow_table()
    return found["row"].combine_chunks()


def stood(cursor: Cursor, units: pa.Table, at: datetime, position: int) -> pa.Table:
    """Units of a board of this position with the events that were their last at a past instant, in no order.

    The log is read for it. What comes from the registry is as it is now: its past is not kept.
    """
    cursor.register("units", units)
    return cursor.execute(
        """
        WITH last AS (
            SELECT max(position) AS position FROM declaration SEMI JOIN units USING (unit)
            WHERE recorded_at <= $at AND position <= $position
            GROUP BY unit, temporality
        ),
        event AS (
            SELECT declaration.* FROM declaration JOIN last USING (position)
        )
        SELECT units.* REPLACE (
            coalesce(event.position, 0) AS position,
            event.kind AS kind,
            event.available AS available,
            coalesce(event.installed, units.registry_installed) AS installed,
            event.occupied AS occupied,
            event.reserved AS reserved,
            event.closed AS closed_count,
            event.supplementary AS supplementary,
            coalesce(event.comment, '') AS comment,
            event.closed_until AS closed_until,
            event.source_type AS source_type,
            event.account AS account,
            event.observed_at AS observed_at
        )
        FROM units LEFT JOIN event ON event.unit = units.unit AND event.temporality = units.temporality
        """,
        {"at": at, "position": position},
    ).to_arrow_table()
