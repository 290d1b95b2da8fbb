"""Files that are whole or not there: written under another name, brought to the disk, then named."""

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
"""What the name of a file ends with until the file is whole."""


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def part_path(path: Path) -> Path:
    """What a file is called until it is whole."""
    return path.with_name(path.name + PART)


def finish(part: Path, path: Path) -> None:
    """Give a file that is whole its name, once it is on the disk; it is its owner's alone."""
    part.chmod(0o600)
    _sync(part)
    part.replace(path)
    _sync(path.parent)


def write_text(text: str, path: Path) -> None:
    """Write a small file, whole or not at all."""
    part = part_path(path)
    part.write_text(text, encoding="utf-8")
    finish(part, path)


def copy(source: Path, part: Path) -> str:
    """Copy a file; returns the SHA-256 of what was written."""
    shutil.copyfile(source, part)
    return sha256(part)


def delete_matching(folder: Path, pattern: str) -> None:
    """Remove the files of a folder whose names are like this."""
    for one in folder.glob(pattern):
        one.unlink(missing_ok=True)


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Be the only one to write backups into a folder, which is made when it is not there; a process that ends lets go.

    Raises `BackupFailed` while another does, or when the folder cannot be used.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise BackupFailed(f"{folder} cannot be used ({error.strerror}): name another folder.") from error
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise BackupFailed(f"Another backup is being written into {folder}: wait for it to end.") from error
    finally:
        os.close(held)


@contextmanager
def lock_database_file(path: Path) -> Iterator[None]:
    """Hold a database's file as its server would, without reading it: it may be damaged.

    Raises `DatabaseError` when a server has it, or when it cannot be opened.
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
    """Make a whole file the database at this path, in one step; the log and the mark of the one before go.

    Cut off in between, the database is refused at its opening: a log or a mark that is not its own.
    """
    finish(part, path)
    for other in (log_of(path), mark_of(path)):
        other.unlink(missing_ok=True)
    _sync(path.parent)


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
