"""Units that became late, fell to 0 or were declared last; and earlier numbers of the few units that a screen shows."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ror.store.board.aging import OVERDUE, SCOPED, AgingContext, current_units, duty_parameters
from ror.store.engine.database import BATCH, Cursor

HISTORY = timedelta(days=90)
"""How far back earlier numbers are read."""

_OWED = ("unit", "registry_closed", "closed_until", "available", "observed_at", "duty_seconds")


def became_late(cursor: Cursor, units: pa.Table, since: datetime, moment: AgingContext) -> pa.Table:
    """Return the units of the board that became overdue between an instant and a moment, the latest first.

    Columns: unit, due_at.
    """
    cursor.register("units", units.select([*_OWED, *SCOPED]))
    return cursor.execute(
        f"""
        WITH {current_units(moment.duties)}
        SELECT unit, due_at FROM current
        WHERE {OVERDUE} AND due_at >= $since AND due_at < $now
        ORDER BY due_at DESC, unit
        """,  # noqa: S608 - constants
        {"since": since, "now": moment.at, **duty_parameters(moment.duties)},
    ).to_arrow_table(BATCH)


def units_at_zero(units: pa.Table, since: datetime) -> pa.Table:
    """Return the aged units that offer nothing and whose last event was recorded since an instant, the newest first."""
    recorded = pc.greater_equal(units["recorded_at"], pa.scalar(since, pa.timestamp("us", "UTC")))
    return units.filter(pc.and_kleene(pc.equal(units["available"], 0), recorded)).sort_by([("position", "descending")])


def latest(units: pa.Table, limit: int) -> pa.Table:
    """Return the units of the board that were declared last, the newest first; a masked comment is no declaration."""
    # Only these columns, since sorting all those of a country would be too slow.
    ranked = units.select(["position", "kind"]).append_column("row", pa.array(np.arange(units.num_rows)))
    masked = pc.coalesce(pc.equal(ranked["kind"], "masked"), pa.scalar(False))
    declared = ranked.filter(pc.and_not(pc.greater(ranked["position"], 0), masked))
    newest = pc.select_k_unstable(declared, limit, [("position", "descending")])
    return units.take(declared["row"].take(newest))


def numbers_before(
    cursor: Cursor, units: Sequence[tuple[str, str]], at: datetime, position: int
) -> dict[str, tuple[int | None, int | None]]:
    """Return two earlier numbers of each unit, given with its temporality: before its last event, and known at an instant.

    A number is None when there was none, or it is older than `HISTORY`: on PostgreSQL each event that is read travels. Events
    after the position are left out, as are masks, which change no number.
    """
    if not units:
        return {}
    names, temporalities = zip(*units, strict=True)
    cursor.register("shown", pa.table({"unit": names, "temporality": temporalities}))
    rows = cursor.execute(
        f"""
        WITH of_units AS MATERIALIZED (
            SELECT unit, temporality, position, kind, available, recorded_at
            FROM declaration WHERE unit IN ({", ".join("?" * len(names))}) AND recorded_at >= ?
        )
        SELECT unit,
               (list(available ORDER BY position DESC))[2],
               (list(available ORDER BY position DESC) FILTER (recorded_at <= ?))[1]
        FROM of_units JOIN shown USING (unit, temporality)
        WHERE kind <> 'masked' AND position <= ?
        GROUP BY unit
        """,  # noqa: S608 - markers of parameters
        [*names, at - HISTORY, at, position],
    ).fetchall()
    return {unit: (previous, then) for unit, previous, then in rows}
