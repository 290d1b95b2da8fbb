"""Write files that are whole or absent: under a temporary name, synced to the disk, then renamed."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ror.errors import BackupFailed, DatabaseError
from ror.store.engine.recovery import log_of, mark_of

PART = ".part"
"""The suffix of a file that is still being written."""


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def part_path(path: Path) -> Path:
    """Return the temporary path at which a file is written before it gets its name."""
    return path.with_name(path.name + PART)


def finish(part: Path, path: Path) -> None:
    """Sync a complete file to the disk and rename it to its final name; only its owner may read it."""
    part.chmod(0o600)
    _sync(part)
    part.replace(path)
    _sync(path.parent)


def write_text(text: str, path: Path) -> None:
    """Write a small text file, whole or not at all."""
    part = part_path(path)
    part.write_text(text, encoding="utf-8")
    finish(part, path)


def copy(source: Path, part: Path) -> str:
    """Copy a file and return the SHA-256 of the copy."""
    shutil.copyfile(source, part)
    return sha256(part)


def delete_matching(folder: Path, pattern: str) -> None:
    """Delete the files of a folder that match a glob pattern."""
    for file in folder.glob(pattern):
        file.unlink(missing_ok=True)


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Lock a folder for the backups of one process, and create it if it is missing; the lock ends with the process.

    Raises `BackupFailed` when another process has the lock, or when the folder cannot be used.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise BackupFailed(f"{folder} cannot be used ({error.strerror}): name another folder.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise BackupFailed(f"Another backup is being written into {folder}: wait for it to end.") from error
    finally:
        os.close(descriptor)


@contextmanager
def lock_database_file(path: Path) -> Iterator[None]:
    """Lock a database's file as its server does, without reading it: it may be damaged.

    Raises `DatabaseError` when a server has the lock, or when the file cannot be opened.
    """
    if not path.exists():
        yield
        return
    try:
        opened = path.open("r+b")
    except OSError as error:
        raise DatabaseError(f"{path} cannot be opened ({error.strerror}): run this as the account of the service.") from error
    with opened as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise DatabaseError(f"A server has {path} open: stop it first. Nothing was changed.") from error
        yield


def install_database(part: Path, path: Path) -> None:
    """Rename a complete file to the path of a database, and delete the log and the mark of the database that was there.

    After a crash between the two, the database is refused when it is opened, since its log or its mark is that of another.
    """
    finish(part, path)
    for old in (log_of(path), mark_of(path)):
        old.unlink(missing_ok=True)
    _sync(path.parent)


def put_away(path: Path) -> Path:
    """Rename a closed database, its log and its mark to « previous-<name> », replacing an earlier one; return its path."""
    previous = path.with_name(f"previous-{path.name}")
    for old in (log_of(previous), mark_of(previous)):
        old.unlink(missing_ok=True)
    for file, target in ((path, previous), (log_of(path), log_of(previous)), (mark_of(path), mark_of(previous))):
        if file.exists():
            file.replace(target)
    _sync(path.parent)
    return previous


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
