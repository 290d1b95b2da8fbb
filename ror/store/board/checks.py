"""Count the checks of the log: comparisons of a number of a unit with the next declaration, a call or a reader's report."""

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa

from ror.model.trust.checks import AGE_EDGES, SIZE_EDGES
from ror.store.engine.database import BATCH, Cursor

WEEK = timedelta(days=7)

NUMBERS = """
    undone AS (
        SELECT acts_on AS position FROM declaration WHERE kind = 'undone'
    ),
    number AS (
        SELECT units.row, unit, temporality, position, CASE WHEN kind <> 'closed' THEN available END AS available, observed_at,
            coalesce(channel, '') = 'telephone' AS call
        FROM declaration JOIN units USING (unit, temporality) ANTI JOIN undone USING (position)
        WHERE kind IN ('declared', 'confirmed', 'closed') AND observed_at IS NOT NULL
          AND observed_at >= $since AND observed_at <= $until
    )
"""
"""The CTE `number`: the numbers of the registered `units` (unit, temporality, row) for their own temporality, true between the
parameters since and until. The number of a closure is null, so that nothing is compared with it, before or after."""

_COMPARED = """
    followed AS (
        SELECT row, call, available AS found, observed_at AS checked_at,
            lag(available) OVER by_time AS before, lag(observed_at) OVER by_time AS since
        FROM number
        WINDOW by_time AS (PARTITION BY row ORDER BY observed_at, position)
    ),
    declared AS (
        SELECT row, call, before, since, checked_at, found, found = before AS same, found > 0 AS any_left FROM followed
    ),
    report AS (
        SELECT * FROM feedback
        QUALIFY row_number() OVER (PARTITION BY unit, temporality, about, account ORDER BY position DESC) = 1
    ),
    reported AS (
        SELECT number.row, true AS call, number.available AS before, number.observed_at AS since,
            report.recorded_at AS checked_at, NULL::INTEGER AS found, report.kind = 'confirmed' AS same,
            CASE report.kind
                WHEN 'confirmed' THEN number.available > 0 WHEN 'full' THEN false ELSE report.other > 0
            END AS any_left
        FROM report JOIN number
          ON number.unit = report.unit AND number.temporality = report.temporality AND number.observed_at = report.about
        WHERE report.kind IN ('confirmed', 'full', 'other') AND report.recorded_at <= $until
    ),
    called AS (
        SELECT number.row, true AS call, number.available AS before, number.observed_at AS since,
            round_call.happened_at AS checked_at, NULL::INTEGER AS found,
            round_call.available = number.available AS same, round_call.available > 0 AS any_left
        FROM round_call ASOF JOIN number ON number.unit = round_call.unit AND number.observed_at <= round_call.happened_at
        WHERE round_call.kind IN ('confirmed', 'number') AND round_call.position IS NULL AND round_call.happened_at <= $until
    ),
    checked AS (
        SELECT *, epoch(checked_at - since) / 3600 AS hours FROM (
            SELECT * FROM declared UNION ALL SELECT * FROM reported UNION ALL SELECT * FROM called
        )
        WHERE before IS NOT NULL AND same IS NOT NULL AND checked_at > since
    )
"""
CHECKS = f"{NUMBERS}, {_COMPARED}"
"""The CTE `checked`, one row a check: row, call (made by telephone), before (the number), since (when it was true), checked_at,
found (the number that a declaration gave), same (whether it still stood), any_left (whether some was left; null where a report
does not give it), and hours (from since to checked_at)."""

_SIZE = " + ".join(f"(before >= {edge})::INTEGER" for edge in SIZE_EDGES)


