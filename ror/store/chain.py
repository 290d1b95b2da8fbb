"""Store the chain of the journal: read its head and checkpoints, append a line."""

from dataclasses import astuple

from ror.model.journal import JournalLine, JournalMark
from ror.store.engine.engine import Cursor


def head(cursor: Cursor) -> JournalMark:
    """Return the mark of the last line, as stored apart from the lines."""
    row = cursor.execute("SELECT number, hash FROM journal_head").fetchone()
    return JournalMark(*row) if row else JournalMark()


def checkpoints(cursor: Cursor) -> list[JournalMark]:
    """Return the marks of the last lines of the purges, in order; the first line left follows the last of them."""
    rows = cursor.execute("SELECT number, hash FROM journal_checkpoint ORDER BY number").fetchall()
    return [JournalMark(*row) for row in rows]


def append(cursor: Cursor, line: JournalLine) -> JournalMark:
    """Write a line, which must carry the number after the head's and its hash; move the head to it and return it."""
    new_head = JournalMark(line.number, line.hash)
    cursor.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [*astuple(line), new_head.hash])
    cursor.execute("DELETE FROM journal_head")
    cursor.execute("INSERT INTO journal_head VALUES (?, ?)", [new_head.number, new_head.hash])
    return new_head
