"""The units of a board at many instants at once, from one reading of the log, for trends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ror.model.crisis import CrisisEvent, duties_at
from ror.model.freshness import CLOCK_TOLERANCE
from ror.model.nomenclature import CapacityType
from ror.store.board.aging import DUE_AT, REOPENS_AT, in_scope
from ror.store.engine.database import BATCH, Cursor

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
_INSTANT = pa.timestamp("us", "UTC")


@dataclass(frozen=True, slots=True, eq=False)
class States:
    """Units at several instants: matrices with a row per unit, in the order of `units`, and a column per instant.

    `beds` is a vector: true for units that offer beds, false for places. `existed` is true for a unit that was in the registry
    or had declared by then; the other matrices are false or 0 where it is not. `available` is also 0 for a closed unit and for
    a unit that had never declared.
    """

    units: pa.Table
    instants: tuple[datetime, ...]
    beds: Bools
    existed: Bools
    available: NDArray[np.int32]
    open: Bools
    overdue: Bools


def states(
    cursor: Cursor,
    units: pa.Table,
    instants: Sequence[datetime],
    position: int,
    crises: Sequence[CrisisEvent] = (),
) -> States:
    """Return units of the board at instants in ascending order, by the same rules as `past.board_at` and `aging.aged`.

    The log is read once, up to `position`. `crises` are the versions of events of that board. The registry is that of now: of
    its past, only when units were created is stored.
    """
    log, now = _events(cursor, units, instants[-1], position), _microseconds(pa.array(instants, _INSTANT))
    last = _last_events(log, units.num_rows, now)

    def of_last(name: str, without: int) -> NDArray[Any]:
        """Return a column of the last events, `without` where there is none: it is appended, and -1 indexes the end."""
        column = log[name].to_numpy()
        return np.append(column, column.dtype.type(without))[last]

    # SQL computes the dates of events, by the rules of `aging`; comparing them in SQL as well took twice as long for a year.
    existed = (last >= 0) | (_microseconds(units["created_at"])[:, np.newaxis] <= now)
    opened = existed & ~units["registry_closed"].to_numpy()[:, np.newaxis] & (of_last("reopens_at", _NEVER) <= now)
    ahead_of_clock = of_last("observed_at", _NEVER) > now + _TOLERANCE
    overdue = opened & (ahead_of_clock | (of_last("due_at", _NEVER) < now))
    owed_from = np.maximum(of_last("observed_at", _NEVER), of_last("reopens_at", _NEVER))
    for column, instant in enumerate(instants):
        for duty in duties_at(crises, instant):
            begun = int(_microseconds(pa.array([duty.since], _INSTANT))[0])
            late = np.maximum(owed_from[:, column], begun) + duty.seconds * 1_000_000 < now[column]
            overdue[:, column] |= opened[:, column] & late & np.array(in_scope(units, duty.scope))
    beds = units["capacity_type"].to_numpy() == CapacityType.BED
    return States(units, tuple(instants), beds, existed, np.where(opened, of_last("available", 0), 0), opened, overdue)


_NEVER = np.iinfo(np.int64).min
"""An instant before all others, in microseconds: when a unit that is not closed reopens, and one that never declared is due."""

_TOLERANCE = CLOCK_TOLERANCE // timedelta(microseconds=1)
_DATES = {"recorded_at": "recorded_at", "observed_at": "observed_at", "reopens_at": REOPENS_AT, "due_at": DUE_AT}


def _events(cursor: Cursor, units: pa.Table, until: datetime, position: int) -> pa.Table:
    """Return the events of units recorded by an instant, in no order: position, row (of the unit), available, and `_DATES`.

    Dates are in microseconds since 1970, `_NEVER` for none.
    """
    of_registry = units.select(["unit", "temporality", "department", "duty_seconds"])
    cursor.register("units", of_registry.append_column("row", pa.array(np.arange(units.num_rows))))
    dates = ", ".join(f"coalesce(epoch_us({sql}), {_NEVER}) AS {name}" for name, sql in _DATES.items())
    return cursor.execute(
        f"""
        SELECT position, units.row, coalesce(available, 0)::INTEGER AS available, {dates}
        FROM declaration JOIN units USING (unit, temporality)
        WHERE recorded_at <= $until AND position <= $position
        """,  # noqa: S608 - constants
        {"until": until, "position": position},
    ).to_arrow_table(BATCH)


def _last_events(log: pa.Table, units: int, instants: Ints) -> Ints:
    """Return the row in `log` of the last event by position recorded by each instant, -1 for none: units x instants."""
    # The log is nearly sorted by position already: numpy then sorts it ten times as fast as a statement would.
    order = np.argsort(log["position"].to_numpy(), kind="stable")
    column = np.searchsorted(instants, log["recorded_at"].to_numpy())
    # 32 bits are enough for the log of a region, and keep the matrix of a year about as small as the cache of a processor.
    rank = np.full((units, len(instants)), -1, np.int32)
    # Of several events in one cell the last one stays; the running maximum below then carries it to the later instants.
    rank[log["row"].to_numpy()[order], column[order]] = np.arange(log.num_rows, dtype=np.int32)
    return np.append(order, -1)[np.maximum.accumulate(rank, axis=1, out=rank)]


def _microseconds(column: pa.Array | pa.ChunkedArray) -> Ints:
    """Return instants as microseconds since 1970."""
    numbers: Ints = column.cast(_INSTANT).cast(pa.int64()).to_numpy()
    return numbers
