"""Open the database: one transaction at a time, a cursor of its own for each reader."""

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
from ror.model.journal import JournalMark as Head
from ror.settings import settings
from ror.store.engine import migrations
from ror.store.engine.engine import Cursor as Cursor
from ror.store.engine.engine import Engine
from ror.store.engine.file import File
from ror.store.engine.postgresql import PostgreSQL


@dataclass(slots=True)
class Transaction:
    """What a writing function is handed: a cursor inside an open transaction, and the next positions."""

    cursor: Cursor
    _last: int
    head: Head | None = None
    """The last line that this transaction added to the journal."""

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
    """One store, opened once by a process; made and migrated when it is new.

    `where` is the path of a DuckDB file, which this process then owns, or an engine. Any of its methods raises
    `Unavailable` when the store does not answer, or has no room left.
    """

    def __init__(self, where: Path | Engine) -> None:
        self.engine: Engine = File(where) if isinstance(where, Path) else where
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._connection = self._opened()
        self._broken = False
        self._last = 0
        self._writings = 0
        try:
            with self._lock, self.reader() as cursor:
                migrations.bring(cursor, self.engine)
                self._last = self.engine.last_position(cursor)
                self.engine.settle(cursor)
        except BaseException:
            self._connection.close()
            raise

    @property
    def path(self) -> Path | None:
        """The file, where there is one."""
        return self.engine.path

    def _opened(self) -> Cursor:
        connection = self.engine.connect()
        # For all cursors: some of them are connections of their own to the same instance.
        connection.execute("SET GLOBAL TimeZone = 'UTC'")
        return connection

    def _reopen(self) -> None:
        """After an error that DuckDB calls fatal, it answers nothing more until it is opened again."""
        with self._opening:
            if self._broken:
                self._connection.close()
                self._connection = self._opened()
                with self._connection.cursor() as cursor:
                    self.engine.enter(cursor)
                    # A commit that was reported as failed may have reached the log: its positions are taken.
                    self._last = max(self._last, self.engine.last_position(cursor))
                self._broken = False

    @contextmanager
    def _cursor(self) -> Iterator[Cursor]:
        """A cursor, closed after: a row read from a connection that stays open holds a transaction open with it, and with
        that one open the write-ahead log never goes into the file again.
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
            if told := self.engine.told(error):
                raise told from error
            raise

    @contextmanager
    def reader(self) -> Iterator[Cursor]:
        """A cursor of one's own (DuckDB mixes up the results of threads that share one), closed at the end."""
        with self._cursor() as cursor:
            self.engine.enter(cursor)
            yield cursor

    @contextmanager
    def snapshot(self) -> Iterator[Cursor]:
        """A reader of one state of the whole database, whatever is committed meanwhile."""
        with self._cursor() as cursor:
            self.engine.freeze(cursor)
            try:
                yield cursor
            finally:
                self.engine.roll_back(cursor)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """One transaction, alone: committed at the end, rolled back whole on any error."""
        asked = time.perf_counter()
        with self._lock, self.reader() as cursor:
            self.engine.begin(cursor)
            began = time.perf_counter()
            metrics.WRITER_WAITS.observe(began - asked)
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
                metrics.WRITES.observe(time.perf_counter() - began)
            self._last = max(self._last, transaction.position)
            self.engine.note(transaction.position, transaction.head)

    @property
    def writings(self) -> int | None:
        """How many transactions wrote: as long as it stays, nothing changed. None where other processes write too."""
        return None if self.engine.shared else self._writings

    @property
    def position(self) -> int:
        """The last committed position known here: the version of everything that a screen shows."""
        return self._last

    def catch_up(self) -> int:
        """Learn of what other processes committed; returns the position then."""
        with self.reader() as cursor:
            last = self.engine.last_position(cursor)
        with self._lock:
            self._last = max(self._last, last)
            return self._last

    def checkpoint(self) -> None:
        """Bring the write-ahead log into the file: what was erased does not stay readable in the log.

        What the file frees is written over when it is used again.
        """
        with self._lock, self.reader() as cursor:
            self.engine.checkpoint(cursor)

    def close(self) -> None:
        """Release the store; later use raises."""
        with self._lock:
            self.engine.release(self._connection)
            self._connection.close()


@lru_cache
def open_database(address: str = "") -> Database:
    """The database of this process, opened once: that of the setting `ROR_DATABASE`, or the one named.

    Raises `DatabaseError` when it cannot be opened: a file that another process holds, or that is no database, a
    PostgreSQL that lets nobody in.
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
def _close_all() -> None:
    """A command ends without closing what it opened; a file that was closed in order may be copied without its mark."""
    for database in list(_open):
        database.close()
