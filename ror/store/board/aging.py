"""The rules that depend on the instant, as SQL: what is closed, when a unit owes a declaration, its band of age.

This is the only place with these rules, but for a closure that a form refuses (`model.freshness`). Other queries read units
returned by `aged`, or begin with the CTE `current` (`current_units`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ror.model.crisis import CrisisScope, Duty
from ror.model.freshness import CLOCK_TOLERANCE
from ror.model.territory import PARIS, TIME_ZONES
from ror.store.engine.database import BATCH, Cursor

Limits = tuple[float, float, float]

_OVERSEAS = " ".join(f"WHEN '{code}' THEN '{zone}'" for code, zone in TIME_ZONES.items())

# The CASE looks up the time zone only for the few units that are closed.
REOPENS_AT = f"""(CASE WHEN closed_until IS NOT NULL THEN
    (closed_until + INTERVAL 1 DAY)::TIMESTAMP AT TIME ZONE (CASE department {_OVERSEAS} ELSE '{PARIS.key}' END) END)"""
"""When a unit closed for a time is open again, at midnight in its territory; null for one that is not closed."""

_OWED = f"greatest(0, epoch_us({REOPENS_AT}) - epoch_us(observed_at)) + 1000000::BIGINT * duty_seconds"

# In microseconds, since adding an interval to an instant by the calendar takes eight times as long.
DUE_AT = f"make_timestamptz(epoch_us(observed_at) + {_OWED})"
"""When a unit that the registry has open owes its next declaration; null for a unit that never declared.

A unit closed for a time owes its next declaration one duty after it reopens.
"""

_CLOSED = f"(registry_closed OR coalesce({REOPENS_AT} > $now, false))"

SCOPED = ("department", "finess", "needs")
"""Columns that the scope of a duty reads."""


def in_scope(units: pa.Table, scope: CrisisScope) -> list[bool]:
    """Return whether each unit of the board is in a scope."""
    columns = (units[name].to_pylist() for name in SCOPED)
    return [scope.holds(department, structure, needs or "") for department, structure, needs in zip(*columns, strict=True)]


def _due_at(duties: Sequence[Duty]) -> str:
    """Return the SQL of when a unit owes its next declaration: the earliest of `DUE_AT` and of the duties that apply to it.

    A duty counts from the last number, or from its own beginning if that is later: a new event leaves the time of a round.
    """
    by_duty = (
        f"CASE WHEN observed_at IS NOT NULL AND {_scope_sql(duty.scope, index)} THEN make_timestamptz(greatest("
        f"epoch_us({REOPENS_AT}), epoch_us(observed_at), epoch_us($duty_since_{index}::TIMESTAMPTZ)"
        f") + 1000000::BIGINT * $duty_seconds_{index}) END"
        for index, duty in enumerate(duties)
    )
    return f"least({', '.join([DUE_AT, *by_duty])})" if duties else DUE_AT


def _scope_sql(scope: CrisisScope, index: int) -> str:
    """Return the SQL of `CrisisScope.holds`."""
    in_area = [
        f"{column} IN (SELECT unnest($duty_{name}_{index}::VARCHAR[]))"
        for column, name in (("department", "departments"), ("finess", "structures"))
        if getattr(scope, name)
    ]
    has_need = f"list_has_any(string_split(needs, '|'), $duty_needs_{index}::VARCHAR[])" if scope.needs else "true"
    return f"({' OR '.join(in_area) or 'true'}) AND coalesce({has_need}, false)"


def duty_parameters(duties: Sequence[Duty]) -> dict[str, Any]:
    """Return the parameters that duties add to those of `current_units`."""
    parameters: dict[str, Any] = {}
    for index, duty in enumerate(duties):
        parameters |= {f"duty_since_{index}": duty.since, f"duty_seconds_{index}": duty.seconds}
        lists = {name: list(getattr(duty.scope, name)) for name in ("departments", "structures", "needs")}
        parameters |= {f"duty_{name}_{index}": codes for name, codes in lists.items() if codes}
    return parameters


def current_units(duties: Sequence[Duty] = ()) -> str:
    """Return the CTE `current`: the rows of `units`, with columns of `Board.slices`, where a closed unit offers 0 (RG_EXP_047).

    It adds `open` (closed neither in the registry nor for a time) and `due_at` (`_due_at`; null for a unit closed in the
    registry). `duties` are those of the events of a crisis open at the instant; their SQL reads the columns `SCOPED`.
    Parameters: now, and `duty_parameters`.
    """
    return f"""
    current AS (
        SELECT * REPLACE (CASE WHEN {_CLOSED} THEN 0 ELSE available END AS available),
            NOT {_CLOSED} AS open,
            CASE WHEN NOT registry_closed THEN {_due_at(duties)} END AS due_at
        FROM units
    )
    """  # noqa: S608 - constants


TENSION = "CASE WHEN tension_until IS NULL OR tension_until > $now THEN tension END"
"""The SQL of the tension of the structure of a unit; null when none was declared, or it is over. Parameter: now."""

AHEAD_OF_CLOCK = f"observed_at > $now + to_seconds({CLOCK_TOLERANCE.total_seconds():.0f})"
"""The SQL of whether a number comes from a clock too far ahead, so that its age is unknown. Parameter: now."""

OVERDUE = f"open AND (observed_at IS NULL OR {AHEAD_OF_CLOCK} OR due_at < $now)"
"""The SQL of whether a row of `current_units` is overdue: never declared, past its duty, or from a clock too far ahead.

