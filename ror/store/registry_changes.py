"""The table of the changes of the registry. Its version is the last position that changed an entry (`last_change`)."""

from datetime import datetime

from ror.store import handovers
from ror.store.engine.database import BATCH, Cursor, Database, Transaction

DEMONSTRATION = "demonstration"
"""The entry of `registry_change` that the seeding of the fictitious region writes."""

CRISIS, TENSION = "crisis", "tension"
"""The first words of the changes written for events of a crisis and for tensions, which change no entry of the registry."""


def record_change(transaction: Transaction, change: str, now: datetime) -> None:
    """Record a change of the registry, an import or `edit <subject>`, at the next position, so that screens read it again.

    It also ends the handovers that the change no longer allows (`handovers.end_no_longer_allowed`).
    """
    transaction.cursor.execute("INSERT INTO registry_change VALUES (?, ?, ?)", [transaction.next_position(), change, now])
    handovers.end_no_longer_allowed(transaction, now)


def last_change(cursor: Cursor) -> int:
    """Return the position of the last change of the entries of the registry, 0 when there is none."""
    row = cursor.execute(
        "SELECT coalesce(max(position), 0) FROM registry_change WHERE split_part(what, ' ', 1) NOT IN (?, ?)", [CRISIS, TENSION]
    ).fetchone()
    return int(row[0]) if row else 0


def last_changes(cursor: Cursor) -> tuple[int, int]:
    """Return two positions, 0 for none: of the last change of an entry or of an event of a crisis, and of the last tension."""
    row = cursor.execute(
        """
        SELECT coalesce(max(position) FILTER (WHERE split_part(what, ' ', 1) <> $tension), 0),
               coalesce(max(position) FILTER (WHERE split_part(what, ' ', 1) = $tension), 0)
        FROM registry_change
        """,
        {"tension": TENSION},
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def changes(cursor: Cursor) -> list[str]:
    """Return the changes of the registry, oldest first: imports, edits, the seeding of the demonstration."""
    return [change for (change,) in cursor.execute("SELECT what FROM registry_change ORDER BY position").fetchall()]


def first_change(cursor: Cursor, change: str) -> datetime:
    """Return when a change of the registry, which must exist, was first recorded."""
    query = "SELECT min(recorded_at) AS first FROM registry_change WHERE what = ?"
    first: datetime = cursor.execute(query, [change]).to_arrow_table(BATCH)["first"][0].as_py()
    return first


def is_fictitious(db: Database) -> bool:
    """Return whether the database holds the demonstration."""
    with db.reader() as cursor:
        return DEMONSTRATION in changes(cursor)
