"""Search the texts that people wrote about units (comments, notes) by their words; case and accents are ignored."""

from collections.abc import Sequence

import pyarrow as pa

from ror.store.engine.database import BATCH, Cursor

MAX_TERMS = 8
"""Most words of a search; further words are ignored."""


def terms(text: str) -> list[str]:
    """Return the words of a typed text, `MAX_TERMS` at most."""
    return text.split()[:MAX_TERMS]


def every_term(text: str) -> str:
    """Return the SQL of whether a text contains each of `$terms`; true without terms."""
    plain = "list_transform($terms, lambda term: strip_accents(lower(term)))"
    return f"list_bool_and([contains(strip_accents(lower({text})), term) FOR term IN {plain}]) IS NOT false"


def search(cursor: Cursor, texts: str, columns: str, joins: str, terms: Sequence[str], limit: int) -> tuple[pa.Table, int]:
    """Return at most `limit` texts with every term, newest first, and the number of all; names of unit and structure count too.

    `texts` is a query with the columns position, unit and text. The result has the columns position, unit, name, structure and
    commune, and those of the SQL `columns`, which may read `hits` (the same columns and text) and the tables that `joins` adds.
    """
    named = "concat_ws(' ', texts.text, unit.name, structure.name, structure.commune, structure.finess)"
    table = cursor.execute(
        f"""
        WITH texts AS ({texts}),
        hits AS (
            SELECT texts.*, coalesce(unit.name, texts.unit) AS name, coalesce(structure.name, '') AS structure,
                   coalesce(structure.commune, '') AS commune
            FROM texts
            LEFT JOIN unit ON unit.id = texts.unit
            LEFT JOIN structure ON structure.finess = unit.structure
            WHERE {every_term(named)}
        )
        SELECT hits.position, hits.unit, hits.name, hits.structure, hits.commune, {columns}, count(*) OVER () AS total
        FROM hits {joins}
        ORDER BY hits.position DESC
        LIMIT $limit
        """,  # noqa: S608 - constants of the modules of this folder
        {"terms": list(terms), "limit": limit},
    ).to_arrow_table(BATCH)
    total = table["total"][0].as_py() if table.num_rows else 0
    return table.drop_columns(["total"]), total
