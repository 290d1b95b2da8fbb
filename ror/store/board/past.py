"""Queries of other systems on the board, page by page: as it stands, or as it stood at a past instant."""

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pyarrow as pa

from ror.model.board import Filters
from ror.store.board.aging import CURRENT, current_parameters
from ror.store.engine.database import Cursor


@dataclass(frozen=True, slots=True)
class OfferQuery:
    """The offers that pass `filters` (its `ranks` apart), of one structure or unit if named ("" for all),

    declared since an instant if given; then the first `limit` of them after a unit, in the order of their ids.
    """

    filters: Filters = field(default_factory=Filters)
    structure: str = ""
    unit: str = ""
    since: datetime | None = None
    after: str = ""
    limit: int = 1


def offers(cursor: Cursor, units: pa.Table, query: OfferQuery, at: datetime) -> pa.Table:
    """Return the units of a board that match a query, as they stand at an instant (`store.board.aging.CURRENT`)."""
    cursor.register("units", units.take(_matching_rows(cursor, units, query, at)))
    offers = f"WITH {CURRENT} FROM current ORDER BY unit"
    return cursor.execute(offers, current_parameters(at)).to_arrow_table()


_CONDITIONS = (
    *("unit", "finess", "unit_type", "activity_field", "needs", "capacity_type", "duty_seconds"),
    *("available", "observed_at", "closed_until", "registry_closed"),
)
"""Columns that a query reads of every unit."""


def _matching_rows(cursor: Cursor, units: pa.Table, query: OfferQuery, at: datetime) -> pa.Array:
    """Return the indices of the matching units in the table, which is too large to be copied for one page."""
    cursor.register("units", units.select(_CONDITIONS).append_column("row", pa.array(np.arange(units.num_rows))))
    filters = query.filters
    matches = cursor.execute(
        f"""
        WITH {CURRENT}
        SELECT row FROM current
        WHERE unit > $after
          AND ($structure = '' OR finess = $structure)
          AND ($unit = '' OR unit = $unit)
          AND (len($activity_fields) = 0 OR list_contains($activity_fields, activity_field))
          AND (len($unit_types) = 0 OR list_contains($unit_types, unit_type))
          AND (len($needs) = 0 OR list_has_any(string_split(needs, '|'), $needs))
          AND ($capacity_type IS NULL OR capacity_type = $capacity_type)
          AND ($since IS NULL OR observed_at >= $since)
          AND ($at_least = 0 OR available >= $at_least)
        ORDER BY unit
        LIMIT $limit
        """,  # noqa: S608 - a constant
        {
            **current_parameters(at),
            "after": query.after,
            "structure": query.structure,
            "unit": query.unit,
            "activity_fields": list(filters.activity_fields),
            "unit_types": list(filters.unit_types),
            "needs": list(filters.needs),
            "capacity_type": filters.capacity_type,
            "at_least": filters.at_least,
            "since": query.since,
            "limit": query.limit,
        },
    ).to_arrow_table()
    return matches["row"].combine_chunks()


def units_at(cursor: Cursor, units: pa.Table, at: datetime, position: int) -> pa.Table:
    """Return units of the board of this position with the events that were their last at a past instant, in no order.

    The log is read for it. What comes from the registry is as it is now: its past is not stored.
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
