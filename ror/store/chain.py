"""Store the chain of the journal: read its head and checkpoints, append lines."""

from collections.abc import Sequence
from dataclasses import fields

import pyarrow as pa

from ror.model.journal import JournalLine, JournalMark
from ror.store.engine.engine import Cursor


def head(cursor: Cursor) -> JournalMark:
    """Return the mark of the last line, which is stored in a table of its own."""
    row = cursor.execute("SELECT number, hash FROM journal_head").fetchone()
    return JournalMark(*row) if row else JournalMark()


def checkpoints(cursor: Cursor) -> list[JournalMark]:
    """Return the marks of the last lines that purges removed, in order; the first line left follows the last of them."""
    rows = cursor.execute("SELECT number, hash FROM journal_checkpoint ORDER BY number").fetchall()
    return [JournalMark(*row) for row in rows]


def append(cursor: Cursor, line: JournalLine) -> JournalMark:
    """Write a line and move the head to it; return the new head.

    The line must have the number after the head's, and the hash of the head as `previous`.
    """
    return append_all(cursor, [line])


def append_all(cursor: Cursor, lines: Sequence[JournalLine]) -> JournalMark:
    """Write lines, at least one, and move the head to the last; return the new head.

    Each must follow the one before it, and the first one the head, as in `append`.
    """
    rows = [{field.name: getattr(line, field.name) for field in fields(line)} | {"hash": line.hash} for line in lines]
    new_head = JournalMark(lines[-1].number, rows[-1]["hash"])
    if len(rows) == 1:
        cursor.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", list(rows[0].values()))
    else:
        cursor.register("new_lines", pa.Table.from_pylist(rows))
        cursor.execute("INSERT INTO journal BY NAME FROM new_lines")
        cursor.unregister("new_lines")
    cursor.execute("DELETE FROM journal_head")
    cursor.execute("INSERT INTO journal_head VALUES (?, ?)", [new_head.number, new_head.hash])
    return new_head
