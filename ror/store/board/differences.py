"""The units of which the number, the opening or the lateness differ between two states of the board."""

from datetime import datetime

import pyarrow as pa

from ror.store.board.aging import CURRENT, OVERDUE
from ror.store.engine.database import Cursor

_READ = ("unit", "registry_closed", "closed_until", "available", "observed_at", "duty_seconds")


def differences(cursor: Cursor, before: tuple[pa.Table, datetime], now: tuple[pa.Table, datetime]) -> pa.Table:
    """Return the units that are in two tables of the board and differ, each table as it stands at its instant.

    Columns: unit, and available, open, overdue, silent (overdue by as long again as its duty), each as `available_before` and
    `available_now`.
    """
    cursor.register("before", _standing(cursor, *before))
    cursor.register("now", _standing(cursor, *now))
    pairs = ", ".join(f"before.{name} AS {name}_before, now.{name} AS {name}_now" for name in _STATE)
    differ = " OR ".join(f"before.{name} IS DISTINCT FROM now.{name}" for name in _STATE)
    return cursor.execute(
        f"SELECT unit, {pairs} FROM before JOIN now USING (unit) WHERE {differ} ORDER BY unit"  # noqa: S608 - constants
    ).to_arrow_table()


_STATE = ("available", "open", "overdue", "silent")


def _standing(cursor: Cursor, units: pa.Table, at: datetime) -> pa.Table:
    cursor.register("units", units.select(_READ))
    return cursor.execute(
        f"""
        WITH {CURRENT},
        owed AS (
            SELECT unit, available, open, {OVERDUE} AS overdue, due_at + to_seconds(duty_seconds) < $now AS late_again
            FROM current
        )
        SELECT unit, available, open, overdue, overdue AND coalesce(late_again, false) AS silent FROM owed
        """,  # noqa: S608 - constants
        {"now": at},
    ).to_arrow_table()
