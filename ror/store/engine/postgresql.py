"""A PostgreSQL server attached to a DuckDB in memory: the same SQL, several processes.

What each setting is for was measured: with PostgreSQL's own isolation parallel writers fail each other, scans by physical
place pass by the indexes, and an aggregate is computed here, after every row has travelled.
"""

import os
import time
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import duckdb

from ror.errors import DatabaseError, NotFound, RorError, Unavailable
from ror.model.journal import JournalMark as Head
from ror.store.engine.engine import LAST_POSITION, Cursor

OPENING_SECONDS = 30.0
"""A server that is starting, or being replaced by its standby, is waited for."""

_LOCK = 7_301_823_456
"""Number of the advisory lock that whoever writes holds until its transaction ends."""

_AWAY = "La base de données ne répond pas pour l'instant : rien n'a été enregistré. Recommencez dans une minute."

_DOUBT = (
    "La base de données a cessé de répondre pendant l'enregistrement. Rechargez la page dans une minute : si votre saisie n'y "
    "est pas, recommencez."
)

_CONNECTIONS = 16
"""Kept open by one process for its readers; more are opened when they are needed, and closed again."""


class PostgreSQL:
    """The store of several processes. `address` is `postgresql://user:password@host:port/name`."""

    path: Path | None = None
    shared = True
    postgresql = True

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.password:
            # Handed over by the environment: error messages of the library repeat the address.
            os.environ["PGPASSWORD"] = unquote(parts.password)
        host = parts.netloc.rpartition("@")[2]
        user = f"{parts.username}@" if parts.username else ""
        self.name = urlunsplit(parts._replace(netloc=f"{user}{host}"))

    def connect(self) -> Cursor:
        """A DuckDB in memory with the server attached twice: to read and write, and frozen for whole readings."""
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

    def enter(self, cursor: Cursor) -> None:
        """Cursors do not inherit the schema in use."""
        cursor.execute("USE ror")

    def freeze(self, cursor: Cursor) -> None:
        """Begin a repeatable read."""
        cursor.execute("USE frozen")
        cursor.begin()

    def begin(self, cursor: Cursor) -> None:
        """Begin, and wait for the turn to write; what was committed before it is seen from then on."""
        cursor.begin()
        try:
            cursor.execute(f"FROM postgres_query('ror', 'SELECT pg_advisory_xact_lock({_LOCK})')").fetchall()
        except BaseException:
            # Left open, its destructor would end the whole process once the server is away.
            self.roll_back(cursor)
            raise

    def last_position(self, cursor: Cursor) -> int:
        """Asked of the server, which answers from its index."""
        row = cursor.execute(f"FROM postgres_query('ror', '{LAST_POSITION}')").fetchone()
        return int(row[0]) if row else 0

    def checkpoint(self, cursor: Cursor) -> None:
        """Left to the server, which does it by itself."""

    def settle(self, cursor: Cursor) -> None:
        """Nothing to do: the server guards its own log."""

    def release(self, connection: Cursor) -> None:
        """Nothing to do: the server is not closed."""

    def note(self, position: int, head: Head | None) -> None:
        """Nothing to do: the server has them."""

    def commit(self, cursor: Cursor) -> bool:
        """Commit. When the server goes away meanwhile, nobody knows whether it was done."""
        try:
            cursor.commit()
        except duckdb.Error as error:
            if _unreachable(error):
                raise Unavailable(_DOUBT) from error
            raise
        return True

    def roll_back(self, cursor: Cursor) -> None:
        """End a transaction of which nothing stays; with its connection lost, the server has ended it."""
        with suppress(duckdb.Error):
            cursor.rollback()

    def told(self, error: duckdb.Error) -> RorError | None:
        """A server that is away, where what was not acknowledged may be asked again; a text that it cannot hold."""
        if _holds_nul(error):
            return NotFound("Ce texte contient un caractère impossible : retirez-le, puis recommencez.")
        return Unavailable(_AWAY) if _unreachable(error) else None


def _extension() -> Path:
    """The file of the extension, which its package brings: nothing is downloaded."""
    folder = Path(str(files("duckdb_extension_postgres_scanner"))) / "extensions"
    return folder / f"v{duckdb.__version__}" / "postgres_scanner.duckdb_extension"


def _quoted(text: str) -> str:
    return text.replace("'", "''")


_SIGNS_OF_ABSENCE = (
    *("connection refused", "could not connect", "unable to connect", "starting up", "shutting down", "no such file"),
    *("timeout", "terminating connection", "server closed the connection", "connection to server", "no connection to"),
)


def _holds_nul(error: duckdb.Error) -> bool:
    """Whether a text with the character of number zero was asked for, which cuts the statement short, or written."""
    said = str(error)
    return "NULL-byte" in said or (said.startswith("Failed to prepare") and said.count("'") % 2 == 1)


def _unreachable(error: duckdb.Error) -> bool:
    """Whether waiting may help: the server is not there, or is starting or stopping."""
    said = str(error).lower()
    return any(words in said for words in _SIGNS_OF_ABSENCE)
