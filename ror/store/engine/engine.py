"""The interface of the two kinds of store, a DuckDB file and a PostgreSQL server, for what they do differently."""

from collections.abc import Collection
from pathlib import Path
from typing import Protocol

import duckdb

from ror.errors import RorError
from ror.model.journal import JournalMark

Cursor = duckdb.DuckDBPyConnection

BATCH = 10_240
"""Rows of one batch of a result that is read as a table. DuckDB reserves memory for a whole batch in every column, however few
rows there are, and by default a batch has a million rows: the board of a region, of 1 MB, then held half a gigabyte of
addresses, and fragmented all other memory.
"""

POSITIONED = ("declaration", "registry_change", "feedback")
"""The tables whose rows have a position."""


def _last_position_sql(tables: Collection[str], schema: str = "") -> str:
    positions = " UNION ALL ".join(f"SELECT max(position) AS position FROM {schema}{table}" for table in tables)  # noqa: S608
    return f"WITH positions AS ({positions}) SELECT coalesce(max(position), 0) FROM positions"  # noqa: S608 - names of ours


LAST_POSITION = _last_position_sql(POSITIONED)


def last_position_of_file(cursor: Cursor, database: str = "") -> int:
    """Return the last position in a file, or in an attached one; a file of an older version lacks some of the tables."""
    listed = "SELECT table_name FROM duckdb_tables() WHERE database_name = coalesce(nullif(?, ''), current_database())"
    present = {table for (table,) in cursor.execute(listed, [database]).fetchall()}
    schema = f'"{database}".' if database else ""
    row = cursor.execute(_last_position_sql([table for table in POSITIONED if table in present], schema)).fetchone()
    return int(row[0]) if row else 0


class Engine(Protocol):
    """One kind of store. The statements of `ror.store` are the same for both."""

    name: str
    """Name of the database in messages, without a password."""

    path: Path | None
    """Path of the file, None for a store without one."""

    shared: bool
    """True when other processes write to it too: `Database.catch_up` then polls for their commits."""

    postgresql: bool
    """True when the tables are in PostgreSQL, which has other indexes."""

    def connect(self) -> Cursor:
        """Open the connection that cursors come from. Raises `DatabaseError`."""
        ...

    def select_tables(self, cursor: Cursor) -> None:
        """Select the schema of the tables, for a new cursor."""
        ...

    def begin_snapshot(self, cursor: Cursor) -> None:
        """Begin a transaction that sees one state of the whole database."""
        ...

    def begin(self, cursor: Cursor) -> None:
        """Begin a transaction; until it ends, no other one writes, in this process or another."""
        ...

    def last_position(self, cursor: Cursor) -> int:
        """Return the last position that was committed, or written in the transaction of the cursor; 0 without any."""
        ...

    def checkpoint(self, cursor: Cursor) -> None:
        """Checkpoint the write-ahead log into the tables."""
        ...

    def guard(self, cursor: Cursor) -> None:
        """Begin to guard acknowledged commits against the loss of the log, once the tables are migrated.

        Raises `DatabaseError`.
        """
        ...

    def mark_closed(self, connection: Cursor) -> None:
        """Record that the store is closed properly, just before the connection is closed."""
        ...

    def commit(self, cursor: Cursor) -> bool:
        """Commit; return False when it was committed, but the store must be opened again."""
        ...

    def acknowledge(self, position: int, head: JournalMark | None) -> None:
        """Guard a commit against the loss of the log, before anybody is informed of it.

        `position` is its last position, `head` the last line that it added to the journal, None without one. Raises
        `Unavailable` when the commit is done but could not be guarded.
        """
        ...

    def roll_back(self, cursor: Cursor) -> None:
        """Roll the transaction back."""
        ...

    def user_error(self, error: duckdb.Error) -> RorError | None:
        """Translate an error of the store for users; None for an unexpected one."""
        ...
