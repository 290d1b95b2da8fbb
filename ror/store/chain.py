"""The chain of the journal in the store: its head, its checkpoint, and the one way to add a line."""

from dataclasses import astuple

from ror.model.journal import JournalLine, JournalMark
from ror.store.engine.engine import Cursor


def head(cursor: Cursor) -> JournalMark:
    """The last line of all, as the journal remembers it."""
    row = cursor.execute("SELECT number, hash FROM journal_head").fetchone()
    return JournalMark(*row) if row else JournalMark()


def checkpoints(cursor: Cursor) -> list[JournalMark]:
    """The last lines of the purges, in order; the first line still there follows the last of them."""
    rows = cursor.execute("SELECT number, hash FROM journal_checkpoint ORDER BY number").fetchall()
    return [JournalMark(*row) for row in rows]


def append(cursor: Cursor, line: JournalLine) -> JournalMark:
    """Write a line, which must carry the number after the head's and its hash, and move the head; returns the head."""
    added = JournalMark(line.number, line.hash)
    cursor.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [*astuple(line), added.hash])
    cursor.execute("DELETE FROM journal_head")
    cursor.execute("INSERT INTO journal_head VALUES (?, ?)", [added.number, added.hash])
    return added
