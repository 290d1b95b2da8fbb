"""What is read from aged units: those that pass filters, their aggregates, a manager's own, a search."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from ror.model.board import Filters
from ror.model.freshness import median_of_counts
from ror.model.rights import Perimeter
from ror.model.search import search_terms
from ror.store.engine.database import Cursor
from ror.store.matching import condition

Row = dict[str, Any]


def passing(cursor: Cursor, units: pa.Table, filters: Filters) -> pa.Table:
    """The aged units that pass the filters, in the same order."""
    if filters == Filters():
        return units
    cursor.register("aged", units)
    return cursor.execute(f"SELECT * FROM aged WHERE {_PASSES}", _wanted(filters)).to_arrow_table()  # noqa: S608 - a constant


_KINDS = """
    (len($activity_fields) = 0 OR list_contains($activity_fields, activity_field))
    AND (len($unit_types) = 0 OR list_contains($unit_types, unit_type))
    AND ($capacity_type IS NULL OR capacity_type = $capacity_type)
    AND (len($ranks) = 0 OR list_contains($ranks, rank))
"""
_PASSES = f"{_KINDS} AND ($at_least = 0 OR available >= $at_least)"


def _wanted(filters: Filters) -> dict[str, Any]:
    return {
        "activity_fields": list(filters.activity_fields),
        "unit_types": list(filters.unit_types),
        "capacity_type": filters.capacity_type,
        "at_least": filters.at_least,
        "ranks": list(filters.ranks),
    }


_COUNTS = """
    coalesce(sum(available) FILTER (capacity_type = '01' AND open), 0)::INTEGER AS beds,
    coalesce(sum(available) FILTER (capacity_type = '01' AND rank <= 1), 0)::INTEGER AS beds_fresh,
    coalesce(sum(available) FILTER (capacity_type = '01' AND rank = 3), 0)::INTEGER AS beds_old,
    coalesce(sum(available) FILTER (capacity_type = '02' AND open), 0)::INTEGER AS places,
    coalesce(sum(available) FILTER (capacity_type = '02' AND rank <= 1), 0)::INTEGER AS places_fresh,
    coalesce(sum(available) FILTER (capacity_type = '02' AND rank = 3), 0)::INTEGER AS places_old,
    coalesce(sum(units) FILTER (open), 0)::INTEGER AS units,
    coalesce(sum(units) FILTER (NOT open), 0)::INTEGER AS shut,
    coalesce(sum(units) FILTER (open AND NOT overdue), 0)::INTEGER AS up_to_date,
    coalesce(sum(units) FILTER (overdue), 0)::INTEGER AS overdue,
    min(observed_at) FILTER (open) AS oldest,
    coalesce(sum(units) FILTER (rank = 0), 0)::INTEGER AS band_0,
    coalesce(sum(units) FILTER (rank = 1), 0)::INTEGER AS band_1,
    coalesce(sum(units) FILTER (rank = 2), 0)::INTEGER AS band_2,
    coalesce(sum(units) FILTER (rank = 3), 0)::INTEGER AS band_3,
    coalesce(sum(units) FILTER (rank = 4), 0)::INTEGER AS band_4
