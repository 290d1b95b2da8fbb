"""A DuckDB file: the store of one process."""

import os
import time
from contextlib import suppress
from pathlib import Path

import duckdb

from ror.errors import DatabaseError, RorError, Unavailable
from ror.model.journal import JournalMark as Head
from ror.store.engine import mark, recovery
from ror.store.engine.engine import LAST_POSITION, Cursor

OPENING_SECONDS = 8.0
"""A server that was just told to stop holds its file for a few seconds more: opening waits that long."""

_LARGEST_INDEX_SCAN = 100_000
"""Events of one unit that are still fetched one by one through the index; past that its table is read whole."""

_FORMAT = "v1.5.0"
"""Of new files: from it on, a write-ahead log says which file it belongs to, and DuckDB refuses it beside another."""

_NEVER = "1TB"
"""A size of the log that nobody reaches."""

_DURABLE = "COMMIT succeeded and is durable"
"""What DuckDB says of a commit after which it could not bring its log into the file."""


_UNMARKED = (
    "Votre saisie est écrite, mais le disque du serveur répond mal : elle pourrait se perdre s'il s'arrête. Prévenez le "
    "support, puis vérifiez qu'elle y est."
)


class File:
    """One file, opened once by the process that owns it.

    With `guarded` False its mark is neither asked nor kept: for a file that is being made, and to go on without a mark.
    """

    shared = False
    postgresql = False

    def __init__(self, path: Path, *, guarded: bool = True) -> None:
        self.path: Path | None = path
        self.name = str(path)
        self._mark = mark.MarkFile(path) if guarded else None

    def connect(self) -> Cursor:
        """Open the file, made when it is not there; wait for a server that is stopping.

        One that holds less than what was acknowledged is refused, and left as it is.
        """
        recovery.check_beside(Path(self.name))
        connection = _opened(Path(self.name))
        # Closing brings the log into the file: not before it is known that nothing is missing.
        connection.execute("PRAGMA disable_checkpoint_on_shutdown")
        try:
            with connection.cursor() as cursor:
                if self._mark:
                    self._mark.check(cursor)
        except (DatabaseError, duckdb.Error) as error:
            connection.close()
            raise error if isinstance(error, DatabaseError) else recovery.refusal(Path(self.name), error) from error
        if recovery.has_room(Path(self.name)):
            connection.execute("PRAGMA enable_checkpoint_on_shutdown")
        else:
            connection.execute(f"SET GLOBAL checkpoint_threshold = '{_NEVER}'")
        connection.execute(f"SET GLOBAL index_scan_max_count = {_LARGEST_INDEX_SCAN}")
        return connection

    def enter(self, cursor: Cursor) -> None:
        """Nothing to do: there is one database."""

    def freeze(self, cursor: Cursor) -> None:
        """Begin: every transaction sees one state."""
        cursor.begin()

    def begin(self, cursor: Cursor) -> None:
        """Begin: the lock of the process is enough."""
        cursor.begin()

    def last_position(self, cursor: Cursor) -> int:
        """Read from the tables' own statistics."""
        row = cursor.execute(LAST_POSITION).fetchone()
        return int(row[0]) if row else 0

    def checkpoint(self, cursor: Cursor) -> None:
        """Bring the write-ahead log into the file; left for the next time while somebody's transaction is in progress, or
        while the disk is nearly full.
        """
        if recovery.has_room(Path(self.name)):
            cursor.execute("PRAGMA enable_checkpoint_on_shutdown")
            cursor.execute("RESET GLOBAL checkpoint_threshold")
            with suppress(duckdb.TransactionException):
                cursor.execute("CHECKPOINT")

    def settle(self, cursor: Cursor) -> None:
        """Note in the mark how far the database goes, and in the file itself, for good, that it is in use."""
        if self._mark:
            self._mark.settle(cursor)
            if not mark.in_use(cursor) and recovery.has_room(Path(self.name)):
                mark.set_in_use(cursor, True)
                cursor.execute("CHECKPOINT")

    def release(self, connection: Cursor) -> None:
        """Write that the file was closed in order: without a mark it can then be opened anywhere."""
        with suppress(duckdb.Error), connection.cursor() as cursor:
            mark.set_in_use(cursor, False)

    def commit(self, cursor: Cursor) -> bool:
        """Commit. A disk too full for the log to go into the file keeps what was committed."""
        try:
            cursor.commit()
        except duckdb.FatalException as error:
            if _DURABLE not in str(error):
                raise
            return False
        return True

    def note(self, position: int, head: Head | None) -> None:
        """Note the commit in the mark: an act that was told done is never undone in silence."""
        try:
            if self._mark:
                self._mark.note(position, head)
        except OSError as error:
            raise Unavailable(_UNMARKED) from error

    def roll_back(self, cursor: Cursor) -> None:
        """End a transaction of which nothing stays; a commit that failed has ended it already."""
        with suppress(duckdb.Error):
            cursor.rollback()

    def told(self, error: duckdb.Error) -> RorError | None:
        """A disk that is full, or fails."""
        return recovery.told(error)


def _opened(path: Path) -> Cursor:
    # DuckDB makes its write-ahead log when it first writes, with the mode of the process: for its owner alone.
    os.umask(0o077)
    deadline = time.monotonic() + OPENING_SECONDS
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = duckdb.connect(str(path), config={"storage_compatibility_version": _FORMAT})
            path.chmod(0o600)
            return connection
        except duckdb.IOException as error:
            if "could not set lock" not in str(error).lower():
                raise recovery.refusal(path, error) from error
            if time.monotonic() > deadline:
                raise DatabaseError(
                    f"The database {path} is already in use by another server: stop it, or name another file by ROR_DATABASE."
                ) from error
            time.sleep(0.2)
        except (duckdb.Error, OSError) as error:
            raise recovery.refusal(path, error) from error
