"""Open the database. One transaction writes at a time; each reader has its own cursor."""

import atexit
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from weakref import WeakSet

import duckdb

from ror import metrics
from ror.model.journal import JournalMark
from ror.settings import settings
from ror.store.engine import migrations
from ror.store.engine.duckdb_file import DuckDBFile
from ror.store.engine.engine import BATCH as BATCH
from ror.store.engine.engine import Cursor as Cursor
from ror.store.engine.engine import Engine
from ror.store.engine.postgresql import PostgreSQL


@dataclass(slots=True)
class Transaction:
    """An open transaction: its cursor, and the positions that it gives to events."""

    cursor: Cursor
    _last: int
    head: JournalMark | None = None
    """Last line that this transaction added to the journal."""

    def next_position(self, count: int = 1) -> int:
        """Return the first of `count` new consecutive positions, in commit order."""
        first = self._last + 1
        self._last += count
        return first

    @property
    def position(self) -> int:
        """Return the last position given."""
        return self._last


class Database:
    """A store, opened once per process. Opening creates and migrates it as needed.

    `store` is the path of a DuckDB file, which this process then owns, or an engine. Every method raises `Unavailable` when
    the store does not answer or has no room left.
    """

    def __init__(self, store: Path | Engine) -> None:
        self.engine: Engine = DuckDBFile(store) if isinstance(store, Path) else store
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._connection = self._connect()
        self._broken = False
        self._last = 0
        self._writings = 0
        try:
            with self._lock, self.reader() as cursor:
                migrations.migrate(cursor, self.engine)
                self._last = self.engine.last_position(cursor)
                self.engine.guard(cursor)
        except BaseException:
            self._connection.close()
            raise

    @property
    def path(self) -> Path | None:
        """Return the path of the file, None for a store without one."""
        return self.engine.path

    def _connect(self) -> Cursor:
        connection = self.engine.connect()
        # GLOBAL, because some cursors are separate connections to the same instance.
        connection.execute("SET GLOBAL TimeZone = 'UTC'")
        return connection

    def _reopen(self) -> None:
        """Open the store again after a fatal error, after which DuckDB refuses every statement."""
        with self._opening:
            if self._broken:
                self._connection.close()
                self._connection = self._connect()
                with self._connection.cursor() as cursor:
                    self.engine.select_tables(cursor)
                    # A commit that was reported as failed may have reached the log: its positions are taken.
                    self._last = max(self._last, self.engine.last_position(cursor))
                self._broken = False

    @contextmanager
    def _cursor(self) -> Iterator[Cursor]:
        """Yield a cursor, and close it.

        A cursor left open after a read would hold a transaction open, and the write-ahead log could never be checkpointed into
        the file.
        """
        if self._broken:
            self._reopen()
        try:
            cursor = self._connection.cursor()
            try:
                yield cursor
            finally:
                cursor.close()
        except duckdb.Error as error:
            self._broken = self._broken or isinstance(error, duckdb.FatalException)
            if user_error := self.engine.user_error(error):
                raise user_error from error
            raise

    @contextmanager
    def reader(self) -> Iterator[Cursor]:
        """Yield a new cursor: DuckDB mixes up the results of threads that share one."""
        with self._cursor() as cursor:
            self.engine.select_tables(cursor)
            yield cursor

    @contextmanager
    def snapshot(self) -> Iterator[Cursor]:
        """Yield a cursor that reads one state of the whole database, whatever is committed meanwhile."""
        with self._cursor() as cursor:
            self.engine.begin_snapshot(cursor)
            try:
                yield cursor
            finally:
                self.engine.roll_back(cursor)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Yield the only open transaction; commit it at the end, roll it back whole on any error."""
        requested_at = time.perf_counter()
        with self._lock, self.reader() as cursor:
            self.engine.begin(cursor)
            began_at = time.perf_counter()
            metrics.WRITER_WAITS.observe(began_at - requested_at)
            try:
                transaction = Transaction(cursor, self.engine.last_position(cursor) if self.engine.shared else self._last)
                yield transaction
                if not self.engine.commit(cursor):
                    self._broken = True
            except BaseException:
                self.engine.roll_back(cursor)
                raise
            finally:
                self._writings += 1
                metrics.WRITES.observe(time.perf_counter() - began_at)
            self._last = max(self._last, transaction.position)
            self.engine.acknowledge(transaction.position, transaction.head)

    @property
    def writings(self) -> int | None:
        """Return the number of transactions so far: as long as it is the same, nothing changed. None for a shared store."""
        return None if self.engine.shared else self._writings

    @property
    def position(self) -> int:
        """Return the last committed position that this process knows: the version of everything that a screen shows."""
        return self._last

    def catch_up(self) -> int:
        """Read the last position that any process committed, and return it."""
        with self.reader() as cursor:
            last = self.engine.last_position(cursor)
        with self._lock:
            self._last = max(self._last, last)
            return self._last

    def checkpoint(self) -> None:
        """Checkpoint the write-ahead log into the file, so that erased rows do not stay readable in the log.

        Freed space of the file is overwritten when it is used again.
        """
        with self._lock, self.reader() as cursor:
            self.engine.checkpoint(cursor)

    def close(self) -> None:
        """Release the store; later use raises."""
        with self._lock:
            self.engine.mark_closed(self._connection)
            self._connection.close()


@lru_cache
def open_database(address: str = "") -> Database:
    """Return the database of this process, opened once: that of the setting `ROR_DATABASE`, or of `address`.

    Raises `DatabaseError` when it cannot be opened: another process has the file open, the file is no database, or
    PostgreSQL refuses the connection.
    """
    address = address or settings().database
    if address.startswith(("postgresql://", "postgres://")):
        database = Database(PostgreSQL(address))
    else:
        database = Database(Path(address).expanduser().resolve())
    _open.add(database)
    return database


_open: "WeakSet[Database]" = WeakSet()


@atexit.register
def close_all() -> None:
    """Close every database of `open_database` at the end of a process: a file closed properly needs no mark."""
    for database in list(_open):
        database.close()
    _open.clear()
    open_database.cache_clear()
