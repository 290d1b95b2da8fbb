"""Search the comments of the log, and erase those that must not stay."""

from collections.abc import Sequence

import pyarrow as pa

from ror.store import kinds, text_search
from ror.store.engine.database import Cursor, Transaction


def search(cursor: Cursor, terms: Sequence[str], limit: int) -> tuple[pa.Table, int]:
    """Return the comments that have every term, as `text_search.search` does: each text of a unit comes once.

    Columns besides those of `text_search.search`: comment, author, observed_at (of the last event with this comment, at
    `position`), present (whether it is shown now).
    """
    kinds.register(cursor)
    texts = (
        "SELECT unit, comment AS text, max(position) AS position FROM declaration WHERE comment <> '' GROUP BY unit, comment"
    )
    columns = """
        hits.text AS comment, coalesce(account.name, '') AS author, declaration.observed_at,
        latest.position IS NOT NULL AS present
    """
    joins = f"""
        JOIN declaration USING (position)
        LEFT JOIN account ON account.id = declaration.account
        LEFT JOIN (
            SELECT max(declaration.position) AS position
            FROM declaration
            JOIN unit ON unit.id = declaration.unit
            JOIN unit_kind ON {kinds.OF_UNIT} AND unit_kind.temporality = declaration.temporality
            GROUP BY declaration.unit
        ) AS latest ON latest.position = hits.position
    """  # noqa: S608 - a constant
    return text_search.search(cursor, texts, columns, joins, terms, limit)


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
    """Return the temporalities of the events of a unit with a comment.

    There are two when the unit changed between beds and places while it had the comment.
    """
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
    """Return the units that had a comment erased."""
    return {unit for (unit,) in cursor.execute("SELECT DISTINCT unit FROM declaration WHERE masked").fetchall()}
