"""The units that answer a question, ranked (`model.ranking`), with their distance from a place."""

from typing import Any

import numpy as np
import pyarrow as pa

from ror.model.place import PlacePoint
from ror.model.ranking import Ranking
from ror.store.engine.database import BATCH, Cursor
from ror.store.selection import binder, distance_sql

_RANKED_BY = {
    Ranking.DISTANCE: "",
    Ranking.AVAILABLE: "available DESC,",
    Ranking.FRESHNESS: "rank, observed_at DESC,",
    Ranking.RELIABILITY: "any_left DESC NULLS LAST,",
}

CONDITIONS = ("available", "open", "rank", "observed_at", "latitude", "longitude", "name_order")
"""Columns that the ranking depends on."""

ANY_LEFT = "any_left"
"""The column with the probability that at least one is left, null where unknown; `Ranking.RELIABILITY` depends on it too."""


def ranked(cursor: Cursor, units: pa.Table, ranking: Ranking, point: PlacePoint | None) -> pa.Table:
    """Rank aged units (`store.board.aging`): one row for each, the best answer first.

    Columns: row, the index in `units`, and distance, in kilometres from the point; null without a point or a position.
    """
    read = (*CONDITIONS, ANY_LEFT) if ranking is Ranking.RELIABILITY else CONDITIONS
    cursor.register("answer", units.select(read).append_column("row", pa.array(np.arange(units.num_rows))))
    parameters: dict[str, Any] = {}
    bound = binder(parameters)
    distance = distance_sql(point.latitude, point.longitude, bound) if point else "NULL::DOUBLE"
    return cursor.execute(
        f"""
        WITH placed AS (
            SELECT *, {distance} AS distance,
                CASE WHEN NOT open THEN 3 WHEN available IS NULL THEN 2 WHEN available = 0 THEN 1 ELSE 0 END AS state
            FROM answer
        )
        SELECT row, distance FROM placed
        ORDER BY state, {_RANKED_BY[ranking]} distance NULLS LAST, rank, name_order
        """,  # noqa: S608 - values are parameters, the rest is ours
        parameters,
    ).to_arrow_table(BATCH)
