"""Where the tables are: what a DuckDB file and a PostgreSQL server do differently, and nothing else does."""

from pathlib import Path
from typing import Protocol

import duckdb

from ror.errors import RorError
from ror.model.journal import JournalMark as Head

Cursor = duckdb.DuckDBPyConnection

LAST_POSITION = """
    WITH positions AS (
        SELECT max(position) AS position FROM declaration
        UNION ALL
        SELECT max(position) FROM registry_change
    )
    SELECT coalesce(max(position), 0) FROM positions
"""


class Engine(Protocol):
    """One kind of store. The statements of `ror.store` are the same for all of them."""

    name: str
    """What messages call the database; never a password."""

    path: Path | None
    """The file, where there is one."""

    shared: bool
    """Whether other processes write to it too: what they commit is then learnt by asking (`Database.catch_up`)."""

    postgresql: bool
    """Whether the tables are PostgreSQL's: it has indexes of its own."""

    def connect(self) -> Cursor:
        """The connection that cursors are made from. Raises `DatabaseError`."""
        ...

    def enter(self, cursor: Cursor) -> None:
        """Make the tables those that a new cursor speaks of."""
        ...

    def freeze(self, cursor: Cursor) -> None:
        """Begin a transaction that sees one state of the whole database."""
        ...

    def begin(self, cursor: Cursor) -> None:
        """Begin a transaction that is alone to write, in this process and any other, until it ends."""
        ...

    def last_position(self, cursor: Cursor) -> int:
        """The last position committed, or given in the transaction of the cursor; 0 when there is none."""
        ...

    def checkpoint(self, cursor: Cursor) -> None:
        """Bring what was written to where it stays."""
        ...

    def settle(self, cursor: Cursor) -> None:
        """Called once the tables are today's: from then on what is acknowledged is guarded. Raises `DatabaseError`."""
        ...

    def release(self, connection: Cursor) -> None:
        """Called before the connection is closed in order."""
        ...

    def commit(self, cursor: Cursor) -> bool:
        """Commit; False when the store is to be opened again, though it was committed."""
        ...

    def note(self, position: int, head: Head | None) -> None:
        """Called after a commit, before anybody is told of it: its last position, and the last line that it added to the
        journal. Raises `Unavailable` when it is committed but not guarded against the loss of the log.
        """
        ...

    def roll_back(self, cursor: Cursor) -> None:
        """End a transaction of which nothing stays."""
        ...

    def told(self, error: duckdb.Error) -> RorError | None:
        """What an error of the store says to users; None for one that nobody foresaw."""
        ...
