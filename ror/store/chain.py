"""The chain of the journal in the store: its head, its checkpoint, and the one way to add a line."""

from dataclasses import astuple

from ror.model.journal import Line, Mark
from ror.store.engine.engine import Cursor


def head(cursor: Cursor) -> Mark:
    """The last line of all, as the journal remembers it."""
    row = cursor.execute("SELECT number, hash FROM journal_head").fetchone()
    return Mark(*row) if row else Mark()


def checkpoints(cursor: Cursor) -> list[Mark]:
    """The last lines of the purges, in order; the first line still there follows the last of them."""
    rows = cursor.execute("SELECT number, hash FROM journal_checkpoint ORDER BY number").fetchall()
    return [Mark(*row) for row in rows]


def append(cursor: Cursor, line: Line) -> Mark:
    """Write a line, which must carry the number after the head's and its hash, and move the head; returns the head."""
    added = Mark(line.number, line.hash)
    cursor.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [*astuple(line), added.hash])
    cursor.execute("DELETE FROM journal_head")
    cursor.execute("INSERT INTO journal_head VALUES (?, ?)", [added.number, added.hash])
    return added
