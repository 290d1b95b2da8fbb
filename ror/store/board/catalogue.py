"""Units and organizations as other systems search them: by their keys, page by page in the order of the ids of resources."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any

import numpy as np
import pyarrow as pa

from ror.store.engine.database import Cursor


@dataclass(frozen=True, slots=True)
class CatalogueQuery:
    """Every condition holds, each by any of its alternatives; no condition matches everything.

    `ids` are those of resources, `keys` unit ids or FINESS numbers. Of units alone: `pairs` are alternatives to the `keys`
    of the same index, as `finess/unit`; `structures` are FINESS numbers, `communes` names as stored. `since` is included,
    `until` is not. The page has the first `limit` after the id `after`.
    """

    ids: Sequence[frozenset[str]] = ()
    keys: Sequence[frozenset[str]] = ()
    pairs: Sequence[frozenset[str]] = ()
    structures: Sequence[frozenset[str]] = ()
    communes: Sequence[frozenset[str]] = ()
    since: datetime | None = None
    until: datetime | None = None
    after: str = ""
    limit: int = 1


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """How many match in all, and the lines of one page."""

    total: int
    lines: list[dict[str, Any]]


def resource_id(key: str) -> str:
    """Return the SQL of the id of a resource from the column of its key, as `exchange.fhir.terms.resource_id` defines it."""
    return f"CASE WHEN {_is_id(key)} THEN {key} ELSE 'x-' || left(sha256({key}), 40) END"


def _is_id(key: str) -> str:
    return f"regexp_full_match({key}, '[A-Za-z0-9.-]{{1,64}}')"


_CHANGES = r"""
    change AS (
        SELECT regexp_extract(what, '(?s)^edit ((?:unit|structure|legal_entity):.+)$', 1) AS subject, max(position) AS position
        FROM registry_change
        WHERE position <= $registry_position
        GROUP BY subject
    ),
    import AS (
        SELECT coalesce(max(position), 0) AS position FROM change WHERE subject = ''
    )
"""
"""CTEs: the last change of each entry of the registry that an edit names, and that of all at once, by an import.

The subjects of edits are those of the journal: `unit:…`, `structure:…`, `legal_entity:…`.
"""

_CHANGED_AT = """
    coalesce((SELECT last.recorded_at FROM registry_change AS last WHERE last.position = changed_position), to_timestamp(0))
"""


def units(cursor: Cursor, board: pa.Table, registry_position: int, query: CatalogueQuery) -> CataloguePage:
    """Return a page of the units of a board.

    Columns: id, row (index in the board), changed_position and changed_at (last change in the registry).
    """
    columns = board.select(["unit", "finess", "commune", "recorded_at", "others"])
    cursor.register("units", columns.append_column("row", pa.array(np.arange(board.num_rows))))
    entries = f"""
        SELECT row, unit AS key, {resource_id("unit")} AS id, finess, commune,
            greatest(recorded_at, list_max(list_transform(others, other -> other.recorded_at))) AS recorded_at,
            greatest(import.position, unit_change.position, structure_change.position) AS changed_position
        FROM units CROSS JOIN import
        LEFT JOIN change AS unit_change ON unit_change.subject = 'unit:' || unit
        LEFT JOIN change AS structure_change ON structure_change.subject = 'structure:' || finess
    """  # noqa: S608 - constants
    return _page(cursor, entries, "row", registry_position, query)


def organizations(cursor: Cursor, registry_position: int, query: CatalogueQuery) -> CataloguePage:
    """Return a page of structures, and of legal entities that are not also structures.

    Columns: id, finess, is_structure, changed_position and changed_at. The edit of a structure may have created its legal
    entity, or renamed it: it counts as a change of both.
    """
    entries = f"""
        SELECT finess, finess AS key, {resource_id("finess")} AS id, is_structure,
            NULL AS recorded_at, greatest(import.position, own_change.position, edited.position) AS changed_position
        FROM (
            SELECT finess, true AS is_structure, 'structure:' || finess AS subject FROM structure
            UNION ALL
            SELECT finess, false, 'legal_entity:' || finess FROM legal_entity ANTI JOIN structure USING (finess)
        ) AS entry CROSS JOIN import
        LEFT JOIN change AS own_change USING (subject)
        LEFT JOIN (
            SELECT legal_entity, max(position) AS position
            FROM structure JOIN change ON change.subject = 'structure:' || finess
            GROUP BY legal_entity
        ) AS edited ON edited.legal_entity = finess AND NOT is_structure
    """  # noqa: S608 - constants
    return _page(cursor, entries, "finess, is_structure", registry_position, query)


def _page(cursor: Cursor, entries: str, columns: str, registry_position: int, query: CatalogueQuery) -> CataloguePage:
    parameters: dict[str, Any] = {"registry_position": registry_position, "after": query.after, "limit": query.limit}

    def bound(value: object) -> str:
        name = f"value{len(parameters)}"
        parameters[name] = value
        return f"${name}"

    conditions = " AND ".join(_conditions(query, bound)) or "true"
    table = cursor.execute(
        f"""
        WITH {_CHANGES},
        matching AS (SELECT * FROM ({entries}) WHERE {conditions}),
        page AS (SELECT * FROM matching WHERE id > $after ORDER BY id LIMIT $limit)
        SELECT total, id, {columns}, changed_position, {_CHANGED_AT} AS changed_at
        FROM (SELECT count(*) AS total FROM matching) LEFT JOIN page ON true
        ORDER BY id
        """,  # noqa: S608 - values are parameters, the rest is ours
        parameters,
    ).to_arrow_table()
    lines = table.to_pylist()
    return CataloguePage(lines[0]["total"], [line for line in lines if line["id"] is not None])


def _conditions(query: CatalogueQuery, bound: Callable[[object], str]) -> Iterable[str]:
    for ids in query.ids:
        yield _has_id(ids, bound)
    for keys, pairs in zip_longest(query.keys, query.pairs):
        of_pairs = [_among("finess || '/' || key", pairs, bound)] if pairs else []
        yield _any([_among("key", keys, bound), *of_pairs])
    for values in query.structures:
        yield _among("finess", values, bound)
    for values in query.communes:
        yield _among("commune", values, bound)
    if query.since is not None:
        yield f"greatest(recorded_at, {_CHANGED_AT}) >= {bound(query.since)}"
    if query.until is not None:
        yield f"greatest(recorded_at, {_CHANGED_AT}) < {bound(query.until)}"


def _has_id(ids: frozenset[str], bound: Callable[[object], str]) -> str:
    """Return the condition on an id. That of most resources is their key: a digest is computed only for ids that look so."""
    digests = frozenset(value for value in ids if value.startswith("x-"))
    return _any([f"({_among('key', ids, bound)} AND {_is_id('key')})", *([_among("id", digests, bound)] if digests else [])])


def _among(column: str, values: frozenset[str], bound: Callable[[object], str]) -> str:
    return f"list_contains({bound(sorted(values))}::VARCHAR[], {column})"


def _any(conditions: Iterable[str]) -> str:
    return f"({' OR '.join(conditions)})"
