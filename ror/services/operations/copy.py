"""Moving a database into another store: from a DuckDB file to a PostgreSQL server, or to another file."""

from datetime import datetime
from pathlib import Path

from ror.model.backup import TableContent
from ror.model.journal import Act
from ror.model.progress import OnProgress, ignore_progress
from ror.services.journal import record
from ror.store.engine import backup
from ror.store.engine.database import Database


def copy(source: Path, target: Database, now: datetime, on_progress: OnProgress = ignore_progress) -> dict[str, TableContent]:
    """Write all that a file holds into an empty database; returns what each table held on both sides.

    The file must have no server: what it would declare meanwhile would be lost. Both journals say that the copy was made.
    Raises `DatabaseError` when the file cannot be had or the two sides differ, `Refused` when the target is not empty:
    nothing is copied then. Of the command line alone.
    """
    # Opened as a server does: what a crash left in its log enters the file, and its tables become today's.
    Database(source).close()
    copied = backup.bring(target, source, on_progress)
    origin = Database(source)
    try:
        for db in (origin, target):
            with db.transaction() as transaction:
                rows = sum(one.rows for one in copied.values())
                record(transaction, Act.COPY, None, "database", now, after={"tables": len(copied), "rows": rows})
    finally:
        origin.close()
    return copied
