"""Search the comments of the log, and erase those that must not stay."""

from collections.abc import Sequence

import pyarrow as pa

from ror.store import kinds
from ror.store.engine.database import Cursor, Transaction


def search(cursor: Cursor, words: Sequence[str], limit: int) -> tuple[pa.Table, int]:
    """Return the comments that hold every word, in themselves or in the names of their unit or structure; and their number.

    Each text of a unit comes once, newest first, `limit` at most. Columns: position (of the last event that bears it),
    unit, name, structure, commune, comment, author, observed_at (of that event), present (whether it is shown now).
    Case and accents are ignored.
    """
    kinds.register(cursor)
    table = cursor.execute(
        f"""
        WITH texts AS (
            SELECT unit, comment, max(position) AS position
            FROM declaration WHERE comment <> '' GROUP BY unit, comment
        ),
        latest AS (
            SELECT max(declaration.position) AS position
            FROM declaration
            JOIN unit ON unit.id = declaration.unit
            JOIN unit_kind ON {kinds.OF_UNIT} AND unit_kind.temporality = declaration.temporality
            GROUP BY declaration.unit
        ),
        plain_words AS (
            SELECT list_transform($words, lambda word: strip_accents(lower(word))) AS words
        ),
        named AS (
            SELECT texts.*, latest.position IS NOT NULL AS present, unit.name, structure.name AS structure, structure.commune,
                   strip_accents(lower(concat_ws(
                       ' ', texts.comment, unit.name, structure.name, structure.commune, structure.finess
                   ))) AS words_of
            FROM texts
            LEFT JOIN latest USING (position)
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
        """,  # noqa: S608 - a constant
        {"words": list(words), "limit": limit},
    ).to_arrow_table()
    total = table["total"][0].as_py() if table.num_rows else 0
    return table.drop_columns(["total"]), total


def erase(transaction: Transaction, unit: str, comment: str) -> int:
    """Erase a comment from every event of a unit that has it, mark these events as masked and return their number.

    Nothing else in the log is ever rewritten: a text about a patient must not stay in the database. The other columns of
    the events stay.
    """
    rewritten = transaction.cursor.execute(
        "UPDATE declaration SET comment = '', masked = true WHERE unit = ? AND comment = ?", [unit, comment]
    ).fetchone()
    return int(rewritten[0]) if rewritten else 0


def temporalities(cursor: Cursor, unit: str, comment: str) -> list[str]:
    """Return the temporalities of the events of a unit with a comment: two when it changed from beds to places with it."""
    query = "SELECT DISTINCT temporality FROM declaration WHERE unit = ? AND comment = ? ORDER BY temporality"
    return [temporality for (temporality,) in cursor.execute(query, [unit, comment]).fetchall()]


def was_masked(cursor: Cursor, position: int) -> bool:
    """Return whether the comment of the event at a position was erased."""
    row = cursor.execute("SELECT masked FROM declaration WHERE position = ?", [position]).fetchone()
    return bool(row and row[0])


def masked_since(cursor: Cursor, unit: str, temporality: str, position: int) -> bool:
    """Return whether a comment of a unit was masked, for a temporality, after a position."""
    query = "SELECT 1 FROM declaration WHERE unit = ? AND temporality = ? AND kind = 'masked' AND position > ? LIMIT 1"
    return cursor.execute(query, [unit, temporality, position]).fetchone() is not None


def masked_units(cursor: Cursor) -> set[str]:
    """Return the units of which a comment was erased."""
    return {unit for (unit,) in cursor.execute("SELECT DISTINCT unit FROM declaration WHERE masked").fetchall()}
