"""What the service says of itself to those who run it: whether it can serve, and how old its board is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from ror import metrics
from ror.model.freshness import legend
from ror.services.events import Change
from ror.settings import settings
from ror.store import registry
from ror.store.board import board as boards
from ror.store.engine.database import Database


@dataclass(frozen=True, slots=True)
class Sight:
    """The board seen from outside. Ages in seconds, None when nothing was ever declared."""

    position: int
    newest: float | None
    """Age of the last number of all; 0 when the clock of the machine is before it."""

    median: float | None
    """Half of the units that ever declared have a number at least as old."""

    behind: float
    """By how much the clock of the machine is before the last number of all."""

    units: dict[str, int]
    """How many units there are in each band of the legend, by its key."""


def ready(db: Database) -> None:
    """Read from the database, and have the board loaded. Raises what the database raises when it does not answer."""
    with db.reader() as cursor:
        registry.last_change(cursor)
    boards.current(db)


def sight(db: Database, at: datetime) -> Sight:
    """What the board in memory says at an instant; the log is not read for it, but for what is new in it."""
    board = boards.current(db)
    told = board.units["observed_at"].drop_null().combine_chunks()
    units = _by_band(told, board.units.num_rows, at)
    if not len(told):
        return Sight(board.position, None, None, 0.0, units)
    instants = told.cast(pa.int64())
    last = (at - pc.max(told).as_py()).total_seconds()
    middle = pc.quantile(instants, 0.5, interpolation="lower")[0].as_py()
    median = at.timestamp() - middle / 1e6
    return Sight(board.position, max(last, 0.0), max(median, 0.0), max(-last, 0.0), units)


def _by_band(told: pa.Array, count: int, at: datetime) -> dict[str, int]:
    """Numbers of units by band, the last of them without any number."""
    limits = [at - timedelta(hours=hours) for hours in settings().age_limits_hours]
    since = [pc.sum(pc.greater(told, pa.scalar(limit, told.type))).as_py() or 0 for limit in limits]
    bounds = [0, *since, len(told), count]
    sizes = [upper - lower for lower, upper in pairwise(bounds)]
    return {band.key: size for band, size in zip(legend(settings().age_limits_hours), sizes, strict=True)}


def count(change: Change) -> None:
    """Count what this process committed to the log, by kind of event."""
    if change.kind:
        metrics.DECLARATIONS.labels(str(change.kind)).inc()


def bytes_on_disk(db: Database) -> int | None:
    """The size of the database file and of its latest writes; None when the tables are elsewhere."""
    if db.path is None:
        return None
    files = (db.path, Path(f"{db.path}.wal"))
    return sum(file.stat().st_size for file in files if file.exists())
