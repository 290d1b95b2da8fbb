"""The board at an instant: what is open, how old each number is, what is overdue; shared by every reader."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pyarrow as pa

from ror.model.freshness import CLOCK_TOLERANCE, PARIS
from ror.store.board.board import Board, together
from ror.store.engine.database import Cursor, Database
from ror.store.kept import Kept

Limits = tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """A board and its aged slices: the columns of `Board.slices`, where a closed unit offers 0 (RG_EXP_047), and

    `open` (neither closed in the registry nor for a time), `rank` (band of the legend; null when closed), `overdue`.
    """

    board: Board
    at: datetime
    limits: Limits
    slices: Mapping[str, pa.Table]
    kept: Kept = field(default_factory=Kept)
    """What was made of it."""


class StandingKeeper:
    """Ages the board once for all readers: every slice at a new instant, at the same one those alone that changed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._kept: Standing | None = None

    def standing(self, board: Board, at: datetime, limits: Limits) -> Standing:
        """The board as it stands at an instant, for the upper ages in hours of the first three bands."""
        kept = self._kept
        if kept is not None and (kept.board, kept.at, kept.limits) == (board, at, limits):
            return kept
        with self._lock:
            kept = self._kept
            if kept is None or (kept.board, kept.at, kept.limits) != (board, at, limits):
                kept = self._kept = self._aged(kept, board, at, limits)
            return kept

    def _aged(self, kept: Standing | None, board: Board, at: datetime, limits: Limits) -> Standing:
        slices: dict[str, pa.Table] = {}
        if kept is not None and (kept.at, kept.limits) == (at, limits):
            slices = {code: aged for code, aged in kept.slices.items() if kept.board.slices[code] is board.slices.get(code)}
        stale = [code for code in board.slices if code not in slices]
        if stale:
            with self._database.reader() as cursor:
                renewed = aged(cursor, together(board.slices[code] for code in stale), at, limits)
            start = 0
            for code in stale:
                count = board.slices[code].num_rows
                slices[code] = renewed.slice(start, count)
                start += count
        return Standing(board, at, limits, {code: slices[code] for code in board.slices})


def aged(cursor: Cursor, units: pa.Table, now: datetime, limits: Limits) -> pa.Table:
    """Units of the board, in the same order, as they stand at an instant: see `Standing`. Other columns are not copied."""
    cursor.register("units", units.select(["available", "observed_at", "closed_until", "registry_closed", "duty_seconds"]))
    states = cursor.execute(
        """
        WITH states AS (
            SELECT available, observed_at, duty_seconds,
                epoch_us($now) - epoch_us(observed_at) AS age,
                registry_closed OR coalesce(closed_until >= $today, false) AS shut,
                CASE
                    WHEN closed_until IS NULL THEN observed_at
                    ELSE greatest(
                        observed_at,
                        ((closed_until + INTERVAL 1 DAY)::TIMESTAMP AT TIME ZONE 'Europe/Paris')
                    )
                END AS owed_since
            FROM units
        )
        SELECT
            CASE WHEN shut THEN 0 ELSE available END AS available,
            NOT shut AS open,
            CASE
                WHEN shut THEN NULL
                WHEN observed_at IS NULL THEN 4
                WHEN age < -$ahead THEN 3
                WHEN age < $fresh THEN 0
                WHEN age < $day THEN 1
                WHEN age < $week THEN 2
                ELSE 3
            END::TINYINT AS rank,
            NOT shut AND (
                observed_at IS NULL OR age < -$ahead
                OR epoch_us($now) - epoch_us(owed_since) > duty_seconds * 1000000
            ) AS overdue
        FROM states
        """,
        {
            "now": now,
            "today": now.astimezone(PARIS).date(),
            "ahead": CLOCK_TOLERANCE // timedelta(microseconds=1),
            **{name: hours * 3_600_000_000 for name, hours in zip(("fresh", "day", "week"), limits, strict=True)},
        },
    ).to_arrow_table()
    units = units.set_column(units.schema.get_field_index("available"), "available", states["available"])
    for name in ("open", "rank", "overdue"):
        units = units.append_column(name, states[name])
    return units
