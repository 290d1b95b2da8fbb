"""What is told, kept and set aside when a DuckDB file was cut off, filled its disk or was damaged.

Nothing here deletes: what cannot be read is put beside, under a name that says when.
"""

import os
import re
import shutil
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from ror.errors import DatabaseError, RorError, Unavailable
from ror.store.engine import LAST_POSITION, Cursor

_FULL = "Le disque du serveur est plein : rien n'a été enregistré. Prévenez le support, puis recommencez."
_UNWRITABLE = "Le disque du serveur ne peut plus être écrit : rien n'a été enregistré. Prévenez le support, puis recommencez."
_DAMAGED = "Une partie de la base de données ne peut pas être lue : prévenez le support."
_REOPENED = "La base de données a dû être rouverte. Vérifiez si votre dernière saisie est enregistrée ; sinon, recommencez."

_NO_ROOM = ("no space left", "file too large", "disk quota exceeded")
_READ_ONLY = ("read-only file system", "input/output error")
_LOG_DAMAGED = ("while replaying wal", "this wal was created", "wal does not match", "wal file")
_FILE_DAMAGED = ("corrupt database file", "could not read enough bytes")


def told(error: duckdb.Error) -> RorError | None:
    """What an error of an open file says to whoever was writing or reading; None for one that nobody foresaw."""
    said = str(error).lower()
    if isinstance(error, duckdb.FatalException):
        return Unavailable(_REOPENED)
    if _one_of(_NO_ROOM, said):
        return Unavailable(_FULL)
    if _one_of(_READ_ONLY, said):
        return Unavailable(_UNWRITABLE)
    return Unavailable(_DAMAGED) if _one_of(_FILE_DAMAGED, said) else None


def refusal(path: Path, error: Exception) -> DatabaseError:
    """Why a file was not opened, and what to do. The file and its log are as they were."""
    said = str(error).lower()
    if _one_of(_LOG_DAMAGED, said):
        return DatabaseError(
            f"The write-ahead log {log_of(path)} is damaged, or belongs to another state of {path}: the latest declarations "
            "cannot be read whole. Nothing was changed. Restore the last backup (python -m ror restore), or keep what can "
            "still be read, with the rest set aside: python -m ror recover."
        )
    if _one_of(_FILE_DAMAGED, said):
        return DatabaseError(f"{path} is damaged. Nothing was changed. Restore the last backup: python -m ror restore.")
    if _one_of(_NO_ROOM, said):
        return DatabaseError(f"The disk that holds {path} is full: free some space, then start again.")
    if _one_of(_READ_ONLY, said):
        return DatabaseError(f"{path} cannot be written: its disk is read-only or failing. Mend the disk, then start again.")
    if _one_of(("permission denied", "operation not permitted"), said):
        return DatabaseError(
            f"{path} cannot be opened: the account which starts the server may not read and write it. Give it the file "
            "and its folder (chown, chmod 600)."
        )
    if isinstance(error, duckdb.IOException):
        return DatabaseError(
            f"{path} cannot be opened: check that it is a database of this service and that the account which starts "
            "the server may read and write it."
        )
    return DatabaseError(f"The database {path} cannot be opened ({type(error).__name__}): check the setting ROR_DATABASE.")


def _one_of(signs: tuple[str, ...], said: str) -> bool:
    return any(sign in said for sign in signs)


def log_of(path: Path) -> Path:
    """The write-ahead log of a file."""
    return path.with_name(f"{path.name}.wal")


def check_beside(path: Path) -> None:
    """Before opening: a log whose file is gone would be erased by DuckDB. Raises `DatabaseError`."""
    log = log_of(path)
    if not path.exists() and log.exists() and log.stat().st_size:
        raise DatabaseError(
            f"{path} is missing, but its write-ahead log {log} is there: put the file back or restore the last backup "
            "(python -m ror restore). To begin again with an empty database, move the log away."
        )


def has_room(path: Path) -> bool:
    """Whether the log can surely be brought into the file: DuckDB closes the database when it runs out of room then."""
    log = log_of(path)
    size = log.stat().st_size if log.exists() else 0
    return shutil.disk_usage(path.parent).free > 4 * size + 2**21


