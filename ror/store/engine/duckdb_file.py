"""A DuckDB file: the store of one process."""

import os
import time
from contextlib import suppress
from pathlib import Path

import duckdb

from ror.errors import DatabaseError, RorError, Unavailable
from ror.model.journal import JournalMark
from ror.store.engine import mark, recovery
from ror.store.engine.engine import Cursor, last_position_of_file

OPENING_SECONDS = 8.0
"""How long opening waits, since a server that is stopping holds its file for a few seconds."""

_FORMAT = "v1.5.0"
"""Storage version of new files: since that one a write-ahead log names its file, and DuckDB refuses it beside another file."""

_NEVER = "1TB"
"""Checkpoint threshold that no log reaches: automatic checkpoints are off."""

_DURABLE = "COMMIT succeeded and is durable"
"""Text of the DuckDB error for a commit that succeeded, but after which the log could not be checkpointed into the file."""


_UNMARKED = (
    "Votre saisie est écrite, mais le disque du serveur répond mal : elle pourrait se perdre s'il s'arrête. Prévenez le "
    "support, puis vérifiez qu'elle y est."
)


class DuckDBFile:
    """One file, opened once by the process that owns it.

    With `guarded` False its mark is neither checked nor written: for a file that is being copied, and to recover a file whose
    mark is lost.
    """

    shared = False
    postgresql = False

    def __init__(self, path: Path, *, guarded: bool = True) -> None:
        self.path: Path | None = path
        self.name = str(path)
        self._mark = mark.MarkFile(path) if guarded else None

    def connect(self) -> Cursor:
        """Open the file, and create it when it does not exist; wait for a server that is stopping.

        Raises `DatabaseError` for a file that lacks what was acknowledged, and leaves it as it is.
        """
        recovery.check_beside(Path(self.name))
        connection = _connect(Path(self.name))
        # Closing would checkpoint the log into the file, which must not happen before the file has passed its check.
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
        return connection

    def select_tables(self, cursor: Cursor) -> None:
        """Do nothing: there is one database."""

    def begin_snapshot(self, cursor: Cursor) -> None:
        """Begin a transaction: in DuckDB each one reads one state."""
        cursor.begin()

    def begin(self, cursor: Cursor) -> None:
        """Begin a transaction: the lock of the process keeps other writers out."""
        cursor.begin()

    def last_position(self, cursor: Cursor) -> int:
        """Read the last position from the statistics of the tables."""
        return last_position_of_file(cursor)

    def checkpoint(self, cursor: Cursor) -> None:
        """Checkpoint the write-ahead log into the file, unless a transaction is open or the disk is nearly full."""
        if recovery.has_room(Path(self.name)):
            cursor.execute("PRAGMA enable_checkpoint_on_shutdown")
            cursor.execute("RESET GLOBAL checkpoint_threshold")
            with suppress(duckdb.TransactionException):
                cursor.execute("CHECKPOINT")

    def guard(self, cursor: Cursor) -> None:
        """Write the mark, and record durably in the file itself that it is in use."""
        if self._mark:
            self._mark.start(cursor)
            if not mark.in_use(cursor) and recovery.has_room(Path(self.name)):
                mark.set_in_use(cursor, True)
                cursor.execute("CHECKPOINT")

    def mark_closed(self, connection: Cursor) -> None:
        """Record in the file that it was closed properly: it can then be opened anywhere without its mark."""
        with suppress(duckdb.Error), connection.cursor() as cursor:
            mark.set_in_use(cursor, False)

    def commit(self, cursor: Cursor) -> bool:
        """Commit. When the disk is too full to checkpoint the log into the file, the commit stands all the same."""
        try:
            cursor.commit()
        except duckdb.FatalException as error:
            if _DURABLE not in str(error):
                raise
            return False
        return True

    def acknowledge(self, position: int, head: JournalMark | None) -> None:
        """Write the commit into the mark, so that an acknowledged commit is never lost unnoticed. Raises `Unavailable`."""
        try:
            if self._mark:
                self._mark.acknowledge(position, head)
        except OSError as error:
            raise Unavailable(_UNMARKED) from error

    def roll_back(self, cursor: Cursor) -> None:
        """Roll the transaction back; a commit that failed has ended it already."""
        with suppress(duckdb.Error):
            cursor.rollback()

    def user_error(self, error: duckdb.Error) -> RorError | None:
        """Translate the errors of a full or failing disk."""
        return recovery.user_error(error)


def _connect(path: Path) -> Cursor:
    # DuckDB creates its write-ahead log later, with the umask of the process: it must be readable by its owner only.
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
