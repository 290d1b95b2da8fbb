"""Handle a DuckDB file that was interrupted, filled its disk or was damaged: error messages, copies, and a truncated log.

Nothing is lost by it: files that cannot be read are first copied into a folder beside them, with the instant in its name.
"""

import os
import re
import resource
import shutil
from datetime import datetime
from pathlib import Path

import duckdb

from ror.errors import DatabaseError, RorError, Unavailable

_FULL = "Le disque du serveur est plein : rien n'a été enregistré. Prévenez le support, puis recommencez."
_UNWRITABLE = "Le disque du serveur ne peut plus être écrit : rien n'a été enregistré. Prévenez le support, puis recommencez."
_DAMAGED = "Une partie de la base de données ne peut pas être lue : prévenez le support."
_REOPENED = "La base de données a dû être rouverte. Vérifiez si votre dernière saisie est enregistrée ; sinon, recommencez."

_NO_ROOM = ("no space left", "file too large", "disk quota exceeded")
_READ_ONLY = ("read-only file system", "input/output error")
_LOG_DAMAGED = ("while replaying wal", "this wal was created", "wal does not match", "wal file")
_FILE_DAMAGED = ("corrupt database file", "could not read enough bytes")


def user_error(error: duckdb.Error) -> RorError | None:
    """Translate an error of an open file for the user who was reading or writing; None for an unexpected one."""
    text = str(error).lower()
    if isinstance(error, duckdb.FatalException):
        return Unavailable(_REOPENED)
    if _contains(text, _NO_ROOM):
        return Unavailable(_FULL)
    if _contains(text, _READ_ONLY):
        return Unavailable(_UNWRITABLE)
    return Unavailable(_DAMAGED) if _contains(text, _FILE_DAMAGED) else None


def refusal(path: Path, error: Exception) -> DatabaseError:
    """Build the error for a file that could not be opened, with the remedy. The file and its log were not changed."""
    text = str(error).lower()
    if _contains(text, _LOG_DAMAGED):
        return DatabaseError(
            f"The write-ahead log {log_of(path)} is damaged, or belongs to another state of {path}: the latest declarations "
            "cannot be read whole. Nothing was changed. Restore the last backup (python -m ror restore), or keep what can "
            "still be read, with the rest set aside: python -m ror recover."
        )
    if _contains(text, _FILE_DAMAGED):
        return DatabaseError(f"{path} is damaged. Nothing was changed. Restore the last backup: python -m ror restore.")
    if _contains(text, _NO_ROOM):
        return DatabaseError(f"The disk that holds {path} is full: free some space, then start again.")
    if _contains(text, _READ_ONLY):
        return DatabaseError(f"{path} cannot be written: its disk is read-only or failing. Mend the disk, then start again.")
    if _contains(text, ("permission denied", "operation not permitted")):
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


def _contains(text: str, parts: tuple[str, ...]) -> bool:
    return any(part in text for part in parts)


def log_of(path: Path) -> Path:
    """Return the path of the write-ahead log of a file."""
    return path.with_name(f"{path.name}.wal")


def check_beside(path: Path) -> None:
    """Raise `DatabaseError` for a log without its file: DuckDB would erase the log when it creates the file."""
    log = log_of(path)
    if not path.exists() and log.exists() and log.stat().st_size:
        raise DatabaseError(
            f"{path} is missing, but its write-ahead log {log} is there: put the file back or restore the last backup "
            "(python -m ror restore). To begin again with an empty database, move the log away."
        )


def has_room(path: Path) -> bool:
    """Return whether there surely is room to checkpoint the log into the file: when there is not, DuckDB closes the database.

    Reaching a limit on the size of the file (RLIMIT_FSIZE) is worse: what DuckDB had begun to overwrite would stay damaged.
    """
    log = log_of(path)
    size = log.stat().st_size if log.exists() else 0
    growth = 4 * size + 2**21
    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    may_grow = limit == resource.RLIM_INFINITY or path.stat().st_size + growth < limit
    return may_grow and shutil.disk_usage(path.parent).free > growth


def mark_of(path: Path) -> Path:
    """Return the path of the mark of a file."""
    return path.with_name(f"{path.name}.position")


def set_aside(path: Path, now: datetime) -> Path:
    """Copy a file, its log and its mark into a new folder beside them, before a recovery; return the folder.

    Raises `DatabaseError` when they cannot be copied.
    """
    folder = path.with_name(f"{path.name}.aside-{now:%Y%m%dT%H%M%SZ}")
    try:
        folder.mkdir(mode=0o700)
        for file in (path, log_of(path), mark_of(path)):
            if file.exists():
                shutil.copy2(file, folder)
    except OSError as error:
        raise DatabaseError(f"{path} cannot be set aside in {folder} ({error.strerror}): nothing was changed.") from error
    return folder


def cut_log(path: Path) -> None:
    """Truncate a log at the first entry that cannot be read, or to nothing. The caller has set a copy aside (`set_aside`).

    Raises `DatabaseError` when the file itself cannot be opened.
    """
    log = log_of(path)
    try:
        _try_to_open(path)
    except duckdb.Error as error:
        if not log.exists() or not _contains(str(error).lower(), _LOG_DAMAGED):
            raise refusal(path, error) from error
        match = re.search(r"entry at byte position ([0-9]+)", str(error))
        os.truncate(log, int(match[1]) if match else 0)


def _try_to_open(path: Path) -> None:
    """Open a file and close it again, unchanged."""
    connection = duckdb.connect(str(path))
    connection.execute("PRAGMA disable_checkpoint_on_shutdown")
    connection.close()
