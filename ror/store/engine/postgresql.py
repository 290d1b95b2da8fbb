"""A PostgreSQL server attached to a DuckDB in memory: the same SQL, several processes.

The settings come from measurements: under repeatable read, parallel writers make each other fail; scans by ctid do not use
the indexes; aggregates are computed by DuckDB, so that every row travels first.
"""

import os
import time
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import duckdb

from ror.errors import DatabaseError, NotFound, RorError, Unavailable
from ror.model.journal import JournalMark
from ror.store.engine.engine import LAST_POSITION, Cursor

OPENING_SECONDS = 30.0
"""How long opening waits for a server that is starting, or being replaced by its standby."""

_LOCK = 7_301_823_456
"""Number of the advisory lock that a writing transaction holds until it ends."""

_AWAY = "La base de données ne répond pas pour l'instant : rien n'a été enregistré. Recommencez dans une minute."

_DOUBT = (
    "La base de données a cessé de répondre pendant l'enregistrement. Rechargez la page dans une minute : si votre saisie n'y "
    "est pas, recommencez."
)

_CONNECTIONS = 16
"""Connections that one process keeps open for its readers; it opens more when needed, and closes them again."""


class PostgreSQL:
    """The store of several processes. `address` is `postgresql://user:password@host:port/name`."""

    path: Path | None = None
    shared = True
    postgresql = True

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.password:
            # Passed by the environment: error messages of the library repeat the address.
            os.environ["PGPASSWORD"] = unquote(parts.password)
        host = parts.netloc.rpartition("@")[2]
        user = f"{parts.username}@" if parts.username else ""
        self.name = urlunsplit(parts._replace(netloc=f"{user}{host}"))

    def connect(self) -> Cursor:
        """Open a DuckDB in memory with the server attached twice: to read and write, and read only for snapshots."""
        connection = duckdb.connect()
        connection.execute(f"LOAD '{_extension()}'")
        connection.execute("SET GLOBAL pg_use_ctid_scan = false")
        connection.execute(f"SET GLOBAL pg_pool_max_connections = {_CONNECTIONS}")
        deadline = time.monotonic() + OPENING_SECONDS
        while True:
            try:
                connection.execute(f"ATTACH '{_quoted(self.name)}' AS ror (TYPE postgres, ISOLATION_LEVEL 'read committed')")
                break
            except duckdb.Error as error:
                if time.monotonic() > deadline or not _unreachable(error):
                    raise DatabaseError(
                        f"PostgreSQL does not let us in at {self.name}: check that it runs, and the user, password and "
                        "database name of ROR_DATABASE."
                    ) from error
                time.sleep(0.5)
        connection.execute(
            f"ATTACH '{_quoted(self.name)}' AS frozen (TYPE postgres, READ_ONLY, ISOLATION_LEVEL 'repeatable read')"
        )
        return connection

    def select_tables(self, cursor: Cursor) -> None:
        """Select the schema: cursors do not inherit it."""
        cursor.execute("USE ror")

    def begin_snapshot(self, cursor: Cursor) -> None:
        """Begin a repeatable read transaction."""
        cursor.execute("USE frozen")
        cursor.begin()

    def begin(self, cursor: Cursor) -> None:
        """Begin a transaction once the lock to write is free; it sees everything committed before."""
        cursor.begin()
        try:
            cursor.execute(f"FROM postgres_query('ror', 'SELECT pg_advisory_xact_lock({_LOCK})')").fetchall()
        except BaseException:
            # The destructor of an open transaction would end the whole process once the server is away.
            self.roll_back(cursor)
            raise

    def last_position(self, cursor: Cursor) -> int:
        """Read the last position on the server, where an index gives it."""
        row = cursor.execute(f"FROM postgres_query('ror', '{LAST_POSITION}')").fetchone()
        return int(row[0]) if row else 0

    def checkpoint(self, cursor: Cursor) -> None:
        """Do nothing: the server makes its own checkpoints."""

    def guard(self, cursor: Cursor) -> None:
        """Do nothing: the server guards its own log."""

    def mark_closed(self, connection: Cursor) -> None:
        """Do nothing: closing the connection does not close the server."""

    def acknowledge(self, position: int, head: JournalMark | None) -> None:
        """Do nothing: the server guards its commits."""

    def commit(self, cursor: Cursor) -> bool:
        """Commit. Raises `Unavailable` when the server goes away meanwhile: nobody knows whether it was committed."""
        try:
            cursor.commit()
        except duckdb.Error as error:
            if _unreachable(error):
                raise Unavailable(_DOUBT) from error
            raise
        return True

    def roll_back(self, cursor: Cursor) -> None:
        """Roll the transaction back; when the connection is lost, the server has ended it already."""
        with suppress(duckdb.Error):
            cursor.rollback()

    def user_error(self, error: duckdb.Error) -> RorError | None:
        """Translate the errors of a server that is away, and of a text that it cannot store."""
        if _holds_nul(error):
            return NotFound("Ce texte contient un caractère impossible : retirez-le, puis recommencez.")
        return Unavailable(_AWAY) if _unreachable(error) else None


def _extension() -> Path:
    """Return the path of the DuckDB extension in its Python package, so that nothing is downloaded."""
    folder = Path(str(files("duckdb_extension_postgres_scanner"))) / "extensions"
    return folder / f"v{duckdb.__version__}" / "postgres_scanner.duckdb_extension"


def _quoted(text: str) -> str:
    return text.replace("'", "''")


_SIGNS_OF_ABSENCE = (
    *("connection refused", "could not connect", "unable to connect", "starting up", "shutting down", "no such file"),
    *("timeout", "terminating connection", "server closed the connection", "connection to server", "no connection to"),
)


def _holds_nul(error: duckdb.Error) -> bool:
    """Return whether the error comes from a text with a NUL character: one to store, or one in a query, which it cuts short."""
    text = str(error)
    return "NULL-byte" in text or (text.startswith("Failed to prepare") and text.count("'") % 2 == 1)


def _unreachable(error: duckdb.Error) -> bool:
    """Return whether waiting may help: the server is away, starting or stopping."""
    text = str(error).lower()
    return any(sign in text for sign in _SIGNS_OF_ABSENCE)
