"""Read the evidence of `model.hindsight`: what was learnt of the numbers that units had at a past instant."""

from datetime import datetime

import pyarrow as pa

from ror.store.board.past import RECORDED_LATER
from ror.store.engine.database import BATCH, Cursor

_CALLS_AND_REPORTS = """
    reported AS (
        SELECT feedback.unit, feedback.account, feedback.position, feedback.kind, feedback.recorded_at,
            CASE feedback.kind WHEN 'full' THEN 0 WHEN 'other' THEN feedback.other ELSE units.known_number END AS available
        FROM feedback JOIN units ON units.unit = feedback.unit AND units.temporality = feedback.temporality
            AND units.known_at = epoch_us(feedback.about)
        WHERE feedback.position <= $position
    ),
    withdrawn AS (
        SELECT unit, account, max(position) AS last FROM reported WHERE kind = 'withdrawn' GROUP BY unit, account
    ),
    read AS (
        SELECT reported.unit, reported.available, reported.recorded_at AS true_at, reported.recorded_at AS learnt_at
        FROM reported LEFT JOIN withdrawn USING (unit, account)
        WHERE recorded_at <= $until AND position > coalesce(last, 0) AND kind IN ('confirmed', 'full', 'other')
        QUALIFY row_number() OVER (PARTITION BY unit, account ORDER BY position DESC) = 1
    ),
    called AS (
        SELECT unit, round_call.available, happened_at AS true_at, happened_at AS learnt_at
        FROM round_call JOIN units USING (unit)
        WHERE kind IN ('confirmed', 'number') AND happened_at <= $until
          AND epoch_us(happened_at) > coalesce(units.known_at, -9223372036854775808)
    )
"""
"""CTEs: `read` has the last report of each reader that gives a number about the number known at the instant, unless it was
withdrawn; `called` has the numbers learnt by calls since the number known at the instant."""


def evidence(cursor: Cursor, units: pa.Table, at: datetime, until: datetime, position: int) -> pa.Table:
    """Return the evidence about units as they stood at an instant (`past.units_at`), up to a position of the log.

    Observations after `until` are left out: they are too late to say anything about the instant. Columns: unit, available,
    true_at, learnt_at, way (`model.hindsight.Way`).
    """
    known_units = units.select(["unit", "temporality", "observed_at", "position", "available"])
    known_units = known_units.rename_columns(["unit", "temporality", "observed_at", "known_position", "known_number"])
    # Instants become integers: see `contradictions`.
    known_at = known_units["observed_at"].cast(pa.timestamp("us", "UTC")).cast(pa.int64())
    cursor.register("units", known_units.append_column("known_at", known_at))
    cursor.register("corrected", _corrected(cursor, at))
    return cursor.execute(
        f"""
        WITH {RECORDED_LATER},
        {_CALLS_AND_REPORTS},
        declared AS (
            SELECT unit, available, observed_at AS true_at, recorded_at AS learnt_at,
                CASE WHEN observed_at <= $at THEN 'late' ELSE 'next' END AS way
            FROM later WHERE observed_at <= $until
        ),
        put_back AS (
            SELECT since.unit, since.available, since.observed_at AS true_at, since.recorded_at AS learnt_at
            FROM since JOIN units ON units.unit = since.unit AND units.known_position = since.acts_on
            WHERE since.kind = 'undone'
        ),
        right_number AS (
            SELECT unit, corrected.available, corrected.true_at, corrected.learnt_at
            FROM corrected JOIN units USING (unit, temporality)
            WHERE corrected.true_at <= $until
              AND epoch_us(corrected.true_at) >= coalesce(units.known_at, -9223372036854775808)
        ),
        learnt AS (
            SELECT unit, available, true_at, learnt_at, way FROM declared
            UNION ALL SELECT *, 'undone' FROM put_back
            UNION ALL SELECT *, 'correction' FROM right_number
            UNION ALL SELECT *, 'reader' FROM read
            UNION ALL SELECT *, 'call' FROM called
        )
        SELECT * FROM learnt WHERE available IS NOT NULL AND true_at IS NOT NULL ORDER BY unit, true_at, learnt_at, way
        """,  # noqa: S608 - constants
        {"at": at, "until": until, "position": position},
    ).to_arrow_table(BATCH)


def _corrected(cursor: Cursor, at: datetime) -> pa.Table:
    """Return the past numbers that were corrected after an instant: unit, temporality, available, true_at, learnt_at."""
    corrections = cursor.execute(
        """
        SELECT acts_on AS position, available AS right_number, recorded_at AS learnt_at FROM correction
        WHERE recorded_at > $at
        QUALIFY row_number() OVER (PARTITION BY acts_on ORDER BY number DESC) = 1
        """,
        {"at": at},
    ).to_arrow_table(BATCH)
    cursor.register("corrections", corrections)
    # PostgreSQL finds listed positions by its index.
    listed = ", ".join(map(str, corrections["position"].to_pylist())) or "NULL"
    return cursor.execute(
        f"""
        SELECT unit, temporality, right_number AS available, observed_at AS true_at, learnt_at
        FROM declaration JOIN corrections USING (position)
        WHERE position IN ({listed})
        """  # noqa: S608 - numbers
    ).to_arrow_table(BATCH)
