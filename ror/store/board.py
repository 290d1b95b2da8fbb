"""The board: every unit with its latest numbers, immutable, kept ready for one position and refreshed by what is new."""

import threading
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from ror.model.board import Filters
from ror.model.nomenclature import unit_types
from ror.model.rights import Perimeter
from ror.store import registry
from ror.store.database import Cursor, Database


@dataclass(frozen=True, slots=True)
class Board:
    """The region at one position. `units` has one row per unit: its registry entry joined to its latest event."""

    position: int
    registry_position: int
    latest: pa.Table
    units: pa.Table


class BoardKeeper:
    """Gives the board of the database's present position; shared by every reader of the process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._board: Board | None = None

    def board(self) -> Board:
        """The board as it stands now: the kept one, or the kept one and the events after it."""
        kept = self._board
        if kept is not None and kept.position == self._database.position:
            return kept
        with self._lock, self._database.reader() as cursor:
            position = self._database.position
            if self._board is None or self._board.position < position:
                self._board = _refreshed(cursor, self._board, position)
            return self._board


def _refreshed(cursor: Cursor, kept: Board | None, position: int) -> Board:
    """The board at a position: from the events after the kept board, or from the whole log when none is kept."""
    seen = kept.position if kept else 0
    cursor.register("kept", kept.latest if kept else _NOTHING)
    latest = cursor.execute(
        """
        WITH news AS (
            SELECT * FROM declaration WHERE position > ? AND position <= ?
        ),
        latest_news AS (
            SELECT unit, temporality, max(position) AS position FROM news GROUP BY ALL
        ),
        fresh AS (
            SELECT position, unit, temporality, kind, available, installed AS declared_installed, occupied, reserved,
                   news.closed AS closed_count, supplementary, comment, closed_until, account, observed_at
            FROM news JOIN latest_news USING (position, unit, temporality)
        )
        SELECT * FROM kept ANTI JOIN fresh USING (unit, temporality)
        UNION ALL BY NAME
        SELECT * FROM fresh
        """,
        [seen, position],
    ).to_arrow_table()
    return Board(position, registry.last_change(cursor), latest, _joined(cursor, latest))


_NOTHING = pa.schema(
    [
        ("position", pa.int64()),
        ("unit", pa.string()),
        ("temporality", pa.string()),
        ("kind", pa.string()),
        ("available", pa.int32()),
        ("declared_installed", pa.int32()),
        ("occupied", pa.int32()),
        ("reserved", pa.int32()),
        ("closed_count", pa.int32()),
        ("supplementary", pa.int32()),
        ("comment", pa.string()),
        ("closed_until", pa.date32()),
        ("account", pa.string()),
        ("observed_at", pa.timestamp("us", tz="UTC")),
    ]
).empty_table()


def _types() -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "code": kind.code,
                "type_label": kind.label,
                "activity_field": kind.activity_field,
                "capacity_type": str(kind.capacity_type),
                "temporality": str(kind.temporality),
                "duty_seconds": int(kind.duty.total_seconds()),
            }
            for kind in unit_types().values()
        ]
    )


def _joined(cursor: Cursor, latest: pa.Table) -> pa.Table:
    cursor.register("latest", latest)
    cursor.register("unit_type", _types())
    return cursor.execute(
        """
        SELECT
            unit.id AS unit, unit.name, unit.unit_type, unit.telephone, unit.closed AS registry_closed,
            unit_type.type_label, unit_type.activity_field, unit_type.capacity_type, unit_type.temporality,
            unit_type.duty_seconds,
            structure.finess, structure.legal_entity, structure.name AS structure, structure.category,
            structure.address, structure.postal_code, structure.commune, structure.department,
            structure.telephone AS structure_telephone, structure.latitude, structure.longitude,
            coalesce(latest.declared_installed, unit.installed) AS installed,
            coalesce(latest.position, 0) AS position, latest.kind, latest.available, latest.occupied, latest.reserved,
            latest.closed_count, latest.supplementary, coalesce(latest.comment, '') AS comment, latest.closed_until,
            latest.account, latest.observed_at
        FROM unit
        JOIN structure ON structure.finess = unit.structure
        JOIN unit_type ON unit_type.code = unit.unit_type
        LEFT JOIN latest ON latest.unit = unit.id AND latest.temporality = unit_type.temporality
        ORDER BY structure.department, structure.name, unit.name
        """
    ).to_arrow_table()


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
    band_0..band_4 (units by band), rank (of the median open unit, the older of two middles, "never" counting as oldest).
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
            coalesce(list_sort(list(rank) FILTER (rank IS NOT NULL))[count(rank) // 2 + 1], 4)::TINYINT AS rank
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

    Case and accents are ignored. Columns: finess, structure, category, commune, department, units, matches (units whose
    own name or type holds a word).
    """
    cursor.register("aged", units)
    return cursor.execute(
        """
        WITH plain_words AS (
            SELECT list_transform($words, lambda word: strip_accents(lower(word))) AS words
        ),
        texts AS (
            SELECT finess, structure, category, commune, postal_code, department,
                   strip_accents(lower(concat_ws(' ', structure, commune, postal_code, finess))) AS place,
                   strip_accents(lower(concat_ws(' ', name, type_label))) AS offer
            FROM aged
        ),
        found AS (
            SELECT texts.*,
                   list_bool_and(list_transform(words, lambda word: contains(place || ' ' || offer, word))) AS hit,
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
