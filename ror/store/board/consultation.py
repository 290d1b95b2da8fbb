"""Queries on aged units: those that match filters, their summaries, a manager's own, a search."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from ror.model.board import Filters
from ror.model.freshness import median_of_counts
from ror.model.rights import Perimeter
from ror.model.search import search_terms
from ror.store.board.aging import AGED, Moment
from ror.store.engine.database import Cursor
from ror.store.matching import condition

Summary = dict[str, Any]
"""The numbers of a département, a structure or the region, from its matching units: see `departments`."""

_MATCHES = """
    (len($activity_fields) = 0 OR list_contains($activity_fields, activity_field))
    AND (len($unit_types) = 0 OR list_contains($unit_types, unit_type))
    AND ($capacity_type IS NULL OR capacity_type = $capacity_type)
    AND (len($ranks) = 0 OR list_contains($ranks, rank))
    AND ($at_least = 0 OR available >= $at_least)
"""


def _parameters(filters: Filters, moment: Moment) -> dict[str, Any]:
    return moment.parameters() | {
        "activity_fields": list(filters.activity_fields),
        "unit_types": list(filters.unit_types),
        "capacity_type": filters.capacity_type,
        "at_least": filters.at_least,
        "ranks": list(filters.ranks),
    }


def matching(cursor: Cursor, units: pa.Table, filters: Filters, moment: Moment) -> pa.Table:
    """Return the units of the board that match the filters, aged (`store.board.aging.AGED`), in the same order."""
    cursor.register("units", units)
    query = f"WITH {AGED} SELECT * FROM aged WHERE {_MATCHES}"  # noqa: S608 - constants
    return cursor.execute(query, _parameters(filters, moment)).to_arrow_table()


_COUNTS = """
    coalesce(sum(available) FILTER (capacity_type = '01' AND open), 0)::INTEGER AS beds,
    coalesce(sum(available) FILTER (capacity_type = '01' AND rank <= 1), 0)::INTEGER AS beds_fresh,
    coalesce(sum(available) FILTER (capacity_type = '01' AND rank = 3), 0)::INTEGER AS beds_old,
    coalesce(sum(available) FILTER (capacity_type = '02' AND open), 0)::INTEGER AS places,
    coalesce(sum(available) FILTER (capacity_type = '02' AND rank <= 1), 0)::INTEGER AS places_fresh,
    coalesce(sum(available) FILTER (capacity_type = '02' AND rank = 3), 0)::INTEGER AS places_old,
    (count(*) FILTER (open))::INTEGER AS units,
    (count(*) FILTER (NOT open))::INTEGER AS shut,
    (count(*) FILTER (open AND NOT overdue))::INTEGER AS up_to_date,
    (count(*) FILTER (overdue))::INTEGER AS overdue,
    min(observed_at) FILTER (open) AS oldest,
    (count(*) FILTER (rank = 0))::INTEGER AS band_0,
    (count(*) FILTER (rank = 1))::INTEGER AS band_1,
    (count(*) FILTER (rank = 2))::INTEGER AS band_2,
    (count(*) FILTER (rank = 3))::INTEGER AS band_3,
    (count(*) FILTER (rank = 4))::INTEGER AS band_4
