"""Measure the service for those who run it: readiness, ages of the board, events, size on the disk."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from ror import metrics
from ror.services.events import CommitEvent
from ror.settings import settings
from ror.store import registry_changes
from ror.store.board import board as boards
from ror.store.engine.database import Database


@dataclass(frozen=True, slots=True)
class BoardMeasures:
    """Ages of the numbers of the board, in seconds; None when nothing was ever declared."""

    position: int
    newest: float | None
    """Age of the most recent number; 0 when the clock of the machine is before it."""

    median: float | None
    """Median age of the numbers."""

    behind: float
    """Seconds by which the clock of the machine is before the most recent number."""

    units: dict[str, int]
    """Number of units in each age band of the legend, by its key."""


def ready(db: Database) -> None:
    """Read from the database and load the board. Raises the error of the database when it does not answer."""
    with db.reader() as cursor:
        registry_changes.last_change(cursor)
    boards.current(db)


def measure(db: Database, at: datetime) -> BoardMeasures:
    """Measure the board in memory at an instant; of the log, read only what is new."""
    board = boards.current(db)
    observed = board.units["observed_at"].drop_null().combine_chunks()
    units = _count_by_band(observed, board.units.num_rows, at)
    if not len(observed):
        return BoardMeasures(board.position, None, None, 0.0, units)
    last = (at - pc.max(observed).as_py()).total_seconds()
    middle = pc.quantile(observed.cast(pa.int64()), 0.5, interpolation="lower")[0].as_py()
    median = at.timestamp() - middle / 1e6
    return BoardMeasures(board.position, max(last, 0.0), max(median, 0.0), max(-last, 0.0), units)


def _count_by_band(observed: pa.Array, count: int, at: datetime) -> dict[str, int]:
    """Count the units by age band; the last band is of those without any number."""
    limits = [at - timedelta(hours=hours) for hours in settings().age_limits_hours]
    since = [pc.sum(pc.greater(observed, pa.scalar(limit, observed.type))).as_py() or 0 for limit in limits]
    bounds = [0, *since, len(observed), count]
    sizes = [upper - lower for lower, upper in pairwise(bounds)]
    return {band.key: size for band, size in zip(settings().age_bands, sizes, strict=True)}


def count(change: CommitEvent) -> None:
    """Count the events that this process committed to the log, by kind; those of other replicas come without a kind."""
    if change.kind:
        metrics.DECLARATIONS.labels(str(change.kind)).inc()


def bytes_on_disk(db: Database) -> int | None:
    """Return the size of the database file and its write-ahead log, in bytes; None when the tables are elsewhere."""
    if db.path is None:
        return None
    files = (db.path, Path(f"{db.path}.wal"))
    return sum(file.stat().st_size for file in files if file.exists())
