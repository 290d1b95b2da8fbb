"""The database that is measured: the demonstration, seeded once, then copied for each server, with signed-in sessions."""

import os
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.kit.actions import LOGINS
from ror import demo
from ror.services.accounts import sign_in
from ror.services.operations import demonstration
from ror.settings import settings
from ror.store import accounts
from ror.store.engine.database import Database

FOLDER = Path(os.environ.get("ROR_BENCH_FOLDER", Path(tempfile.gettempdir()) / "ror-benchmarks"))
"""Folder of the seeded region, used again by the next run; remove it to seed anew."""

_copies = tempfile.TemporaryDirectory(prefix="ror-bench-")


def seed(scale: str = "region") -> Path:
    """Seed the demonstration of this scale unless it is there, add its declarations up to now, and return its file."""
    path = FOLDER / f"{scale}.duckdb"
    # Tickets are issued and used in this process, hence a secret of its own.
    secret = os.environ.get("ROR_SECRET", "secret-of-the-benchmarks-0123456789abcdef")
    os.environ |= {"ROR_DATABASE": str(path), "ROR_DEMO": "1", "ROR_DEMO_LIVE": "0", "ROR_SECRET": secret}
    settings.cache_clear()
    database = Database(path)
    demonstration.prepare(database, datetime.now(UTC), demo.SCALES[scale])
    database.checkpoint()
    database.close()
    return path


def copy(path: Path, name: str) -> Path:
    """Copy a database for one server, to a folder that is removed with this process."""
    target = Path(_copies.name) / f"{name}.duckdb"
    # DuckDB would replay a write-ahead log that an earlier copy of this name left.
    for file in Path(_copies.name).glob(f"{name}.duckdb*"):
        file.unlink()
    shutil.copyfile(path, target)
    return target


def sign_in_many(path: Path, login: str, count: int) -> list[str]:
    """Open sessions before the server opens the file; returns the `Cookie` header of each.

    The product's own service opens them, from a ticket as after the sign-in form: only the hash of the password, which is
    slow on purpose, is left out.
    """
    database = Database(path)
    with database.reader() as cursor:
        stored = accounts.by_login(cursor, login)
    assert stored is not None, login
    tickets = (sign_in.ticket_for(stored[0]) for _ in range(count))
    tokens = [sign_in.open_session(database, ticket, datetime.now(UTC)) for ticket in tickets]
    database.checkpoint()
    database.close()
    return [f"ror_session={token}" for token in tokens]


def sign_in_everybody(path: Path, count: int) -> dict[str, list[str]]:
    """Open so many sessions for each login that the pages need; returns their cookies by login."""
    return {login: sign_in_many(path, login, count) for login in set(LOGINS.values())}
