"""Copy a whole database, table by table, to or from a file, and compute the row count and checksum of each table.

The file is attached: DuckDB copies without passing rows through Python, and a failure of that file (a full disk) harms no other
database of the process.
"""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from ror.errors import BackupFailed, DatabaseError, Refused
from ror.model.backup import TableContent
from ror.model.journal import JournalMark
from ror.model.progress import OnProgress, ignore_progress
from ror.store.chain import head
from ror.store.engine import migrations
from ror.store.engine.database import Database
from ror.store.engine.duckdb_file import DuckDBFile
from ror.store.engine.engine import Cursor, last_position_of_file

ENGINE = duckdb.__version__

_FILE = "attached_file"
"""Name of the attached file in statements."""


def write(db: Database, path: Path, on_progress: OnProgress = ignore_progress) -> dict[str, TableContent]:
    """Write one state of the whole database into a new file; return the content of that state, by table.

    Readers and writers do not wait, and what they commit meanwhile is not in the copy. Raises `BackupFailed` when the file
    cannot be written.
    """
    try:
        # The migrations create the tables, so that types, constraints and indexes are the same.
        Database(DuckDBFile(path, guarded=False)).close()
        with db.reader() as cursor:
            try:
                return _write(db, cursor, path, on_progress)
            except duckdb.Error as error:
                if str(path) not in str(error):
                    raise
                raise BackupFailed(_failure_message(path, error)) from error
    except DatabaseError as error:
        raise BackupFailed(_failure_message(path, error.__cause__ or error)) from error


def _write(db: Database, cursor: Cursor, path: Path, on_progress: OnProgress) -> dict[str, TableContent]:
    """Copy one state of a database into the migrated file at a path; return the content of that state."""
    _attach(cursor, path)
    try:
        db.engine.begin_snapshot(cursor)
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


def load(db: Database, path: Path, on_progress: OnProgress = ignore_progress) -> dict[str, TableContent]:
    """Load a file into an empty database, in one transaction; return the content of the file, by table.

    The file must be migrated, and not open elsewhere. Raises `Refused` when the database is not empty, `DatabaseError` when
    the copy differs from the file; nothing is written then.
    """
    with db.transaction() as transaction:
        cursor = transaction.cursor
        _attach(cursor, path, " (READ_ONLY)")
        target = _current(cursor)
        before = contents(cursor, target, _tables(cursor, _FILE))
        if any(content.rows for name, content in before.items() if name != "migration"):
            raise Refused(f"{db.engine.name} is not empty: nothing was copied. Name an empty database.")
        sent = _copy(cursor, _FILE, target, on_progress)
        if contents(cursor, target, sent) != sent:
            raise DatabaseError(f"What arrived at {db.engine.name} is not what was sent: nothing was copied. Try again.")
        transaction.next_position(last_position_of_file(cursor, _FILE) - transaction.position)
    with db.reader() as cursor:
        cursor.execute(f"DETACH {_FILE}")
    return sent


def read(path: Path) -> tuple[int, JournalMark, dict[str, TableContent]]:
    """Read the last position, the last line of the journal and the content of each table of a backup; change nothing.

    Raises `BackupFailed` for a file that is no backup, `DatabaseError` for one of a newer version of the service.
    """
    try:
        with duckdb.connect(str(path), read_only=True) as cursor:
            cursor.execute("SET TimeZone = 'UTC'")
            migrations.check(cursor)
            name = _current(cursor)
            return last_position_of_file(cursor, name), head(cursor), contents(cursor, name, _tables(cursor, name))
    except duckdb.Error as error:
        raise BackupFailed(f"{path} cannot be read as a database of this service: it is torn, or something else.") from error


def contents(cursor: Cursor, database: str, tables: Mapping[str, object] | list[str]) -> dict[str, TableContent]:
    """Compute the content of some tables of one attached database."""
    return {table: _content(cursor, database, table) for table in tables}


def _content(cursor: Cursor, database: str, table: str) -> TableContent:
    columns = ", ".join(sorted(_columns(cursor, database, table)))
    row = cursor.execute(
        f'SELECT count(*), coalesce(sum(hash({columns})), 0) FROM "{database}".{table}'  # noqa: S608 - names of our schema
    ).fetchone()
    return TableContent(int(row[0]), f"{row[1]:x}") if row else TableContent(0, "0")


def _copy(cursor: Cursor, origin: str, target: str, on_progress: OnProgress) -> dict[str, TableContent]:
    """Copy every table of the attached file from `origin` to `target`; return the content of `origin`."""
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
    statement = "SELECT table_name FROM duckdb_tables() WHERE database_name = ? ORDER BY table_name"
    return [str(name) for (name,) in cursor.execute(statement, [database]).fetchall()]


def _columns(cursor: Cursor, database: str, table: str) -> list[str]:
    statement = "SELECT column_name FROM duckdb_columns() WHERE database_name = ? AND table_name = ? ORDER BY column_index"
    return [f'"{name}"' for (name,) in cursor.execute(statement, [database, table]).fetchall()]


def _failure_message(path: Path, error: BaseException) -> str:
    if "no space left" in str(error).lower():
        return f"There is no room left in {path.parent}: make room, or name another folder. Nothing is left there."
    return f"{path} cannot be written: check that the account of the service may write there. Nothing is left there."
