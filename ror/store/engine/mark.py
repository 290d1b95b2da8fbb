"""The mark beside a DuckDB file: the last position and journal line that the database acknowledged.

DuckDB silently drops what follows a torn entry or a wrong length in its write-ahead log, and opens a file whose log is
missing. The mark is written after each commit, before anybody is informed; a file that holds less than its mark is refused.
The last position covers declarations, feedback and registry; the last line of the journal covers everything else (accounts,
passwords, tokens, sessions), since every act has its line.
"""

import os
import re
from contextlib import closing
from dataclasses import dataclass, replace
from errno import EDQUOT, ENOSPC
from pathlib import Path

import duckdb

from ror.errors import DatabaseError
from ror.model.journal import JournalMark
from ror.store.engine.engine import Cursor, last_position_of_file
from ror.store.engine.recovery import mark_of

_TEXT = re.compile(r"([0-9]{20}) ([0-9]{20})(?: ([0-9]{20}) ([0-9a-f]{64}))?\n")
"""Creation, position, and the number and hash of the journal line; older versions wrote the first two fields only."""

_IN_USE, _CLOSED = "in use", "closed"

_WAYS_ON = (
    "What was revoked, disabled or changed last might be undone. Nothing was changed. Put the right files back (the database, "
    "its .wal and its .position go together), or restore the last backup (python -m ror restore); to go on with what is there, "
    "python -m ror recover."
)


@dataclass(frozen=True, slots=True)
class DatabaseMark:
    """The last position of a database and the last line of its journal.

    `created_at`, the instant of its creation in microseconds, identifies the database among others at the same path.
    """

    created_at: int
    position: int
    head: JournalMark


class MarkFile:
    """The mark of one database file."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self.path = mark_of(database)
        self._noted = DatabaseMark(0, 0, JournalMark())
        self._written: DatabaseMark | None = None

    def read(self) -> DatabaseMark | None:
        """Read the mark; None when it is missing or cannot be parsed."""
        try:
            match = _TEXT.fullmatch(self.path.read_text("ascii"))
        except (OSError, UnicodeDecodeError):
            return None
        if match is None:
            return None
        head = JournalMark(int(match[3]), match[4]) if match[3] else JournalMark()
        return DatabaseMark(int(match[1]), int(match[2]), head)

    def read_for(self, cursor: Cursor) -> DatabaseMark | None:
        """Read the mark of the open database; None also when the mark belongs to another database."""
        noted = self.read()
        return noted if noted and noted.created_at == current_mark(cursor).created_at else None

    def check(self, cursor: Cursor) -> None:
        """Compare the database with its mark; change nothing.

        Raises `DatabaseError` when the database holds less than was acknowledged, and when this cannot be known because the
        database was interrupted while in use and its mark is missing.
        """
        if not _tables(cursor) >= {"migration", "declaration", "registry_change"}:
            # The file is new, or its first migration was interrupted.
            return
        current, noted = current_mark(cursor), self.read()
        if noted is None or noted.created_at != current.created_at:
            if in_use(cursor):
                raise DatabaseError(
                    f"{self._database} was cut off while in use, and its mark {self.path} is missing, unreadable or another "
                    f"database's: nobody can tell whether its last writes are there. {_WAYS_ON}"
                )
        elif lack := _missing(cursor, current, noted):
            raise DatabaseError(
                f"{self._database} {lack} ({self.path}): its write-ahead log was cut or removed, or an older copy was put in "
                f"its place. {_WAYS_ON}"
            )

    def start(self, cursor: Cursor) -> None:
        """Write the mark of a database that was just opened. Raises `DatabaseError` when the mark cannot be written.

        On a full disk the previous mark stays, which is still true.
        """
        current = current_mark(cursor)
        try:
            if current != self.read():
                self._write(current)
        except OSError as error:
            if error.errno not in (ENOSPC, EDQUOT):
                raise DatabaseError(
                    f"{self.path} cannot be written ({error.strerror}): give it to the account which starts the server."
                ) from error
        self._noted = self._written = current

    def acknowledge(self, position: int, head: JournalMark | None) -> None:
        """Write a commit into the mark, and sync it to the disk; `head` is None when it added no line to the journal.

        Raises `OSError`; the next call then includes this commit.
        """
        self._noted = replace(self._noted, position=position, head=head or self._noted.head)
        if self._noted != self._written:
            self._write(self._noted)
            self._written = self._noted

    def _write(self, noted: DatabaseMark) -> None:
        """Write the mark and sync it, and its folder when the file is new. Raises `OSError`."""
        new = not self.path.exists()
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            # Overwriting in place with a constant length needs no room on a full disk, and never mixes old and new text.
            text = f"{noted.created_at:020} {noted.position:020} {noted.head.number:020} {noted.head.hash}\n"
            os.pwrite(file, text.encode(), 0)
            os.fdatasync(file)
        finally:
            os.close(file)
        if new:
            _sync(self.path.parent)


def creation_instant(path: Path) -> int:
    """Return when the database at a path was created (microseconds), which identifies it; 0 when it is unknown.

    It is read from the mark when the file is damaged.
    """
    try:
        with closing(duckdb.connect(str(path), read_only=True)) as connection:
            current = current_mark(connection.cursor())
    except duckdb.Error:
        current = None
    mark = current if current and current.created_at else MarkFile(path).read()
    return mark.created_at if mark else 0


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def in_use(cursor: Cursor) -> bool:
    """Return whether the file was not closed properly. This is stored in the comment of a table, which copies leave out."""
    row = cursor.execute("SELECT comment FROM duckdb_tables() WHERE table_name = 'migration'").fetchone()
    return row is not None and row[0] == _IN_USE


def set_in_use(cursor: Cursor, value: bool) -> None:
    """Record in the file that a process has it open, or that it was closed properly."""
    cursor.execute(f"COMMENT ON TABLE migration IS '{_IN_USE if value else _CLOSED}'")


def _tables(cursor: Cursor) -> set[str]:
    return {str(name) for (name,) in cursor.execute("SELECT table_name FROM duckdb_tables()").fetchall()}


def current_mark(cursor: Cursor) -> DatabaseMark:
    """Compute the mark of an open database that has its first tables; older versions have no journal, nor feedback."""
    created = cursor.execute("SELECT coalesce(epoch_us(min(applied_at)), 0) FROM migration").fetchone()
    try:
        head = cursor.execute("SELECT number, hash FROM journal_head").fetchone()
    except duckdb.CatalogException:
        head = None
    return DatabaseMark(
        int(created[0]) if created else 0, last_position_of_file(cursor), JournalMark(*head) if head else JournalMark()
    )


def _missing(cursor: Cursor, current: DatabaseMark, noted: DatabaseMark) -> str:
    """Describe which acknowledged write a database lacks; "" when it has all of them."""
    if noted.position > current.position:
        return f"ends at position {current.position}, but position {noted.position} was acknowledged"
    if noted.head.number > current.head.number:
        return f"ends at line {current.head.number} of its journal, but line {noted.head.number} was acknowledged"
    if noted.head.number and _hash_of(cursor, noted.head.number) not in ("", noted.head.hash):
        return f"has another line {noted.head.number} in its journal than the one that was acknowledged"
    return ""


def _hash_of(cursor: Cursor, number: int) -> str:
    """Return the hash of a journal line, or of the checkpoint that a purge left in its place; "" for an older line."""
    row = cursor.execute(
        "SELECT hash FROM journal WHERE number = $1 UNION ALL SELECT hash FROM journal_checkpoint WHERE number = $1", [number]
    ).fetchone()
    return str(row[0]) if row else ""
