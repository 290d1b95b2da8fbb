"""What is read from the board: aged units, their aggregates, a manager's own, a search."""

from datetime import datetime

import pyarrow as pa

from ror.model.board import Filters
from ror.model.rights import Perimeter
from ror.store.board import Board
from ror.store.database import Cursor


def aged(cursor: Cursor, board: Board, now: datetime, limits_hours: tuple[float, float, float], filters: Filters) -> pa.Table:
    """The units that pass the filters, as they stand at an instant: the columns of `Board.units`, and

    `open` (neither closed in the registry nor for a time), `rank` (band of the legend; null when closed), `overdue`.
    A closed unit offers 0 (RG_EXP_047).
    """
    cursor.register("units", board.units)
    return cursor.execute(
        """
        WITH states AS (
            SELECT *,
                $now AT TIME ZONE 'Europe/Paris' AS paris,
                epoch($now) - epoch(observed_at) AS age_seconds,
                registry_closed OR coalesce(closed_until >= paris::DATE, false) AS shut,
                greatest(
                    observed_at,
                    ((closed_until + INTERVAL 1 DAY)::TIMESTAMP AT TIME ZONE 'Europe/Paris')
                ) AS owed_since
            FROM units
        ),
        ranked AS (
            SELECT * EXCLUDE (paris, age_seconds, shut, owed_since)
                REPLACE (CASE WHEN shut THEN 0 ELSE available END AS available),
                NOT shut AS open,
                CASE
                    WHEN shut THEN NULL
                    WHEN observed_at IS NULL THEN 4
                    WHEN age_seconds < $fresh THEN 0
                    WHEN age_seconds < $day THEN 1
                    WHEN age_seconds < $week THEN 2
                    ELSE 3
                END::TINYINT AS rank,
                NOT shut AND (observed_at IS NULL OR epoch($now) - epoch(owed_since) > duty_seconds) AS overdue
            FROM states
        )
        SELECT * FROM ranked
        WHERE (len($activity_fields) = 0 OR list_contains($activity_fields, activity_field))
          AND (len($unit_types) = 0 OR list_contains($unit_types, unit_type))
          AND ($capacity_type IS NULL OR capacity_type = $capacity_type)
          AND ($at_least = 0 OR available >= $at_least)
          AND (len($ranks) = 0 OR list_contains($ranks, rank))
        """,
        {
            "now": now,
            "fresh": limits_hours[0] * 3600,
            "day": limits_hours[1] * 3600,
            "week": limits_hours[2] * 3600,
            "activity_fields": list(filters.activity_fields),
            "unit_types": list(filters.unit_types),
            "capacity_type": filters.capacity_type,
            "at_least": filters.at_least,
            "ranks": list(filters.ranks),
        },
    ).to_arrow_table()


def summaries(cursor: Cursor, units: pa.Table) -> pa.Table:
    """Aggregates of aged units at three levels: the whole ("region"), each département, each structure.

    Columns: level, department, finess, structure, commune, telephone, latitude, longitude, beds, beds_fresh, places,
    places_fresh (numbers available; "fresh" within the first two bands), units, shut, up_to_date, overdue, oldest,
    band_0..band_4 (units by band), rank (of the median open unit, the older of two middles, "never" counting as oldest; null
    when no unit is open).
    """
    cursor.register("aged", units)
    return cursor.execute(
        """
        SELECT
            CASE GROUPING(department, finess) WHEN 0 THEN 'structure' WHEN 1 THEN 'department' ELSE 'region' END AS level,
            department,
            finess,
            any_value(structure) AS structure,
            any_value(commune) AS commune,
            any_value(structure_telephone) AS telephone,
            any_value(latitude) AS latitude,
            any_value(longitude) AS longitude,
            coalesce(sum(available) FILTER (capacity_type = '01' AND open), 0)::INTEGER AS beds,
            coalesce(sum(available) FILTER (capacity_type = '01' AND rank <= 1), 0)::INTEGER AS beds_fresh,
            coalesce(sum(available) FILTER (capacity_type = '02' AND open), 0)::INTEGER AS places,
            coalesce(sum(available) FILTER (capacity_type = '02' AND rank <= 1), 0)::INTEGER AS places_fresh,
            count(*) FILTER (open)::INTEGER AS units,
            count(*) FILTER (NOT open)::INTEGER AS shut,
            count(*) FILTER (open AND NOT overdue)::INTEGER AS up_to_date,
            count(*) FILTER (overdue)::INTEGER AS overdue,
            min(observed_at) FILTER (open) AS oldest,
            count(*) FILTER (rank = 0)::INTEGER AS band_0,
            count(*) FILTER (rank = 1)::INTEGER AS band_1,
            count(*) FILTER (rank = 2)::INTEGER AS band_2,
            count(*) FILTER (rank = 3)::INTEGER AS band_3,
            count(*) FILTER (rank = 4)::INTEGER AS band_4,
            list_sort(list(rank) FILTER (rank IS NOT NULL))[count(rank) // 2 + 1]::TINYINT AS rank
        FROM aged
        GROUP BY GROUPING SETS ((), (department), (department, finess))
        ORDER BY level, department, structure
        """
    ).to_arrow_table()


