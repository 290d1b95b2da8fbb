"""Find the entries that a perimeter may have (legal entities, structures and units) by their words or by their keys."""

from collections.abc import Collection
from typing import Any

import pyarrow as pa

from ror.model.rights import Perimeter
from ror.model.search import search_terms, searchable, searchable_numbers
from ror.store.engine.database import BATCH, Cursor
from ror.store.matching import condition

ENTRIES = """
    SELECT 1 AS rank, 'legal_entity' AS kind, finess AS key, name, coalesce(commune, '') AS place FROM legal_entity
    UNION ALL SELECT 2, 'structure', finess, name, commune FROM structure
    UNION ALL SELECT 3, 'unit', unit.id, unit.name,
                     concat_ws(', ', structure.name, CASE WHEN structure.commune <> '' THEN structure.commune END)
              FROM unit JOIN structure ON structure.finess = unit.structure
"""
"""Every entry of the registry; columns rank, kind, key, name, place."""

ORDER = "rank, strip_accents(lower(name)), strip_accents(lower(place)), key"
"""The order of entries: by kind, then by name and place, case and accents ignored."""


def _search_texts(cursor: Cursor) -> pa.Table:
    """Return `ENTRIES` with the columns words and numbers, for searching (`model.search`)."""
    table = cursor.execute(f"SELECT rank, kind, key, name, place FROM ({ENTRIES})").to_arrow_table(BATCH)  # noqa: S608
    keys = table["key"].to_pylist()
    columns = table["name"].to_pylist(), table["place"].to_pylist(), keys
    words = [searchable(*row) for row in zip(*columns, strict=True)]
    return table.append_column("words", pa.array(words, pa.string())).append_column(
        "numbers", pa.array(list(map(searchable_numbers, keys)), pa.string())
    )


def search(cursor: Cursor, text: str, limit: int) -> pa.Table:
    """Return the entries that have every term of a search (`model.search.search_terms`), at most `limit` of a kind.

    Columns: kind (legal_entity, structure, unit), key, name, place (the commune; for a unit, its structure and the commune).
    """
    terms = search_terms(text)
    parameters: dict[str, Any] = {"limit": limit, "any": bool(terms)}
    hit = condition(terms, parameters, words="words", numbers="numbers")
    cursor.register("text", _search_texts(cursor))
    return cursor.execute(
        f"""
        SELECT kind, key, name, place
        FROM text
        WHERE $any AND {hit}
        QUALIFY row_number() OVER (PARTITION BY kind ORDER BY {ORDER}) <= $limit
        ORDER BY {ORDER}
        """,  # noqa: S608 - the words are parameters, their names are ours
        parameters,
    ).to_arrow_table(BATCH)


def entries_of(cursor: Cursor, perimeter: Perimeter) -> pa.Table:
    """Return the entries of a perimeter, with the columns of `search`; the name is "" for a key no longer in the registry."""
    return cursor.execute(
        f"""
        WITH entry_key AS (SELECT unnest($kinds) AS kind, unnest($keys) AS key)
        SELECT kind, key, coalesce(name, '') AS name, coalesce(place, '') AS place
        FROM entry_key LEFT JOIN ({ENTRIES}) AS entry USING (kind, key)
        ORDER BY {ORDER}
        """,  # noqa: S608 - constants of this module
        {"kinds": [kind for kind, _ in perimeter.entries], "keys": [key for _, key in perimeter.entries]},
    ).to_arrow_table(BATCH)


def unknown_keys(cursor: Cursor, perimeter: Perimeter) -> list[str]:
    """Return the keys of a perimeter that the registry does not have, in order."""
    keys = {"entities": perimeter.legal_entities, "structures": perimeter.structures, "units": perimeter.units}
    rows = cursor.execute(
        """
        (SELECT unnest($entities) AS key EXCEPT SELECT finess FROM legal_entity)
        UNION (SELECT unnest($structures) EXCEPT SELECT finess FROM structure)
        UNION (SELECT unnest($units) EXCEPT SELECT id FROM unit)
        ORDER BY key
        """,
        {name: list(values) for name, values in keys.items()},
    ).fetchall()
    return [key for (key,) in rows]


def kinds_of(cursor: Cursor, keys: Collection[str]) -> dict[str, str]:
    """Return the kind of each key that the registry has.

    A number that is both a structure's and a legal entity's is that of the structure.
    """
    rows = cursor.execute(
        """
        WITH given AS (SELECT unnest($keys::VARCHAR[]) AS key)
        SELECT key, 3 AS rank, 'unit' AS kind FROM given SEMI JOIN (SELECT id AS key FROM unit) AS known USING (key)
        UNION ALL
        SELECT key, 2, 'legal_entity' FROM given SEMI JOIN (SELECT finess AS key FROM legal_entity) AS known USING (key)
        UNION ALL
        SELECT key, 1, 'structure' FROM given SEMI JOIN (SELECT finess AS key FROM structure) AS known USING (key)
        ORDER BY rank DESC
        """,
        {"keys": sorted(keys)},
    ).fetchall()
    return {key: kind for key, _, kind in rows}
