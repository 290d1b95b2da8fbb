"""Read the checks of the log to learn from: each number of a unit, and what a later declaration or call found of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ror.model.trust.checks import Checks, Floats, Ints
from ror.model.trust.estimate import Groups
from ror.model.trust.expected import ObservedChanges
from ror.store.board import board as boards
from ror.store.board import checks
from ror.store.board.board import Board
from ror.store.engine.database import Cursor, Database

LEARNT_WEEKS = 26
"""The weeks of the log that are learnt from."""

USUAL_HALF_LIFE = 4.0
"""The half-life, in weeks, of the weight of past numbers in what is usual for a unit."""

HELD_OUT_WEEKS = 8
"""The last weeks of the log, used to validate what is learnt from the weeks before them."""


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """The checks of all units up to an instant, of `weeks` weeks.

    `rows` is the row of each unit in the checks, `kinds` the group of a type and its needs. `changes` and `run_since` (when the
    number of the current run was declared first, as a table of row and first) are of the weeks that are learnt from.
    """

    position: int
    at: datetime
    weeks: int
    units: pa.Table
    rows: Mapping[str, int]
    kinds: Mapping[tuple[str, str], int]
    groups: Groups
    group_of: Ints
    checks: Checks
    changes: ObservedChanges
    run_since: pa.Table

    def learnt(self) -> Checks:
        """Return the checks of the last `LEARNT_WEEKS`."""
        return self.checks.where(self.checks.period >= self.weeks - LEARNT_WEEKS)


def read(db: Database, now: datetime, weeks: int = LEARNT_WEEKS) -> History:
    """Return the history of the last weeks before an instant, of the units of the board as it stands."""
    board = boards.current(db)
    with db.reader() as cursor:
        return read_with(cursor, board, now, weeks)


def read_with(cursor: Cursor, board: Board, now: datetime, weeks: int) -> History:
    """Return the history of the units of a board, read with a cursor."""
    units = board.units.select(["unit", "temporality", "unit_type", "needs", "department", "capacity_type", "registry_closed"])
    table = checks.counts(cursor, units, now - timedelta(weeks=weeks), now)
    kinds, group_of, parents = _groups(units)
    columns = {name: table[name].to_numpy() for name in table.column_names if name not in ("run", "first")}
    rows = columns["row"]
    found = Checks(
        *(columns["period"], rows, group_of[rows], columns["size"], columns["age"], np.array(table["run"]), columns["hours"]),
        *(columns[name] for name in ("cases", "same", "any_left", "calls", "calls_same", "calls_any_left")),
    )
    weight = 0.5 ** ((weeks - 1 - columns["period"]) / USUAL_HALF_LIFE)
    return History(
        position=board.position,
        at=now,
        weeks=weeks,
        units=units,
        rows={unit: row for row, unit in enumerate(units["unit"].to_pylist())},
        kinds=kinds,
        groups=Groups(units.num_rows, parents),
        group_of=group_of,
        checks=found,
        changes=_changes(columns, weight, units.num_rows),
        run_since=table.filter(pc.field("run")).group_by("row").aggregate([("first", "min"), ("same", "sum")]),
    )


def _groups(units: pa.Table) -> tuple[dict[tuple[str, str], int], Ints, Ints]:
    """Return the groups of units (a type and its needs), the group of each unit, and the type of each group."""
    pairs = list(zip(units["unit_type"].to_pylist(), units["needs"].to_pylist(), strict=True))
    kinds = {pair: number for number, pair in enumerate(sorted(set(pairs)))}
    types = {code: number for number, code in enumerate(sorted({code for code, _ in kinds}))}
    group_of = np.array([kinds[pair] for pair in pairs], dtype=np.int64)
    return kinds, group_of, np.array([types[code] for code, _ in kinds], dtype=np.int64)


def _changes(columns: Mapping[str, Floats], weight: Floats, units: int) -> ObservedChanges:
    def summed(name: str) -> Floats:
        return np.bincount(columns["row"].astype(np.int64), weight * columns[name], minlength=units).astype(np.float64)

    cases = summed("cases")
    return ObservedChanges(
        changed=summed("changed"),
        before=summed("before"),
        after=summed("after"),
        before_squared=summed("before_squared"),
        product=summed("product"),
        after_squared=summed("after_squared"),
        usual=summed("numbers") / np.maximum(cases, 1),
        cases=cases,
    )
