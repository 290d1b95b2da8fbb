"""The units whose number, opening or lateness differ between two states of the board."""

import pyarrow as pa

from ror.store.board.aging import OVERDUE, SCOPED, AgingContext, current_units, duty_parameters
from ror.store.engine.database import BATCH, Cursor

_READ = ("unit", "registry_closed", "closed_until", "available", "observed_at", "duty_seconds", *SCOPED)


def differences(cursor: Cursor, before: tuple[pa.Table, AgingContext], now: tuple[pa.Table, AgingContext]) -> pa.Table:
    """Return the units of both tables of the board that differ, each table as it stands at its moment.

    Columns: unit, and two columns, as `available_before` and `available_now`, for each of available, open, overdue and silent
    (`model.unit_change.UnitState`).
    """
    cursor.register("before", _state_at(cursor, *before))
    cursor.register("now", _state_at(cursor, *now))
    pairs = ", ".join(f"before.{name} AS {name}_before, now.{name} AS {name}_now" for name in _STATE)
    differ = " OR ".join(f"before.{name} IS DISTINCT FROM now.{name}" for name in _STATE)
    return cursor.execute(
        f"SELECT unit, {pairs} FROM before JOIN now USING (unit) WHERE {differ} ORDER BY unit"  # noqa: S608 - constants
    ).to_arrow_table(BATCH)


_STATE = ("available", "open", "overdue", "silent")


def _state_at(cursor: Cursor, units: pa.Table, moment: AgingContext) -> pa.Table:
    """Return the columns unit and `_STATE` of units at a moment."""
    cursor.register("units", units.select(_READ))
    return cursor.execute(
        f"""
        WITH {current_units(moment.duties)},
        owed AS (
            SELECT unit, available, open, {OVERDUE} AS overdue, due_at + to_seconds(duty_seconds) < $now AS late_again
            FROM current
        )
        SELECT unit, available, open, overdue, overdue AND coalesce(late_again, false) AS silent FROM owed
        """,  # noqa: S608 - constants
        {"now": moment.at, **duty_parameters(moment.duties)},
    ).to_arrow_table(BATCH)
