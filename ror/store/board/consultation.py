"""Queries on aged units (`store.board.aging`): matching units, their summaries, the units of a perimeter, and a search."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ror.model.filters import Filters
from ror.model.freshness import median_of_counts
from ror.model.nomenclature import CapacityType
from ror.model.rights import Perimeter
from ror.model.search import search_terms
from ror.store.engine.database import BATCH, Cursor
from ror.store.matching import condition

Summary = dict[str, Any]
"""The numbers of a département, a structure or the region, from its matching units: see `departments`."""

BandCount = dict[str, Any]
"""A row of `_by_band`."""


def matching(units: pa.Table, filters: Filters) -> pa.Table:
    """Return the aged units that match the filters, in the same order; `offers` has the same filters in SQL."""
    choices = {"activity_field": filters.activity_fields, "unit_type": filters.unit_types, "rank": filters.ranks}
    conditions = [
        pc.is_in(units[name], value_set=pa.array(choice, units.schema.field(name).type))
        for name, choice in choices.items()
        if choice
    ]
    if filters.needs:
        answered = [pc.match_substring_regex(units["needs"], rf"(^|\|){need}($|\|)") for need in filters.needs]
        conditions.append(reduce(pc.and_ if filters.every_need else pc.or_, answered))
    if filters.patient_types is not None:
        conditions.append(pc.is_in(units["patients"], value_set=pa.array(filters.patient_types, pa.string())))
    if filters.capacity_type is not None:
        conditions.append(pc.equal(units["capacity_type"], str(filters.capacity_type)))
    if filters.at_least:
        conditions.append(pc.greater_equal(units["available"], filters.at_least))
    if filters.sex is not None:
        own, either = (pc.coalesce(units[name], pa.scalar(0, pa.int32())) for name in (filters.sex, "either"))
        conditions += [pc.greater(pc.add(own, either), 0), pc.greater(units["available"], 0)]
    return units.filter(reduce(pc.and_, conditions)) if conditions else units


_BY_BAND = ("capacity_type", "rank")
_COUNTED = (*_BY_BAND, "available", "overdue", "observed_at")
_FILTERED = ("activity_field", "unit_type", "needs", "patients", "women", "men", "either")


SUMMARIZED = ("department", *_COUNTED, *_FILTERED)
"""Columns that `departments` reads."""


def matching_columns(units: pa.Table, filters: Filters, columns: Sequence[str]) -> pa.Table:
    """Return some columns of the aged units that match: filtering all the columns of a country would be too slow."""
    return matching(units.select(list(dict.fromkeys([*columns, *_COUNTED, *_FILTERED]))), filters).select(list(columns))


def departments(units: pa.Table, filters: Filters) -> tuple[Summary, dict[str, Summary]]:
    """Summarise the aged units that match filters: all of them, and by code those of each département that has some.

    A summary has beds, beds_fresh, beds_old, places, places_fresh, places_old (numbers available; "fresh" within the first
    two bands, "old" in the fourth), units, shut, up_to_date, overdue, oldest, band_0..band_4 (units by band) and rank (of the
    median open unit, the older of two middle ones, "never" counting as oldest; None when no unit is open). The summary of a
    département has its code as department, too.
    """
    # Only these columns, since filtering all those of a country would be too slow.
    counts = _by_band(matching(units.select(SUMMARIZED), filters), "department")
    summaries = {code: {"department": code, **_summary(rows)} for code, rows in counts.items()}
    return _summary([row for rows in counts.values() for row in rows]), summaries


_PLACE = (
    "department",
    "structure",
    "commune",
    "structure_telephone",
    "structure_bed_telephone",
    "latitude",
    "longitude",
    "tension",
)


def structures(units: pa.Table) -> list[Summary]:
    """Summarise aged units by structure (see `departments`), in the order of the units.

    Each summary also has department, finess, structure, commune, telephone, bed_telephone, latitude, longitude and tension.
    """
    table = units.group_by("finess", use_threads=False).aggregate([(name, "one") for name in _PLACE])
    table = table.rename_columns(["finess", *(name.replace("structure_", "") for name in _PLACE)])
    places = {row["finess"]: row for row in table.to_pylist()}
    return [places[finess] | _summary(rows) for finess, rows in _by_band(units, "finess").items()]


_AGES = pa.schema(
    [
        *((name, pa.string()) for name in ("finess", "structure", "capacity_type")),
        ("rank", pa.int8()),
        ("available", pa.int32()),
    ]
)


def places_by_age(units: pa.Table) -> pa.Table:
    """Add up the numbers available of aged units by structure, capacity type and band.

    The rows are in the order of the units, then by capacity type and band. Columns: `_AGES`.
    """
    groups = units.filter(pc.greater(units["available"], 0)).group_by(["finess", "structure", *_BY_BAND], use_threads=False)
    table = groups.aggregate([("available", "sum")]).rename_columns(_AGES.names).cast(_AGES)
    order = pc.index_in(table["finess"], value_set=pc.unique(units["finess"]))
    keys = [(name, "ascending") for name in ("order", *_BY_BAND)]
    return table.append_column("order", order).sort_by(keys).drop_columns("order")


def _by_band(units: pa.Table, key: str) -> dict[str, list[BandCount]]:
    """Count aged units by capacity type and band, for each value of the column `key`, in the order of the units.

    A count has capacity_type, rank (null when closed), units, available, overdue and oldest.
    """
    columns = [key, *_BY_BAND]
    groups = units.group_by(columns, use_threads=False)
    table = groups.aggregate([([], "count_all"), ("available", "sum"), ("overdue", "sum"), ("observed_at", "min")])
    counts: dict[str, list[BandCount]] = {value: [] for value in pc.unique(units[key]).to_pylist()}
    for row in table.rename_columns([*columns, "units", "available", "overdue", "oldest"]).to_pylist():
        counts[row[key]].append(row)
    return counts


def _summary(counts: Sequence[BandCount]) -> Summary:
    """Return the summary of a place from the counts of its units by capacity type and band."""
    opened = [row for row in counts if row["rank"] is not None]
    bands = [sum(row["units"] for row in opened if row["rank"] == band) for band in range(5)]
    overdue = sum(row["overdue"] for row in opened)

    def available(capacity_type: CapacityType, *ranks: int) -> int:
        return sum(row["available"] or 0 for row in opened if row["capacity_type"] == capacity_type and row["rank"] in ranks)

    return {
        "beds": available(CapacityType.BED, *range(5)),
        "beds_fresh": available(CapacityType.BED, 0, 1),
        "beds_old": available(CapacityType.BED, 3),
        "places": available(CapacityType.PLACE, *range(5)),
        "places_fresh": available(CapacityType.PLACE, 0, 1),
        "places_old": available(CapacityType.PLACE, 3),
        "units": sum(bands),
        "shut": sum(row["units"] for row in counts) - sum(bands),
        "up_to_date": sum(bands) - overdue,
        "overdue": overdue,
        "oldest": min((row["oldest"] for row in opened if row["oldest"] is not None), default=None),
        **{f"band_{band}": units for band, units in enumerate(bands)},
        "rank": median_of_counts(bands),
    }


def of_perimeter(cursor: Cursor, units: pa.Table, perimeter: Perimeter) -> pa.Table:
    """Return the aged units of a perimeter: overdue ones first, the oldest number before the others, closed ones last."""
    cursor.register("units", units)
    return cursor.execute(
        """
        WITH own AS (
            SELECT unit FROM units
            WHERE list_contains($units, unit) OR list_contains($structures, finess)
               OR list_contains($legal_entities, legal_entity)
        )
        SELECT * FROM units
        WHERE list_contains($received, unit)
           OR (unit IN (SELECT unit FROM own)
               AND ($within IS NULL OR list_contains($within, finess) OR list_contains($within, legal_entity)))
        ORDER BY overdue DESC, open DESC, observed_at ASC NULLS FIRST,
                 strip_accents(lower(structure)), strip_accents(lower(name))
        """,
        {
            "received": sorted(perimeter.received),
            "units": sorted(perimeter.units),
            "structures": sorted(perimeter.structures),
            "legal_entities": sorted(perimeter.legal_entities),
            "within": None if perimeter.within is None else sorted(perimeter.within.structures),
        },
    ).to_arrow_table(BATCH)


NO_UNIT = _summary([])
"""The summary of a place without a matching unit."""

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
"""The result of a blank search. It is built without a batch, since `empty_table` would make each command import pandas."""


def search(cursor: Cursor, texts: pa.Table, text: str, limit: int) -> pa.Table:
    """Return the structures with a unit that meets every term of a search (`model.search.search_terms`).

    `texts` is `Directory.unit_texts`. Columns: finess, structure, category, commune, department, units (those that meet every
    term), matches (those of them that meet a term by their own name, type, needs or telephone).
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
    ).to_arrow_table(BATCH)