def places_by_age(cursor: Cursor, units: pa.Table, department: str) -> pa.Table:
    """Numbers available in a département, by structure, capacity type and band: what the stacked chart draws."""
    cursor.register("aged", units)
    return cursor.execute(
        """
        SELECT finess, any_value(structure) AS structure, capacity_type, rank, sum(available)::INTEGER AS available
        FROM aged
        WHERE department = ? AND open AND available > 0
        GROUP BY finess, capacity_type, rank
        ORDER BY structure, capacity_type, rank
        """,
        [department],
    ).to_arrow_table()


def of_perimeter(cursor: Cursor, units: pa.Table, perimeter: Perimeter) -> pa.Table:
    """The aged units that a manager answers for: overdue first, the longest silent before the others, closed ones last."""
    cursor.register("aged", units)
    return cursor.execute(
        """
        SELECT * FROM aged
        WHERE list_contains($units, unit) OR list_contains($structures, finess) OR list_contains($legal_entities, legal_entity)
        ORDER BY overdue DESC, open DESC, observed_at ASC NULLS FIRST, structure, name
        """,
        {
            "units": sorted(perimeter.units),
            "structures": sorted(perimeter.structures),
            "legal_entities": sorted(perimeter.legal_entities),
        },
    ).to_arrow_table()


NO_RESULT = pa.schema(
    [
        ("finess", pa.string()),
        ("structure", pa.string()),
        ("category", pa.string()),
        ("commune", pa.string()),
        ("department", pa.string()),
        ("units", pa.int32()),
        ("matches", pa.int32()),
    ]
).empty_table()


def search(cursor: Cursor, units: pa.Table, words: list[str], limit: int) -> pa.Table:
    """Structures of aged units of which name, commune, FINESS number, or a unit's name or type hold every word.

    Case and accents are ignored; a FINESS number is known by its beginning, six characters at least (a postal code has
    five). Columns: finess, structure, category, commune, department, units, matches (units whose own name or type holds
    a word).
    """
    cursor.register("aged", units)
    return cursor.execute(
        """
        WITH plain_words AS (
            SELECT list_transform($words, lambda word: strip_accents(lower(word))) AS words
        ),
        texts AS (
            SELECT finess, structure, category, commune, postal_code, department,
                   strip_accents(lower(concat_ws(' ', structure, commune, postal_code))) AS place,
                   strip_accents(lower(concat_ws(' ', name, type_label))) AS offer
            FROM aged
        ),
        found AS (
            SELECT texts.*,
                   list_bool_and(list_transform(
                       words,
                       lambda word: contains(place || ' ' || offer, word)
                           OR (len(word) >= 6 AND starts_with(lower(finess), word))
                   )) AS hit,
                   list_bool_or(list_transform(words, lambda word: contains(offer, word))) AS offer_hit
            FROM texts, plain_words
        )
        SELECT finess, any_value(structure) AS structure, any_value(category) AS category,
               any_value(commune) AS commune, any_value(department) AS department,
               count(*)::INTEGER AS units, count(*) FILTER (offer_hit)::INTEGER AS matches
        FROM found
        WHERE hit
        GROUP BY finess
        ORDER BY structure
        LIMIT $limit
        """,
        {"words": words, "limit": limit},
    ).to_arrow_table()