"""
SUMS = ("beds", "beds_fresh", "beds_old", "places", "places_fresh", "places_old", "units", "shut", "up_to_date", "overdue")
BANDS = tuple(f"band_{rank}" for rank in range(5))


def departments(cursor: Cursor, units: pa.Table, filters: Filters, moment: Moment) -> list[Summary]:
    """Return a summary of each département that has matching units, by code.

    A summary has beds, beds_fresh, beds_old, places, places_fresh, places_old (numbers available; "fresh" within the first
    two bands, "old" in the fourth), units, shut, up_to_date, overdue, oldest, band_0..band_4 (units by band) and rank (of the
    median open unit, the older of two middles, "never" counting as oldest; None when no unit is open). These have
    department besides.
    """
    cursor.register("units", units)
    rows = cursor.execute(
        f"WITH {AGED} SELECT department, {_COUNTS} FROM aged WHERE {_MATCHES} GROUP BY department ORDER BY department",  # noqa: S608
        _parameters(filters, moment),
    ).to_arrow_table()
    return [_with_rank(row) for row in rows.to_pylist()]


def structures(cursor: Cursor, aged: pa.Table) -> list[Summary]:
    """Return a summary (see `departments`) of each structure of aged units, by name.

    Besides: department, finess, structure, commune, telephone, latitude, longitude.
    """
    cursor.register("aged", aged)
    rows = cursor.execute(
        f"""
        SELECT any_value(department) AS department, finess, any_value(structure) AS structure,
               any_value(commune) AS commune, any_value(structure_telephone) AS telephone,
               any_value(latitude) AS latitude, any_value(longitude) AS longitude, {_COUNTS}
        FROM aged GROUP BY finess ORDER BY strip_accents(lower(any_value(structure))), finess
        """  # noqa: S608 - a constant
    ).to_arrow_table()
    return [_with_rank(row) for row in rows.to_pylist()]


def total(summaries: Sequence[Summary]) -> Summary:
    """Return the summary of several départements or structures together; of none, zeros."""
    oldest = [one["oldest"] for one in summaries if one["oldest"] is not None]
    sums = {name: sum(one[name] for one in summaries) for name in (*SUMS, *BANDS)}
    return _with_rank(sums | {"oldest": min(oldest, default=None)})


def _with_rank(summary: Summary) -> Summary:
    return summary | {"rank": median_of_counts([summary[band] for band in BANDS])}


def places_by_age(cursor: Cursor, aged: pa.Table) -> pa.Table:
    """Return the numbers available of aged units by structure, capacity type and band, for the stacked chart."""
    cursor.register("aged", aged)
    return cursor.execute(
        """
        SELECT finess, any_value(structure) AS structure, capacity_type, rank, sum(available)::INTEGER AS available
        FROM aged
        WHERE open AND available > 0
        GROUP BY finess, capacity_type, rank
        ORDER BY strip_accents(lower(any_value(structure))), capacity_type, rank
        """
    ).to_arrow_table()


def of_perimeter(cursor: Cursor, units: pa.Table, perimeter: Perimeter, moment: Moment) -> pa.Table:
    """Return the units of a perimeter, aged: overdue ones first, the oldest number before the others, closed ones last."""
    cursor.register("units", units)
    return cursor.execute(
        f"""
        WITH {AGED}
        SELECT * FROM aged
        WHERE list_contains($units, unit) OR list_contains($structures, finess) OR list_contains($legal_entities, legal_entity)
        ORDER BY overdue DESC, open DESC, observed_at ASC NULLS FIRST,
                 strip_accents(lower(structure)), strip_accents(lower(name))
        """,  # noqa: S608 - a constant
        moment.parameters()
        | {
            "units": sorted(perimeter.units),
            "structures": sorted(perimeter.structures),
            "legal_entities": sorted(perimeter.legal_entities),
        },
    ).to_arrow_table()


NO_MATCH = pa.Table.from_batches(
    [],
    pa.schema(
        [
            ("finess", pa.string()),
            ("structure", pa.string()),
            ("category", pa.string()),
            ("commune", pa.string()),
            ("department", pa.string()),
            ("units", pa.int32()),
            ("matches", pa.int32()),
        ]
    ),
)
"""The result of a blank search; made of no batch, since `empty_table` would import all of pandas into each command."""


def search(cursor: Cursor, texts: pa.Table, text: str, limit: int) -> pa.Table:
    """Return the structures of which a unit has every term of a search (`model.search.search_terms`).

    `texts` is `Directory.unit_texts`.

    Columns: finess, structure, category, commune, department, units, matches (units that have a term by themselves: in
    their own name, type or telephone).
    """
    terms = search_terms(text)
    if not terms:
        return NO_MATCH
    cursor.register("texts", texts)
    parameters: dict[str, Any] = {"limit": limit}
    hit = condition(terms, parameters, words="words", numbers="numbers", department="department")
    own = (f"({condition([term], parameters, words='offer', numbers='offer_numbers')})" for term in terms)
    return cursor.execute(
        f"""
        SELECT finess, any_value(structure) AS structure, any_value(category) AS category,
               any_value(commune) AS commune, any_value(department) AS department,
               count(*)::INTEGER AS units, count(*) FILTER ({" OR ".join(own)})::INTEGER AS matches
        FROM texts
        WHERE {hit}
        GROUP BY finess
        ORDER BY strip_accents(lower(any_value(structure))), finess
        LIMIT $limit
        """,  # noqa: S608 - the words are parameters, their names are ours
        parameters,
    ).to_arrow_table()
