"""The search of other systems for units and organizations: a selection, read page by page in an order."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from ror.model.selection import Selection, first_within
from ror.store import offer_descriptions, registry_changes
from ror.store.board.aging import REOPENS_AT
from ror.store.board.capacity_relation import CAPACITY, COLUMNS, IS_DETAILED
from ror.store.engine.database import BATCH, Cursor
from ror.store.selection import binder, condition_sql, distance_sql, resource_id


@dataclass(frozen=True, slots=True)
class CatalogueQuery:
    """The page of a selection: the first `limit` entries after that of the id `after`; all of them without a limit.

    Units are closed for a time or not at the instant `now`. `numbers` are those of the units of `detailed_units` (columns
    `capacity_relation.COLUMNS`), needed by a selection that asks for numbers.
    """

    selection: Selection
    now: datetime
    after: str = ""
    limit: int | None = None
    numbers: pa.Table | None = None


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """The number of entries that match in all, and the lines of one page."""

    total: int
    lines: list[dict[str, Any]]


_CHANGES = rf"""
    change AS (
        SELECT regexp_extract(what, '(?s)^edit ((?:unit|structure|legal_entity):.+)$', 1) AS subject, max(position) AS position
        FROM registry_change
        WHERE position <= $registry_position
            AND split_part(what, ' ', 1) NOT IN ('{registry_changes.CRISIS}', '{registry_changes.TENSION}')
        GROUP BY subject
    ),
    import AS (
        SELECT coalesce(max(position), 0) AS position FROM change WHERE subject = ''
    )
"""  # noqa: S608 - constants
"""CTEs: `change`, the position of the last edit of each entry of the registry, and `import`, that of the last import.

The subjects of edits are those of the journal: `unit:…`, `structure:…`, `legal_entity:…`. An event of a crisis or a tension
(`store.crises`, `store.tensions`) changes no entry.
"""

_CHANGED_AT = "coalesce(last.recorded_at, to_timestamp(0))"
_LAST = "LEFT JOIN registry_change AS last ON last.position = changed_position"

_UNIT = f"""
    unit AS (
        SELECT changed.*, {resource_id("key")} AS id, {_CHANGED_AT} AS changed_at,
            greatest(
                changed.recorded_at, list_max(list_transform(changed.others, other -> other.recorded_at)), {_CHANGED_AT}
            ) AS updated_at
        FROM (
            SELECT board_unit.* REPLACE (
                    coalesce(nullif(board_unit.care_mode, ''), described.care_mode) AS care_mode,
                    coalesce(nullif(board_unit.operational_activity, ''), described.operational_activity)
                        AS operational_activity
                ),
                board_unit.unit AS key, described.public, described.youngest, described.oldest,
                CASE WHEN registry_closed THEN 'closed' WHEN {REOPENS_AT} > $now THEN 'suspended' ELSE 'open' END AS opening,
                greatest(import.position, unit_change.position, structure_change.position) AS changed_position
            FROM board_unit CROSS JOIN import
            LEFT JOIN described USING (unit_type, activity_field, patient_type)
            LEFT JOIN change AS unit_change ON unit_change.subject = 'unit:' || board_unit.unit
            LEFT JOIN change AS structure_change ON structure_change.subject = 'structure:' || finess
        ) AS changed {_LAST}
    )
"""  # noqa: S608 - constants
"""The relation of units: the columns of the board (`board_unit`), with the defaults of its care mode and its activity; and key,
id, public, youngest, oldest (`model.offer_description`), opening, changed_position and changed_at (the last change in the
registry), updated_at (the last change of the unit or of its numbers)."""

_ORGANIZATION = f"""
    organization AS (
        SELECT changed.*, {resource_id("key")} AS id, {_CHANGED_AT} AS changed_at, {_CHANGED_AT} AS updated_at
        FROM (
            SELECT entry.*, finess AS key, greatest(import.position, own_change.position, edited.position) AS changed_position
            FROM (
                SELECT finess, true AS is_structure, 'structure:' || finess AS subject,
                    name, category_code, department, legal_entity, created_at
                FROM structure
                UNION ALL
                SELECT finess, false, 'legal_entity:' || finess, name, '', coalesce(seat.department, ''), '',
                    legal_entity.created_at
                FROM legal_entity ANTI JOIN structure USING (finess)
                LEFT JOIN (
                    SELECT legal_entity AS finess, min(department) AS department FROM structure GROUP BY legal_entity
                ) AS seat USING (finess)
            ) AS entry CROSS JOIN import
            LEFT JOIN change AS own_change USING (subject)
            LEFT JOIN (
                SELECT legal_entity, max(position) AS position
                FROM structure JOIN change ON change.subject = 'structure:' || finess
                GROUP BY legal_entity
            ) AS edited ON edited.legal_entity = finess AND NOT is_structure
        ) AS changed {_LAST}
    )