A closed unit never is. Parameter: now.
"""


@dataclass(frozen=True, slots=True)
class AgingContext:
    """An instant, the upper ages in hours of the first three bands, and the duties of the events of a crisis open then."""

    at: datetime
    limits: Limits
    duties: tuple[Duty, ...] = ()

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of `aged`."""
        fresh, day, week = (self.at - timedelta(hours=hours) for hours in self.limits)
        ages = {"now": self.at, "fresh_after": fresh, "day_after": day, "week_after": week}
        return ages | duty_parameters(self.duties)


_CONDITIONS = ("registry_closed", "closed_until", "department", "available", "observed_at", "duty_seconds")
"""Columns that age depends on."""


def aged(cursor: Cursor, units: pa.Table, moment: AgingContext) -> pa.Table:
    """Return units of the board as they stand at an instant, in the same order; most columns share the memory of `units`.

    A closed unit offers 0 (`current_units`), and a tension that is over is null. The result has three more columns: `open`,
    `rank` (band of the legend; null when closed) and `overdue`. A number from a clock too far ahead is old, and overdue.
    """
    read = units.select(list(dict.fromkeys([*_CONDITIONS, *(SCOPED if moment.duties else ())])))
    if moment.duties:
        # DuckDB looks up the scope of a duty by a join, which does not keep the order of the rows.
        read = read.append_column("line", pa.array(range(units.num_rows), pa.int32()))
    cursor.register("units", read)
    result = cursor.execute(
        f"""
        WITH {current_units(moment.duties)}
        SELECT
            available,
            open,
            CASE
                WHEN NOT open THEN NULL
                WHEN observed_at IS NULL THEN 4
                WHEN {AHEAD_OF_CLOCK} THEN 3
                WHEN observed_at > $fresh_after THEN 0
                WHEN observed_at > $day_after THEN 1
                WHEN observed_at > $week_after THEN 2
                ELSE 3
            END::TINYINT AS rank,
            {OVERDUE} AS overdue
        FROM current
        {"ORDER BY line" if moment.duties else ""}
        """,  # noqa: S608 - constants
        moment.parameters(),
    ).to_arrow_table(BATCH)
    units = units.drop_columns("available")
    for name in result.column_names:
        units = units.append_column(name, result[name])
    return _without_past_tensions(units, moment.at)


def _without_past_tensions(units: pa.Table, at: datetime) -> pa.Table:
    """Return units with the tensions that are over at an instant set to null (as `TENSION`)."""
    if "tension" not in units.column_names or units["tension"].null_count == units.num_rows:
        return units
    over = pc.fill_null(pc.less_equal(units["tension_until"], pa.scalar(at, units["tension_until"].type)), False)
    column = units.column_names.index("tension")
    return units.set_column(column, "tension", pc.if_else(over, pa.scalar(None, units["tension"].type), units["tension"]))