@dataclass(frozen=True, slots=True)
class Noted:
    """What a mark says: which database it is of, by the instant it was made (microseconds), and a position."""

    born: int
    position: int


class Mark:
    """The last acknowledged position, in a small file of its own beside the database.

    DuckDB drops in silence what follows a torn or a wrong length in its log, and opens without a log that is gone. The
    mark is written after each commit: a database that answers less than it is refused.
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self.path = mark_of(database)
        self._born = 0

    def check(self, cursor: Cursor) -> None:
        """Raises `DatabaseError` when the database holds less than what was acknowledged."""
        self._born, position = _state(cursor)
        noted = self.noted()
        if noted and noted.born == self._born and noted.position > position:
            raise DatabaseError(
                f"{self._database} ends at position {position}, but position {noted.position} was acknowledged "
                f"({self.path}): its write-ahead log was cut or removed, or an older copy was put in its place. Nothing was "
                "changed. Put the right file and its .wal back, or restore the last backup (python -m ror restore); to go on "
                "with what is there, python -m ror recover."
            )

    def note(self, cursor: Cursor, position: int) -> None:
        """Write a committed position. Not waited for: after a power cut an older one is as good. A full disk is no reason
        to refuse what is already committed."""
        if not self._born:
            self._born, _ = _state(cursor)
        with suppress(OSError):
            file = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.pwrite(file, f"{self._born:020} {position:020}\n".encode(), 0)
            finally:
                os.close(file)

    def noted(self) -> Noted | None:
        """What the file says, None when there is none or it cannot be understood."""
        try:
            found = re.fullmatch(r"([0-9]{20}) ([0-9]{20})\n", self.path.read_text("ascii"))
        except (OSError, UnicodeDecodeError):
            return None
        return Noted(int(found[1]), int(found[2])) if found else None


def mark_of(path: Path) -> Path:
    """The mark of a file."""
    return path.with_name(f"{path.name}.position")


def _state(cursor: Cursor) -> tuple[int, int]:
    """The instant that the database was made and its last position; zeros before it has its first tables."""
    names = "'migration', 'declaration', 'registry_change'"
    tables = cursor.execute(f"SELECT count(*) FROM duckdb_tables() WHERE table_name IN ({names})").fetchone()  # noqa: S608
    if tables is None or tables[0] < 3:
        return 0, 0
    born = cursor.execute("SELECT coalesce(epoch_us(min(applied_at)), 0) FROM migration").fetchone()
    last = cursor.execute(LAST_POSITION).fetchone()
    return int(born[0]) if born else 0, int(last[0]) if last else 0


def born(path: Path) -> int:
    """The instant that the database at a path was made (microseconds), which no other has; 0 when nothing says it.

    A damaged file still has its mark.
    """
    try:
        with closing(duckdb.connect(str(path), read_only=True)) as connection:
            known = _state(connection.cursor())[0]
    except duckdb.Error:
        known = 0
    if known:
        return known
    noted = Mark(path).noted()
    return noted.born if noted else 0


def set_aside(path: Path, now: datetime) -> Path:
    """Copy a file, its log and its mark into a folder beside, before anything is tried on them; returns the folder."""
    folder = path.with_name(f"{path.name}.aside-{now:%Y%m%dT%H%M%SZ}")
    try:
        folder.mkdir(mode=0o700)
        for one in (path, log_of(path), mark_of(path)):
            if one.exists():
                shutil.copy2(one, folder)
    except OSError as error:
        raise DatabaseError(f"{path} cannot be set aside in {folder} ({error.strerror}): nothing was changed.") from error
    return folder


def cut_log(path: Path) -> None:
    """Cut a log where it can no longer be read; all of it when nothing of it can. A copy was set aside before.

    Raises `DatabaseError` when the file itself cannot be opened.
    """
    log = log_of(path)
    try:
        _try(path)
    except duckdb.Error as error:
        if not log.exists() or not _one_of(_LOG_DAMAGED, str(error).lower()):
            raise refusal(path, error) from error
        place = re.search(r"entry at byte position ([0-9]+)", str(error))
        os.truncate(log, int(place[1]) if place else 0)


def _try(path: Path) -> None:
    """Open a file and close it again, as it was."""
    connection = duckdb.connect(str(path))
    connection.execute("PRAGMA disable_checkpoint_on_shutdown")
    connection.close()
