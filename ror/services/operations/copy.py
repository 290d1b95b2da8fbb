"""Copy a database file into another store: a PostgreSQL server, or another file."""

from datetime import datetime
from pathlib import Path

from ror.model.backup import TableContent
from ror.model.journal import Act
from ror.model.progress import OnProgress, ignore_progress
from ror.services.journal import record
from ror.store.engine import backup
from ror.store.engine.database import Database


def copy(source: Path, target: Database, now: datetime, on_progress: OnProgress = ignore_progress) -> dict[str, TableContent]:
    """Copy a whole database file into an empty database; return the content of each table, the same on both sides.

    No server may have the file open: what it wrote meanwhile would be lost. Both journals record the copy. Raises
    `DatabaseError` when the file cannot be opened or the two sides differ, `Refused` when the target is not empty; copies
    nothing then. Checks no right: only the command line calls it.
    """
    # Opened as a server does: the log that a crash left enters the file, and pending migrations are applied.
    Database(source).close()
    copied = backup.load(target, source, on_progress)
    origin = Database(source)
    try:
        for db in (origin, target):
            with db.transaction() as transaction:
                rows = sum(content.rows for content in copied.values())
                record(transaction, Act.COPY, None, "database", now, after={"tables": len(copied), "rows": rows})
    finally:
        origin.close()
    return copied
