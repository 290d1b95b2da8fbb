"""Copying a whole database, table by table, into a file or out of one, and saying what each table holds.

The copy goes through an attached file: DuckDB reads and writes without a detour by Python, and what goes wrong with that
file (a full disk) harms no other database of the process.
"""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from ror.errors import BackupFailed, DatabaseError, Refused
from ror.model.backup import TableContent
from ror.model.journal import JournalMark
from ror.model.progress import OnProgress, ignore_progress
from ror.store.engine import migrations
from ror.store.engine.database import Database
from ror.store.engine.engine import Cursor
from ror.store.engine.file import File
from ror.store.journal import head

ENGINE = duckdb.__version__

_FILE = "attached_file"
"""What the attached file is called in statements."""


def write(db: Database, path: Path, on_progress: OnProgress = ignore_progress) -> dict[str, TableContent]:
    """Write one state of the whole database into a new file; returns what that state holds, by table.

    Nobody waits meanwhile: readers and writers go on, and what they commit is in the next copy. Raises `BackupFailed`
    when the file cannot be written.
    """
    try:
        # Made by the very migrations: the same types, constraints and indexes.
        Database(File(path, guarded=False)).close()
        with db.reader() as cursor:
            try:
                return _write(db, cursor, path, on_progress)
            except duckdb.Error as error:
                if str(path) not in str(error):
                    raise
                raise BackupFailed(_why(path, error)) from error
    except DatabaseError as error:
        raise BackupFailed(_why(path, error.__cause__ or error)) from error


def _write(db: Database, cursor: Cursor, path: Path, on_progress: OnProgress) -> dict[str, TableContent]:
    _attach(cursor, path)
    try:
        db.engine.freeze(cursor)
        try:
            origin = _current(cursor)
            copied = _copy(cursor, origin, _FILE, on_progress)
            cursor.commit()
        except BaseException:
            db.engine.roll_back(cursor)
            raise
        cursor.execute(f"CHECKPOINT {_FILE}")
    finally:
        cursor.execute(f"DETACH {_FILE}")
    return copied


def bring(db: Database, path: Path, on_progress: OnProgress = ignore_progress) -> dict[str, TableContent]:
    """Write what a file holds into an empty database, in one transaction; returns what the file holds, by table.

    The file is of this version, and nobody has it open. Raises `Refused` when the database is not empty, `DatabaseError`
    when what arrived is not what was sent: nothing of it stays.
    """
    with db.transaction() as transaction:
        cursor = transaction.cursor
        _attach(cursor, path, " (READ_ONLY)")
        target = _current(cursor)
        held = contents(cursor, target, _tables(cursor, _FILE))
        if any(one.rows for name, one in held.items() if name != "migration"):
            raise Refused(f"{db.engine.name} is not empty: nothing was copied. Name an empty database.")
        sent = _copy(cursor, _FILE, target, on_progress)
        if contents(cursor, target, sent) != sent:
            raise DatabaseError(f"What arrived at {db.engine.name} is not what was sent: nothing was copied. Try again.")
        transaction.next_position(_position(cursor, _FILE) - transaction.position)
    with db.reader() as cursor:
        cursor.execute(f"DETACH {_FILE}")
    return sent


def read(path: Path) -> tuple[int, JournalMark, dict[str, TableContent]]:
    """The last position, the last line of the journal and what each table holds, of the file of a backup; changes nothing.

    Raises `BackupFailed` for a file that is none, `DatabaseError` for one of a newer version of the service.
    """
    try:
        with duckdb.connect(str(path), read_only=True) as cursor:
            cursor.execute("SET TimeZone = 'UTC'")
            migrations.check(cursor)
            name = _current(cursor)
            return _position(cursor, name), head(cursor), contents(cursor, name, _tables(cursor, name))
    except duckdb.Error as error:
        raise BackupFailed(f"{path} cannot be read as a database of this service: it is torn, or something else.") from error


def contents(cursor: Cursor, database: str, tables: Mapping[str, object] | list[str]) -> dict[str, TableContent]:
    """What each of these tables of one attached database holds."""
    return {table: _content(cursor, database, table) for table in tables}


def _content(cursor: Cursor, database: str, table: str) -> TableContent:
    columns = ", ".join(sorted(_columns(cursor, database, table)))
    row = cursor.execute(
        f'SELECT count(*), coalesce(sum(hash({columns})), 0) FROM "{database}".{table}'  # noqa: S608 - names of our schema
    ).fetchone()
    return TableContent(int(row[0]), f"{row[1]:x}") if row else TableContent(0, "0")


def _copy(cursor: Cursor, origin: str, target: str, on_progress: OnProgress) -> dict[str, TableContent]:
    """Every table of the attached file, from one side to the other; returns what the origin holds."""
    tables = _tables(cursor, _FILE)
    for done, table in enumerate(tables):
        on_progress(done, len(tables))
        columns = ", ".join(_columns(cursor, _FILE, table))
        cursor.execute(f'DELETE FROM "{target}".{table}')  # noqa: S608 - names of our schema
        cursor.execute(
            f'INSERT INTO "{target}".{table} ({columns}) SELECT {columns} FROM "{origin}".{table}'  # noqa: S608 - names of our schema
        )
    on_progress(len(tables), len(tables))
    return contents(cursor, origin, tables)


def _attach(cursor: Cursor, path: Path, options: str = "") -> None:
    quoted = str(path).replace("'", "''")
    cursor.execute(f"ATTACH '{quoted}' AS {_FILE}{options}")


def _current(cursor: Cursor) -> str:
    row = cursor.execute("SELECT current_database()").fetchone()
    return str(row[0]) if row else ""


def _tables(cursor: Cursor, database: str) -> list[str]:
    found = "SELECT table_name FROM duckdb_tables() WHERE database_name = ? ORDER BY table_name"
    return [str(name) for (name,) in cursor.execute(found, [database]).fetchall()]


def _columns(cursor: Cursor, database: str, table: str) -> list[str]:
    found = "SELECT column_name FROM duckdb_columns() WHERE database_name = ? AND table_name = ? ORDER BY column_index"
    return [f'"{name}"' for (name,) in cursor.execute(found, [database, table]).fetchall()]


def _position(cursor: Cursor, database: str) -> int:
    row = cursor.execute(
        f'SELECT greatest((SELECT coalesce(max(position), 0) FROM "{database}".declaration), '  # noqa: S608 - a name of ours
        f'(SELECT coalesce(max(position), 0) FROM "{database}".registry_change))'
    ).fetchone()
    return int(row[0]) if row else 0


def _why(path: Path, error: BaseException) -> str:
    if "no space left" in str(error).lower():
        return f"There is no room left in {path.parent}: make room, or name another folder. Nothing is left there."
    return f"{path} cannot be written: check that the account of the service may write there. Nothing is left there."
