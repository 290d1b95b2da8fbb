"""Units of a board at many instants at once, from one reading of the log: what trends are counted from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ror.model.freshness import CLOCK_TOLERANCE, PARIS
from ror.store.board import aging
from ror.store.engine.database import Cursor

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
_INSTANT = pa.timestamp("us", "UTC")


@dataclass(frozen=True, slots=True, eq=False)
class States:
    """Units at several instants: matrices of a row per unit, in the order of `units`, and a column per instant.

    `known`: entered in the registry or declared by then. The others are false or 0 where a unit is not. `available` is 0 for a
    closed unit and for one that had never declared.
    """

    units: pa.Table
    instants: tuple[datetime, ...]
    known: Bools
    available: NDArray[np.int32]
    open: Bools
    overdue: Bools


def states(cursor: Cursor, units: pa.Table, instants: Sequence[datetime], position: int) -> States:
    """Return units of the board of a position at instants in ascending order, as `past.board_at` and `aging.aged` have them.

    The log is read once. What comes from the registry is as it is now: its past is not stored, but when units were created.
    """
    log = _events(cursor, units, instants[-1], position)
    last = _last_events(log, units.num_rows, instants)
    created = _microseconds(units["created_at"])
    known = (last >= 0) | (created[:, np.newaxis] <= _as_microseconds(instants))
    available, open_, overdue = _judged(cursor, units, log, last, instants)
    return States(units, tuple(instants), known, np.where(known, available, 0), known & open_, known & overdue)


_OF_REGISTRY = ("registry_closed", "duty_seconds")
_OF_EVENT = ("available", "observed_at", "closed_until")


def _events(cursor: Cursor, units: pa.Table, until: datetime, position: int) -> pa.Table:
    """Return the events of units recorded by an instant, by position: row (of the unit), recorded_at, and `_OF_EVENT`."""
    cursor.register("units", units.select(["unit", "temporality"]).append_column("row", pa.array(np.arange(units.num_rows))))
    return cursor.execute(
        f"""
        SELECT units.row, recorded_at, {", ".join(_OF_EVENT)}
        FROM declaration JOIN units USING (unit, temporality)
        WHERE recorded_at <= $until AND position <= $position
        ORDER BY position
        """,  # noqa: S608 - constants
        {"until": until, "position": position},
    ).to_arrow_table()


def _last_events(log: pa.Table, units: int, instants: Sequence[datetime]) -> Ints:
    """Return the row in `log` of the last event by position recorded by each instant, -1 for none: units x instants."""
    column = np.searchsorted(_as_microseconds(instants), _microseconds(log["recorded_at"]))
    last = np.full((units, len(instants)), -1, np.int64)
    # In the order of positions: of several events that end in one cell the last remains, and the largest row wins after it.
    last[log["row"].to_numpy(), column] = np.arange(log.num_rows)
    return np.maximum.accumulate(last, axis=1, out=last)


def _judged(
    cursor: Cursor, units: pa.Table, log: pa.Table, last: Ints, instants: Sequence[datetime]
) -> tuple[NDArray[np.int32], Bools, Bools]:
    """Return what is available, open and overdue of each unit at each instant, by the rules of `store.board.aging`."""
    events = pa.array(last.ravel(), mask=last.ravel() < 0)
    columns = {name: log[name].combine_chunks().take(events) for name in _OF_EVENT}
    columns |= {
        name: units[name].combine_chunks().take(np.repeat(np.arange(len(last)), len(instants))) for name in _OF_REGISTRY
    }
    moments = np.tile(np.arange(len(instants)), len(last))
    columns["now"] = pa.array(instants, _INSTANT).take(moments)
    columns["credible"] = pa.array([at + CLOCK_TOLERANCE for at in instants], _INSTANT).take(moments)
    columns["today"] = pa.array([at.astimezone(PARIS).date() for at in instants]).take(moments)
    cursor.register("units", pa.table(columns))
    judged = cursor.execute(
        f"""
        WITH {aging.current("today")}
        SELECT coalesce(available, 0)::INTEGER AS available, open, {aging.overdue("now", "credible")} AS overdue FROM current
        """  # noqa: S608 - constants
    ).to_arrow_table()
    available, open_, overdue = (judged[name].to_numpy().reshape(last.shape) for name in judged.column_names)
    return available, open_, overdue


def _microseconds(column: pa.ChunkedArray) -> Ints:
    """Return instants as microseconds since 1970."""
    numbers: Ints = column.cast(_INSTANT).cast(pa.int64()).to_numpy()
    return numbers


def _as_microseconds(instants: Sequence[datetime]) -> Ints:
    numbers: Ints = pa.array(instants, _INSTANT).cast(pa.int64()).to_numpy()
    return numbers
