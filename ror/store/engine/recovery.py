"""What is told, kept and set aside when a DuckDB file was cut off, filled its disk or was damaged.

Nothing here deletes: what cannot be read is put beside, under a name that says when.
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
    """Whether the log can surely be brought into the file: DuckDB closes the database when it runs out of room then.

    A file that the system lets grow no further is worse: what DuckDB had begun to write over would stay damaged.
    """
    log = log_of(path)
    size = log.stat().st_size if log.exists() else 0
    growth = 4 * size + 2**21
    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    may_grow = limit == resource.RLIM_INFINITY or path.stat().st_size + growth < limit
    return may_grow and shutil.disk_usage(path.parent).free > growth


def mark_of(path: Path) -> Path:
    """The mark of a file."""
    return path.with_name(f"{path.name}.position")


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
