"""The offers of a board that match a query of another system, page by page, now or at a past instant.

The same filters on a board that has its ages already, in Arrow, are `consultation.matching`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pyarrow as pa

from ror.model.count_parts import SEXES
from ror.model.crisis import Duty
from ror.model.filters import Filters
from ror.store.board.aging import AHEAD_OF_CLOCK, TENSION, current_units, duty_parameters
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


def read_offers(cursor: Cursor, units: pa.Table, query: OfferQuery, at: datetime, duties: Sequence[Duty] = ()) -> pa.Table:
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
