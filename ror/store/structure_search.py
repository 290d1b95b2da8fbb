"""Search the structures of the registry, with units or without, by words, numbers or département."""

from typing import Any

import pyarrow as pa

from ror.model.search import search_terms, searchable, searchable_numbers
from ror.store.engine.database import BATCH, Cursor
from ror.store.matching import condition


def search_texts(cursor: Cursor) -> pa.Table:
    """Return the texts by which every structure is searched, with units or without.

    Columns: finess, structure, category, commune, commune_code, department, closed, words and numbers (`model.search`; the
    telephones of its units are included). Folding them takes half a second for a country, so `store.board.directory` stores
    the result for a version of the registry.
    """
    table = cursor.execute(
        """
        WITH offer AS (
            SELECT structure AS finess, flatten(list([telephone, bed_telephone])) AS own FROM unit
            WHERE telephone || bed_telephone <> '' GROUP BY structure
        )
        SELECT finess, name AS structure, category, commune, department, closed, postal_code, commune_code,
               [telephone, bed_telephone] || coalesce(own, []) AS telephones
        FROM structure LEFT JOIN offer USING (finess)
        """
    ).to_arrow_table(BATCH)
    words = ("structure", "commune", "postal_code", "commune_code", "department")
    texts = [searchable(*row) for row in zip(*(table[name].to_pylist() for name in words), strict=True)]
    keys = zip(table["finess"].to_pylist(), table["telephones"].to_pylist(), strict=True)
    numbers = [searchable_numbers(finess, *telephones) for finess, telephones in keys]
    columns = table.drop_columns(["postal_code", "telephones"])
    return columns.append_column("words", pa.array(texts, pa.string())).append_column("numbers", pa.array(numbers, pa.string()))


def search(cursor: Cursor, text: str, limit: int, texts: pa.Table) -> tuple[pa.Table, int]:
    """Return at most `limit` structures that meet every term of a search (`model.search.search_terms`), and how many do.

    All structures meet a blank text. Columns: finess, structure, category, commune, department, closed, units. `texts` are the
    `search_texts` of this version of the registry.
    """
    terms = search_terms(text)
    parameters: dict[str, Any] = {"limit": limit, "any": bool(terms) or not text.strip()}
    hit = condition(terms, parameters, words="words", numbers="numbers", department="department")
    cursor.register("text", texts)
    table = cursor.execute(
        f"""
        WITH counted AS (SELECT structure AS finess, count(*)::INTEGER AS units FROM unit GROUP BY structure)
        SELECT finess, structure, category, commune, department, closed, coalesce(units, 0) AS units, count(*) OVER () AS total
        FROM text LEFT JOIN counted USING (finess)
        WHERE $any AND {hit}
        ORDER BY strip_accents(lower(structure)), finess
        LIMIT $limit
        """,  # noqa: S608 - the words are parameters, their names are ours
        parameters,
    ).to_arrow_table(BATCH)
    total = table["total"][0].as_py() if table.num_rows else 0
    return table.drop_columns(["total"]), total
