"""The mark beside a DuckDB file: how far the database went when it last acknowledged something.

DuckDB drops in silence what follows a torn entry or a wrong length in its write-ahead log, and opens without a log that is
gone. The mark is written after each commit, before anybody is told: a file that answers less than its mark is refused.
The last position measures declarations and registry; the last line of the journal measures everything else (accounts,
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
from ror.model.journal import JournalMark as Head
from ror.store.engine.engine import LAST_POSITION, Cursor
from ror.store.engine.recovery import mark_of

_TEXT = re.compile(r"([0-9]{20}) ([0-9]{20})(?: ([0-9]{20}) ([0-9a-f]{64}))?\n")
"""Before a version that noted the head of the journal, the first two fields stood alone."""

_IN_USE, _CLOSED = "in use", "closed"

_WAYS_ON = (
    "What was revoked, disabled or changed last might be undone. Nothing was changed. Put the right files back (the database, "
    "its .wal and its .position go together), or restore the last backup (python -m ror restore); to go on with what is there, "
    "python -m ror recover."
)


@dataclass(frozen=True, slots=True)
class State:
    """How far a database goes: its last position and the last line of its journal.

    `born` is the instant that it was made, in microseconds: it tells a database from another at the same place.
    """

    born: int
    position: int
    head: Head


class MarkFile:
    """The mark of one database file."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self.path = mark_of(database)
        self._noted: State | None = None
        self._written: State | None = None

    def read(self) -> State | None:
        """What the mark says; None when it is missing or cannot be understood."""
        try:
            found = _TEXT.fullmatch(self.path.read_text("ascii"))
        except (OSError, UnicodeDecodeError):
            return None
        if found is None:
            return None
        head = Head(int(found[3]), found[4]) if found[3] else Head()
        return State(int(found[1]), int(found[2]), head)

    def of(self, cursor: Cursor) -> State | None:
        """What the mark says of this very database; None also when it is another's."""
        noted, held = self.read(), state(cursor)
        return noted if noted and held and noted.born == held.born else None

    def check(self, cursor: Cursor) -> None:
        """Compare the database with its mark; changes nothing.

        Raises `DatabaseError` when the database holds less than what was acknowledged, or when nobody can tell: it was cut
        off while in use, and its mark is not there.
        """
        held, noted = state(cursor), self.of(cursor)
        if held is None:
            return
        if noted is None:
            if in_use(cursor):
                raise DatabaseError(
                    f"{self._database} was cut off while in use, and its mark {self.path} is missing, unreadable or another "
                    f"database's: nobody can tell whether its last writes are there. {_WAYS_ON}"
                )
        elif why := _less(cursor, held, noted):
            raise DatabaseError(
                f"{self._database} {why} ({self.path}): its write-ahead log was cut or removed, or an older copy was put in "
                f"its place. {_WAYS_ON}"
            )

    def settle(self, cursor: Cursor) -> None:
        """Note the state of a database that was just opened. Raises `DatabaseError` when the mark cannot be written.

        On a full disk what the mark said before stays: it is still true.
        """
        held = state(cursor)
        if held is None:
            return
        try:
            if held != self.read():
                self._write(held)
        except OSError as error:
            if error.errno not in (ENOSPC, EDQUOT):
                raise DatabaseError(
                    f"{self.path} cannot be written ({error.strerror}): give it to the account which starts the server."
                ) from error
        self._noted = self._written = held

    def note(self, position: int, head: Head | None) -> None:
        """Note a commit, on the disk before this returns; `head` None when it added no line to the journal.

        Raises `OSError`; the next call notes this commit too.
        """
        if self._noted is None:
            return
        self._noted = replace(self._noted, position=position, head=head or self._noted.head)
        if self._noted != self._written:
            self._write(self._noted)
            self._written = self._noted

    def _write(self, noted: State) -> None:
        new = not self.path.exists()
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            # Always as long, in place: needs no room on a full disk, and is never half old and half new.
            text = f"{noted.born:020} {noted.position:020} {noted.head.number:020} {noted.head.hash}\n"
            os.pwrite(file, text.encode(), 0)
            os.fdatasync(file)
        finally:
            os.close(file)
        if new:
            _sync(self.path.parent)


def born(path: Path) -> int:
    """Return the instant that the database at a path was made (microseconds), which no other has; 0 when nothing says it.

    A damaged file still has its mark.
    """
    try:
        with closing(duckdb.connect(str(path), read_only=True)) as connection:
            held = state(connection.cursor())
    except duckdb.Error:
        held = None
    found = held if held and held.born else MarkFile(path).read()
    return found.born if found else 0


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def in_use(cursor: Cursor) -> bool:
    """Whether the file says that it was not closed in order. It says it in the comment of a table, which no copy takes."""
    row = cursor.execute("SELECT comment FROM duckdb_tables() WHERE table_name = 'migration'").fetchone()
    return row is not None and row[0] == _IN_USE


def set_in_use(cursor: Cursor, value: bool) -> None:
    """Write into the file whether a process has it open."""
    cursor.execute(f"COMMENT ON TABLE migration IS '{_IN_USE if value else _CLOSED}'")


def state(cursor: Cursor) -> State | None:
    """How far an open database goes; None before it has its first tables."""
    tables = {str(name) for (name,) in cursor.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    if not tables >= {"migration", "declaration", "registry_change"}:
        return None
    born = cursor.execute("SELECT coalesce(epoch_us(min(applied_at)), 0) FROM migration").fetchone()
    last = cursor.execute(LAST_POSITION).fetchone()
    head = cursor.execute("SELECT number, hash FROM journal_head").fetchone() if "journal_head" in tables else None
    return State(int(born[0]) if born else 0, int(last[0]) if last else 0, Head(*head) if head else Head())


def _less(cursor: Cursor, held: State, noted: State) -> str:
    """What a database lacks of what was acknowledged, "" when it has all of it."""
    if noted.position > held.position:
        return f"ends at position {held.position}, but position {noted.position} was acknowledged"
    if noted.head.number > held.head.number:
        return f"ends at line {held.head.number} of its journal, but line {noted.head.number} was acknowledged"
    if noted.head.number and _hash_of(cursor, noted.head.number) not in ("", noted.head.hash):
        return f"has another line {noted.head.number} in its journal than the one that was acknowledged"
    return ""


def _hash_of(cursor: Cursor, number: int) -> str:
    """The hash of a line of the journal, or of the checkpoint that a purge left in its place; "" for an older line."""
    found = cursor.execute(
        "SELECT hash FROM journal WHERE number = $1 UNION ALL SELECT hash FROM journal_checkpoint WHERE number = $1", [number]
    ).fetchone()
    return str(found[0]) if found else ""