"""  # noqa: S608 - constants
"""The relation of structures, and of legal entities that are not also structures: columns key, finess, is_structure, name,
category_code, department (of a legal entity the first of its structures), legal_entity, id, changed_position, changed_at and
updated_at.

The edit of a structure may have created its legal entity, or renamed it: it counts as a change of both.
"""


def detailed_units(cursor: Cursor, board: pa.Table) -> frozenset[str]:
    """Return the units of a board that declare counts in parts, or for another temporality than their own."""
    cursor.register("board_unit", board.select(["unit", "parts", "others"]))
    query = f"SELECT unit FROM board_unit WHERE {IS_DETAILED}"  # noqa: S608 - a constant
    return frozenset(unit for (unit,) in cursor.execute(query).fetchall())


def units(cursor: Cursor, board: pa.Table, registry_position: int, query: CatalogueQuery) -> CataloguePage:
    """Return a page of the units of a board.

    Columns: id, row (index in the board), distance (to the centre of the selection's circle, null without one),
    changed_position and changed_at (last change in the registry).
    """
    return _page(cursor, board, "unit", "row", registry_position, query)


def organizations(cursor: Cursor, board: pa.Table, registry_position: int, query: CatalogueQuery) -> CataloguePage:
    """Return a page of structures, and of legal entities that are not also structures.

    Columns: id, finess, is_structure, department, created_at, distance (null), changed_position and changed_at.
    """
    return _page(cursor, board, "organization", "finess, is_structure, department, created_at", registry_position, query)


def _page(
    cursor: Cursor,
    board: pa.Table,
    relation: Literal["unit", "organization"],
    columns: str,
    registry_position: int,
    query: CatalogueQuery,
) -> CataloguePage:
    """Return a page of a relation, with `columns` besides those that both relations have."""
    offer_descriptions.register(cursor)
    cursor.register("detailed_capacity", query.numbers or pa.schema(list(COLUMNS.items())).empty_table())
    cursor.register("board_unit", board.append_column("row", pa.array(np.arange(board.num_rows))))
    parameters: dict[str, Any] = {"registry_position": registry_position, "now": query.now, "after": query.after}
    bound = binder(parameters)
    circle = first_within(query.selection.condition)
    distance = distance_sql(circle.latitude, circle.longitude, bound) if circle and relation == "unit" else "NULL::DOUBLE"
    order = ", ".join(f"{one.field} {'DESC' if one.descending else 'ASC'} NULLS LAST" for one in query.selection.order)
    limit = "" if query.limit is None else f"LIMIT {bound(query.limit)}"
    table = cursor.execute(
        f"""
        WITH {_CHANGES}, {_UNIT}, {_ORGANIZATION}, {CAPACITY},
        located AS (SELECT *, {distance} AS distance FROM {relation}),
        ranked AS (SELECT *, {f"row_number() OVER (ORDER BY {order}, id)" if order else "id"} AS rank FROM located),
        matching AS (SELECT * FROM ranked WHERE {condition_sql(query.selection.condition, relation, bound)}),
        page AS (
            SELECT * FROM matching
            WHERE rank > {"coalesce((SELECT rank FROM ranked WHERE id = $after), 0)" if order else "$after"}
            ORDER BY rank {limit}
        )
        SELECT total, id, {columns}, distance, changed_position, changed_at
        FROM (SELECT count(*) AS total FROM matching) LEFT JOIN page ON true
        ORDER BY rank
        """,  # noqa: S608 - values are parameters, the rest is ours
        parameters,
    ).to_arrow_table(BATCH)
    lines = table.to_pylist()
    return CataloguePage(lines[0]["total"], [line for line in lines if line["id"] is not None])