def counts(cursor: Cursor, units: pa.Table, since: datetime, until: datetime) -> pa.Table:
    """Count the checks of units between two instants by week, unit, size and age; the weeks end at `until`.

    Columns: period (0 is the first week), row (of the unit in `units`), size, age (classes of `model.trust.checks`), run
    (whether no check since has found a change), hours (mean age), cases, same, any_left, calls, calls_same, calls_any_left;
    numbers (sum of all before); for the checks that found a change, the sums before, after, before_squared, product,
    after_squared, and their count changed; first (when the earliest number was true).
    """
    register(cursor, units)
    weeks = -(-(until - since) // WEEK)
    return cursor.execute(
        f"""
        WITH {CHECKS},
        classed AS (
            SELECT *, $weeks - 1 - floor(epoch($until - checked_at) / 604800)::BIGINT AS period,
                ({_SIZE})::BIGINT AS size, ({_age()})::BIGINT AS age,
                bool_and(same) OVER (
                    PARTITION BY row ORDER BY checked_at, since ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
                ) AS run
            FROM checked
        )
        SELECT period, row, size, age, run, exp(avg(ln(hours))) AS hours, count(*)::DOUBLE AS cases,
            count(*) FILTER (same)::DOUBLE AS same, count(*) FILTER (any_left)::DOUBLE AS any_left,
            count(*) FILTER (call)::DOUBLE AS calls, count(*) FILTER (call AND same)::DOUBLE AS calls_same,
            count(*) FILTER (call AND any_left)::DOUBLE AS calls_any_left,
            sum(before)::DOUBLE AS numbers, {_sums()}, min(since) AS first
        FROM classed
        GROUP BY period, row, size, age, run
        ORDER BY period, row, size, age, run
        """,  # noqa: S608 - constants of this module
        {"since": since, "until": until, "weeks": weeks},
    ).to_arrow_table(BATCH)


def last_observed(cursor: Cursor, units: pa.Table, until: datetime) -> datetime | None:
    """Return when the last number of units up to an instant was true, None without one.

    In a log that was imported this is the end of the data.
    """
    register(cursor, units)
    query = """
        SELECT max(observed_at) AS last FROM declaration SEMI JOIN units USING (unit, temporality) WHERE observed_at <= $until
    """
    last: datetime | None = cursor.execute(query, {"until": until}).to_arrow_table(BATCH)["last"][0].as_py()
    return last


def days(cursor: Cursor, units: pa.Table, since: datetime, until: datetime) -> pa.Table:
    """Return the number of each unit on each day at the hour of `until`, and the number declared within the next day.

    Columns: day (1 is the day before `until`), row, hours (age then), before, found (by the next declaration, or one at that
    very instant). Units without a number then, or without a declaration within the day after, are left out.
    """
    register(cursor, units)
    return cursor.execute(
        f"""
        WITH {NUMBERS},
        instant AS (
            SELECT day, $until - to_days(day::INTEGER) AS at_instant, row
            FROM range(1, 1 + datediff('day', $since, $until)) AS days(day), units
        ),
        number_at_instant AS (
            SELECT day, at_instant, instant.row, available AS before, epoch(at_instant - observed_at) / 3600 AS hours
            FROM instant ASOF JOIN number ON number.row = instant.row AND number.observed_at <= instant.at_instant
        ),
        following AS (
            SELECT earlier.*, number.available AS found, number.observed_at
            FROM number_at_instant AS earlier
            ASOF JOIN number ON number.row = earlier.row AND number.observed_at >= earlier.at_instant
        )
        SELECT day, row, hours, before, found FROM following
        WHERE before IS NOT NULL AND found IS NOT NULL AND observed_at <= at_instant + INTERVAL 1 DAY
        ORDER BY day, row
        """,  # noqa: S608 - constants of this module
        {"since": since, "until": until},
    ).to_arrow_table(BATCH)


def register(cursor: Cursor, units: pa.Table) -> None:
    """Register the `units` that the statements of this module read, with their row."""
    rows = pa.array(np.arange(units.num_rows))
    cursor.register("units", units.select(["unit", "temporality"]).append_column("row", rows))


def _age() -> str:
    """Return the SQL of the class of age of `hours`, computed by a logarithm since the edges are a geometric series."""
    first, ratio = float(AGE_EDGES[0]), float(AGE_EDGES[1] / AGE_EDGES[0])
    return f"greatest(0, least({len(AGE_EDGES)}, floor(ln(hours / {first}) / ln({ratio})) + 1))"


def _sums() -> str:
    """Return the SQL of the sums over the checks that found a change."""
    terms = {
        "before": "before",
        "after": "found",
        "before_squared": "before * before",
        "product": "before * found",
        "after_squared": "found * found",
    }
    sums = [f"coalesce(sum({sql}) FILTER (NOT same AND found IS NOT NULL), 0)::DOUBLE AS {name}" for name, sql in terms.items()]
    return ", ".join([*sums, "count(*) FILTER (NOT same AND found IS NOT NULL)::DOUBLE AS changed"])
