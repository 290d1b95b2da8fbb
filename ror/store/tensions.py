"""The log of the tension of structures: each declaration is a row, and a change of the registry, which refreshes boards."""

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from ror.store import registry_changes
from ror.store.engine.database import BATCH, Cursor, Transaction


@dataclass(frozen=True, slots=True)
class Tension:
    """A tension as it was declared; `until` is None for a tension without an end."""

    position: int
    level: int
    recorded_at: datetime
    until: datetime | None


def latest(cursor: Cursor, at: datetime | None = None) -> pa.Table:
    """Return the last tension of each structure, among those recorded by an instant if given.

    Columns: finess, tension (the level), tension_at (when it was declared), tension_until (null without an end).
    """
    return cursor.execute(
        """
        SELECT structure AS finess, level::TINYINT AS tension, recorded_at AS tension_at, until AS tension_until
        FROM structure_tension
        WHERE $at IS NULL OR recorded_at <= $at
        QUALIFY row_number() OVER (PARTITION BY structure ORDER BY position DESC) = 1
        """,
        {"at": at},
    ).to_arrow_table(BATCH)


def of_structure(cursor: Cursor, structure: str) -> Tension | None:
    """Return the last tension of a structure, None when none was declared."""
    rows = cursor.execute(
        "SELECT position, level, recorded_at, until FROM structure_tension WHERE structure = ? ORDER BY position DESC LIMIT 1",
        [structure],
    ).to_arrow_table(BATCH)
    return next((Tension(**row) for row in rows.to_pylist()), None)


def add(transaction: Transaction, structure: str, level: int, until: datetime | None, now: datetime) -> int:
    """Write the tension of a structure at the next position, and return the position."""
    registry_changes.record_change(transaction, f"{registry_changes.TENSION} {structure}", now)
    transaction.cursor.execute(
        "INSERT INTO structure_tension (position, structure, level, recorded_at, until) VALUES (?, ?, ?, ?, ?)",
        [transaction.position, structure, level, now, until],
    )
    return transaction.position
