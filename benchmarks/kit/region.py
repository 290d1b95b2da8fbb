"""The region that is measured: the demonstration, seeded once and kept, then copied for each server; and its sessions."""

import os
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(os.environ.get("ROR_BENCH_FOLDER", Path(tempfile.gettempdir()) / "ror-benchmarks"))
"""Where the seeded region is kept from one run to the next; remove it to seed anew."""

_copies = tempfile.TemporaryDirectory(prefix="ror-bench-")

# Read by the product when it is imported; tickets are made and spent in this process, hence a secret of its own.
os.environ.setdefault("ROR_SECRET", "secret-of-the-benchmarks-0123456789abcdef")
os.environ["ROR_DEMO"] = "1"
os.environ["ROR_DATABASE"] = str(FOLDER / "region.duckdb")

from ror.services.accounts import sign_in  # noqa: E402 - after the settings
from ror.services.operations import demonstration  # noqa: E402 - after the settings
from ror.store import accounts  # noqa: E402
from ror.store.engine.database import Database  # noqa: E402


def seeded() -> Path:
    """The region of the demonstration (1,875 units, one year), brought to the present hour."""
    path = FOLDER / "region.duckdb"
    database = Database(path)
    demonstration.prepare(database, datetime.now(UTC))
    database.checkpoint()
    database.close()
    return path


def copied(path: Path, name: str) -> Path:
    """A copy for one server, in a folder of this process that goes with it."""
    copy = Path(_copies.name) / f"{name}.duckdb"
    # What an earlier copy of the name left beside it would be taken for this one's.
    for one in Path(_copies.name).glob(f"{name}.duckdb*"):
        one.unlink()
    shutil.copyfile(path, copy)
    return copy


def signed_in(path: Path, login: str, count: int) -> list[str]:
    """Open sessions before the server holds the file; returns the `Cookie` header of each.

    The service's own function opens them, from a ticket as after the sign-in form: what each page then asks of a
    session is not spared, only the password's hash, which is slow on purpose.
    """
    database = Database(path)
    with database.reader() as cursor:
        found = accounts.by_login(cursor, login)
    assert found is not None, login
    ticket = sign_in.ticket_for
    tokens = [sign_in.open_session(database, ticket(found[0]), datetime.now(UTC)) for _ in range(count)]
    database.checkpoint()
    database.close()
    return [f"ror_session={token}" for token in tokens]
