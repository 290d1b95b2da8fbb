"""Opening the database: one writer at a time, a cursor of its own for each reader."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import duckdb

from ror.errors import DatabaseError
from ror.settings import settings
from ror.store import migrations

Cursor = duckdb.DuckDBPyConnection

OPENING_SECONDS = 8.0
"""A server that was just told to stop holds its file for a few seconds more: opening waits that long."""


@dataclass(slots=True)
class Writer:
    """What a writing function is handed: a cursor inside an open transaction, and the next positions."""

    cursor: Cursor
    _last: int

    def next_position(self, count: int = 1) -> int:
        """The first of `count` new consecutive positions, in commit order."""
        first = self._last + 1
        self._last += count
        return first

    @property
    def position(self) -> int:
        """The last position given."""
        return self._last


class Database:
    """One DuckDB file, opened once by the process that owns it; made and migrated when it is new."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._connection = _connect(path)
        self._connection.execute("SET TimeZone = 'UTC'")
        # On a cursor, closed after: a row read from a connection that stays open holds a transaction open with it, and
        # with that one open the write-ahead log never goes into the file again.
        with self.reader() as cursor:
            migrations.apply(cursor)
            self._last = _last_position(cursor)

    @contextmanager
    def reader(self) -> Iterator[Cursor]:
        """A cursor of one's own (DuckDB mixes up the results of threads that share one), closed at the end."""
        cursor = self._connection.cursor()
        try:
            yield cursor
        finally:
            cursor.close()

    @contextmanager
    def snapshot(self) -> Iterator[Cursor]:
        """A reader of one state of the whole database, whatever is committed meanwhile."""
        with self.reader() as cursor:
            cursor.begin()
            yield cursor

    @contextmanager
    def writer(self) -> Iterator[Writer]:
        """One transaction, alone: committed at the end, rolled back whole on any error."""
        with self._lock, self.reader() as cursor:
            writer = Writer(cursor, self._last)
            cursor.begin()
            try:
                yield writer
                cursor.commit()
            except BaseException:
                cursor.rollback()
                raise
            self._last = writer.position

    @property
    def position(self) -> int:
        """The last committed position: the version of everything that a screen shows."""
        return self._last

    def checkpoint(self) -> None:
        """Bring the write-ahead log into the file: what was erased does not stay readable in the log.

        Left for the next time while a transaction of somebody else is in progress. What the file frees is written over
        when it is used again.
        """
        with self._lock, self.reader() as cursor, suppress(duckdb.TransactionException):
            cursor.execute("CHECKPOINT")

    def close(self) -> None:
        """Release the file; later use raises."""
        with self._lock:
            self._connection.close()


def _connect(path: Path) -> Cursor:
    # DuckDB makes its write-ahead log when it first writes, with the mode of the process: for its owner alone.
    os.umask(0o077)
    deadline = time.monotonic() + OPENING_SECONDS
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = duckdb.connect(str(path))
            path.chmod(0o600)
            return connection
        except duckdb.IOException as error:
            if "could not set lock" not in str(error).lower():
                raise DatabaseError(
                    f"{path} cannot be opened: check that it is a database of this service and that the account which "
                    "starts the server may read and write it."
                ) from error
            if time.monotonic() > deadline:
                raise DatabaseError(
                    f"The database {path} is already in use by another server: stop it, or name another file by ROR_DATABASE."
                ) from error
            time.sleep(0.2)
        except (duckdb.Error, OSError) as error:
            raise DatabaseError(
                f"The database {path} cannot be opened ({type(error).__name__}): check the setting ROR_DATABASE."
            ) from error


def _last_position(cursor: Cursor) -> int:
    row = cursor.execute(
        """
        WITH positions AS (
            SELECT max(position) AS position FROM declaration
            UNION ALL
            SELECT max(position) FROM registry_change
        )
        SELECT coalesce(max(position), 0) FROM positions
        """
    ).fetchone()
    return int(row[0]) if row else 0


@lru_cache
def open_database(address: str = "") -> Database:
    """The database of this process, opened once: that of the setting `ROR_DATABASE`, or the one named.

    Raises `DatabaseError` when another process holds the file, when it is no database, or for a PostgreSQL address,
    which this version does not serve yet.
    """
    address = address or settings().database
    if address.startswith(("postgresql://", "postgres://")):
        raise DatabaseError("This version opens DuckDB files only: give ROR_DATABASE the path of a file.")
    return Database(Path(address).expanduser().resolve())
