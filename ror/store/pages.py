"""Read the registry and the log page by page: the first entries after a key, in the order of the keys."""

from collections.abc import Collection
from dataclasses import fields
from typing import Any

import pyarrow as pa

from ror.model.nomenclature import CapacityType
from ror.model.registry import Structure, Unit
from ror.store import kinds
from ror.store.engine.database import BATCH, Cursor


def structures(
    cursor: Cursor, after: str, limit: int, *, department: str = "", among: Collection[str] | None = None
) -> pa.Table:
    """Return structures by FINESS number: the fields of `Structure`, and legal_entity_name (null for an unknown one).

    `among` restricts them to these FINESS numbers, None for all.
    """
    columns = ", ".join(f"structure.{field.name}" for field in fields(Structure))
    parameters: dict[str, Any] = {"department": department} if department else {}
    within = "AND structure.department = $department" if department else ""
    if among is not None:
        parameters["among"] = sorted(among)
        within += " AND list_contains($among, structure.finess)"
    return cursor.execute(
        f"""
        SELECT {columns}, legal_entity.name AS legal_entity_name
        FROM structure LEFT JOIN legal_entity ON legal_entity.finess = structure.legal_entity
        WHERE structure.finess > $after {within}
        ORDER BY structure.finess LIMIT $limit
        """,  # noqa: S608 - constants of this module and of the dataclass
        {"after": after, "limit": limit, **parameters},
    ).to_arrow_table(BATCH)


def units(
    cursor: Cursor,
    after: str,
    limit: int,
    name_needs: pa.Table | None = None,
    *,
    department: str = "",
    structure: str = "",
    needs: Collection[str] = (),
    unit_types: Collection[str] = (),
    activity_fields: Collection[str] = (),
    capacity_type: CapacityType | None = None,
) -> pa.Table:
    """Return at most `limit` units by id, after the id `after`; each of the other arguments that is not empty restricts them.

    `needs`, `unit_types` and `activity_fields` match units with any of the codes. `name_needs`: `store.kinds.name_needs` of
    this registry, if the caller has it. Columns: the fields of `Unit`, where `closed` is also true when the structure is closed
    and `activity_field` defaults to that of the type; department, type_label, duty_seconds, needs (codes joined by `|`), and
    capacity_type and temporality, null for a unit that counts nothing.
    """
    computed = ("closed", "activity_field")
    columns = ", ".join(f"unit.{field.name}" for field in fields(Unit) if field.name not in computed)
    kinds.register(cursor)
    cursor.register("unit_need", kinds.name_needs(cursor) if name_needs is None else name_needs)
    conditions = {
        "department = $department": ("department", department),
        "structure = $structure": ("structure", structure),
        "list_has_any(string_split(needs, '|'), $needs)": ("needs", sorted(needs)),
        "list_contains($unit_types, unit_type)": ("unit_types", sorted(unit_types)),
        "list_contains($activity_fields, activity_field)": ("activity_fields", sorted(activity_fields)),
        "capacity_type = $capacity_type": ("capacity_type", capacity_type),
    }
    given = {condition: pair for condition, pair in conditions.items() if pair[1]}
    return cursor.execute(
        f"""
        WITH typed AS (
            SELECT {columns}, unit.closed OR structure.closed AS closed, structure.department,
                coalesce(nullif(unit.activity_field, ''), unit_kind.first_field) AS activity_field,
                unit_kind.type_label, unit_kind.capacity_type, unit_kind.temporality, unit_kind.duty_seconds,
                coalesce(unit_need.needs, '') AS needs
            FROM unit JOIN structure ON structure.finess = unit.structure
            JOIN unit_kind ON {kinds.OF_UNIT}
            LEFT JOIN unit_need ON {kinds.OF_NAME}
        )
        FROM typed WHERE {" AND ".join(["id > $after", *given])} ORDER BY id LIMIT $limit
        """,  # noqa: S608 - constants of this module and of the dataclass
        {"after": after, "limit": limit, **dict(given.values())},
    ).to_arrow_table(BATCH)


_COLUMNS = """
    position, kind, unit, temporality, available, installed, occupied, reserved, closed, supplementary,
    coalesce(parts, '') AS parts, comment, masked, closed_until, source_type, observed_at, recorded_at, acts_on
"""
"""The public columns of an event: the fields of `Declaration` but its account, and masked."""


def declarations(cursor: Cursor, after: int, end: int, limit: int) -> pa.Table:
    """Return at most `limit` events of the log by position, after `after` and up to `end` included: columns `_COLUMNS`."""
    query = f"""
        SELECT {_COLUMNS} FROM declaration WHERE position > $after AND position <= $until ORDER BY position LIMIT $limit
    """  # noqa: S608 - a constant
    # Nearly every position has an event: with an upper bound, a few lines are found without reading the log to its end.
    span = limit
    while True:
        until = min(after + span, end)
        events = cursor.execute(query, {"after": after, "until": until, "limit": limit}).to_arrow_table(BATCH)
        if events.num_rows == limit or until >= end:
            return events
        span *= 8


def declarations_of(cursor: Cursor, unit: str, after: int, end: int, limit: int) -> pa.Table:
    """Return events of one unit, as `declarations` does."""
    return cursor.execute(
        f"""
        WITH of_unit AS MATERIALIZED (SELECT {_COLUMNS} FROM declaration WHERE unit = $unit)
        FROM of_unit WHERE position > $after AND position <= $end ORDER BY position LIMIT $limit
        """,  # noqa: S608 - a constant
        {"unit": unit, "after": after, "end": end, "limit": limit},
    ).to_arrow_table(BATCH)
