"""The comments of the log: read by who may mask them, and erased when they hold what must not stay."""

from collections.abc import Sequence

import pyarrow as pa

from ror.store.engine.database import Cursor, Transaction


def found(cursor: Cursor, words: Sequence[str], limit: int) -> tuple[pa.Table, int]:
    """The comments that hold every word, in themselves or in the names of where they were written; and how many there are.

    Each text of a unit comes once, newest first, `limit` at most. Columns: position (of the last event that bears it),
    unit, name, structure, commune, comment, author, observed_at (of that event), present (whether it is shown now).
    Case and accents are ignored.
    """
    table = cursor.execute(
        """
        WITH texts AS (
            SELECT unit, comment, max(position) AS position
            FROM declaration WHERE comment <> '' GROUP BY unit, comment
        ),
        latest AS (
            SELECT unit, max(position) AS last FROM declaration GROUP BY unit
        ),
        plain_words AS (
            SELECT list_transform($words, lambda word: strip_accents(lower(word))) AS words
        ),
        named AS (
            SELECT texts.*, texts.position = latest.last AS present, unit.name, structure.name AS structure, structure.commune,
                   strip_accents(lower(concat_ws(
                       ' ', texts.comment, unit.name, structure.name, structure.commune, structure.finess
                   ))) AS words_of
            FROM texts
            JOIN latest USING (unit)
            LEFT JOIN unit ON unit.id = texts.unit
            LEFT JOIN structure ON structure.finess = unit.structure
        ),
        hits AS (
            SELECT named.* FROM named, plain_words
            WHERE list_bool_and(list_transform(words, lambda word: contains(words_of, word))) IS NOT false
        )
        SELECT hits.position, hits.unit, coalesce(hits.name, hits.unit) AS name, coalesce(hits.structure, '') AS structure,
               coalesce(hits.commune, '') AS commune, hits.comment, coalesce(account.name, '') AS author,
               declaration.observed_at, hits.present, count(*) OVER () AS total
        FROM hits
        JOIN declaration USING (position)
        LEFT JOIN account ON account.id = declaration.account
        ORDER BY hits.position DESC
        LIMIT $limit
        """,
        {"words": list(words), "limit": limit},
    ).to_arrow_table()
    total = table["total"][0].as_py() if table.num_rows else 0
    return table.drop_columns(["total"]), total


def erase(transaction: Transaction, unit: str, comment: str) -> int:
    """Take a text out of every event of a unit that bears it, and mark them; returns how many.

    This is the one thing that is ever rewritten in the log: a text about a patient must not stay in the database. All
    else that the events hold is kept.
    """
    rewritten = transaction.cursor.execute(
        "UPDATE declaration SET comment = '', masked = true WHERE unit = ? AND comment = ?", [unit, comment]
    ).fetchone()
    return int(rewritten[0]) if rewritten else 0


def temporalities(cursor: Cursor, unit: str, comment: str) -> list[str]:
    """The temporalities under which a unit bears a text: two for a unit that went from beds to places with it."""
    query = "SELECT DISTINCT temporality FROM declaration WHERE unit = ? AND comment = ? ORDER BY temporality"
    return [temporality for (temporality,) in cursor.execute(query, [unit, comment]).fetchall()]


def was_masked(cursor: Cursor, position: int) -> bool:
    """Whether the event at a position had its comment erased."""
    row = cursor.execute("SELECT masked FROM declaration WHERE position = ?", [position]).fetchone()
    return bool(row and row[0])


def masked_since(cursor: Cursor, unit: str, temporality: str, position: int) -> bool:
    """Whether a comment of a unit was masked, under a temporality, after a position."""
    query = "SELECT 1 FROM declaration WHERE unit = ? AND temporality = ? AND kind = 'masked' AND position > ? LIMIT 1"
    return cursor.execute(query, [unit, temporality, position]).fetchone() is not None


def masked_units(cursor: Cursor) -> set[str]:
    """The units that had a comment erased."""
    return {unit for (unit,) in cursor.execute("SELECT DISTINCT unit FROM declaration WHERE masked").fetchall()}