"""
SUMS = ("beds", "beds_fresh", "beds_old", "places", "places_fresh", "places_old", "units", "shut", "up_to_date", "overdue")
BANDS = tuple(f"band_{rank}" for rank in range(5))


def cells(cursor: Cursor, units: pa.Table, at_least: int) -> pa.Table:
    """Aged units that offer at least so many (0: all), counted together where filters and summaries tell none from another.

    Columns: department (in its order), unit_type, with its activity_field and capacity_type, rank, open, overdue; units,
    available (sums), observed_at (the oldest).
    """
    cursor.register("aged", units)
    return cursor.execute(
        """
        SELECT department, unit_type, rank, open, overdue,
               any_value(activity_field) AS activity_field, any_value(capacity_type) AS capacity_type,
               count(*)::INTEGER AS units, sum(available)::INTEGER AS available, min(observed_at) AS observed_at
        FROM aged
        WHERE $at_least = 0 OR available >= $at_least
        GROUP BY department, unit_type, rank, open, overdue
        ORDER BY department
        """,
        {"at_least": at_least},
    ).to_arrow_table()


def departments(cursor: Cursor, counted: pa.Table, filters: Filters) -> list[Row]:
    """A summary of each département that has units passing the filters, from their `cells`, in no particular order.

    A summary has beds, beds_fresh, beds_old, places, places_fresh, places_old (numbers available; "fresh" within the first
    two bands, "old" in the fourth), units, shut, up_to_date, overdue, oldest, band_0..band_4 (units by band) and rank (of the
    median open unit, the older of two middles, "never" counting as oldest; None when no unit is open). These have
    department besides.
    """
    cursor.register("cells", counted)
    rows = cursor.execute(
        f"SELECT department, {_COUNTS} FROM cells WHERE {_KINDS} GROUP BY department",  # noqa: S608 - constants
        {name: wanted for name, wanted in _wanted(filters).items() if name != "at_least"},
    ).to_arrow_table()
    return [_with_rank(row) for row in rows.to_pylist()]


def structures(cursor: Cursor, units: pa.Table) -> list[Row]:
    """A summary (see `departments`) of each structure of aged units, by name.

    Besides: department, finess, structure, commune, telephone, latitude, longitude.
    """
    cursor.register("aged", units)
    rows = cursor.execute(
        f"""
        SELECT any_value(department) AS department, finess, any_value(structure) AS structure,
               any_value(commune) AS commune, any_value(structure_telephone) AS telephone,
               any_value(latitude) AS latitude, any_value(longitude) AS longitude, {_COUNTS}
        FROM (SELECT *, 1 AS units FROM aged) GROUP BY finess ORDER BY strip_accents(lower(any_value(structure))), finess
        """  # noqa: S608 - a constant
    ).to_arrow_table()
    return [_with_rank(row) for row in rows.to_pylist()]


def whole(rows: Sequence[Row]) -> Row:
    """The summary of summaries: that of the region from its départements'; of none, zeros."""
    oldest = [row["oldest"] for row in rows if row["oldest"] is not None]
    sums = {name: sum(row[name] for row in rows) for name in (*SUMS, *BANDS)}
    return _with_rank(sums | {"oldest": min(oldest, default=None)})


def _with_rank(row: Row) -> Row:
    return row | {"rank": median_of_counts([row[band] for band in BANDS])}


def places_by_age(cursor: Cursor, units: pa.Table) -> pa.Table:
    """Numbers available among aged units, by structure, capacity type and band: what the stacked chart draws."""
    cursor.register("aged", units)
    return cursor.execute(
        """
        SELECT finess, any_value(structure) AS structure, capacity_type, rank, sum(available)::INTEGER AS available
        FROM aged
        WHERE open AND available > 0
        GROUP BY finess, capacity_type, rank
        ORDER BY strip_accents(lower(any_value(structure))), capacity_type, rank
        """
    ).to_arrow_table()


def of_perimeter(cursor: Cursor, units: pa.Table, perimeter: Perimeter) -> pa.Table:
    """The aged units that a manager answers for: overdue first, the longest silent before the others, closed ones last."""
    cursor.register("aged", units)
    return cursor.execute(
        """
        SELECT * FROM aged
        WHERE list_contains($units, unit) OR list_contains($structures, finess) OR list_contains($legal_entities, legal_entity)
        ORDER BY overdue DESC, open DESC, observed_at ASC NULLS FIRST,
                 strip_accents(lower(structure)), strip_accents(lower(name))
        """,
        {
            "units": sorted(perimeter.units),
            "structures": sorted(perimeter.structures),
            "legal_entities": sorted(perimeter.legal_entities),
        },
    ).to_arrow_table()


NO_RESULT = pa.Table.from_batches(
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
"""What a search of nothing finds; made of no batch, since `empty_table` would import all of pandas into each command."""


def search(cursor: Cursor, texts: pa.Table, text: str, limit: int) -> pa.Table:
    """Structures of which a unit has every term of a search (`model.search.search_terms`); `texts` is `Directory.texts`.

    Columns: finess, structure, category, commune, department, units, matches (units that have a term by themselves: in
    their own name, type or telephone).
    """
    terms = search_terms(text)
    if not terms:
        return NO_RESULT
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
