"""How often the forecasts of « Tendances » held on days that they were not made from, and how long they take.

The past year of every need and territory is replayed: for each day a band is forecast from what was known then, shown or
withheld by how its past bands held, and compared with the observed total. It runs on the demonstration's log, or on that of a
DuckDB file whose server is stopped.

Run: PYTHONPATH=. python -m benchmarks.forecast [file.duckdb] [login]
"""

import itertools
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.kit import region
from benchmarks.speed import spread, verdict
from ror.model.forecast import LEVEL
from ror.model.trend import GroupBy, TrendQuery
from ror.services.availability import forecast
from ror.store import accounts
from ror.store.engine.database import Database

READING_BAR = 0.5
"""The most seconds that the first forecasts of an hour may take, for a territory and its needs."""

COVERAGE_BAR = 0.03
"""The most by which the share of shown bands that held may differ from the announced share."""


def main() -> None:
    """Print the coverage by territory, measure and days ahead, its range over four-week blocks, then the time of forecasts."""
    path = (
        Path(sys.argv[1]) if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else region.copy(region.seed(), "forecast")
    )
    login = sys.argv[2] if len(sys.argv) > 2 else "coordination"
    database, now = Database(path), datetime.now(UTC)
    with database.reader() as cursor:
        stored = accounts.by_login(cursor, login)
    assert stored is not None
    account = stored[0]
    for one in forecast.validate(database, account, now):
        place = "region" if one.region else "départements"
        shown, held = sum(one.shown), sum(one.held)
        blocks = [part / of for part, of in zip(one.held, one.shown, strict=True) if of]
        print(f"{place}, {one.measure}, {24 * one.ahead} h: {one.series} series, {one.shown_now} with a band now")
        if shown:
            text = (
                f"{100 * held / shown:.1f} % of {shown} bands shown, on {100 * shown / one.days:.0f} % of {one.days} days; "
                f"by four weeks {100 * min(blocks):.0f} to {100 * max(blocks):.0f} %"
            )
            verdict(f"held: within {100 * COVERAGE_BAR:.0f} points of 80 %", text, abs(held / shown - LEVEL) <= COVERAGE_BAR)
    times = []
    for hours in itertools.islice(itertools.count(1), 5):
        began = time.perf_counter()
        for by in (None, GroupBy.NEED):
            forecast.forecasts(database, account, TrendQuery(), "beds", now - timedelta(hours=hours), by)
        times.append(time.perf_counter() - began)
    text = spread([1000 * seconds for seconds in times], " ms")
    verdict(f"first forecasts of an hour: at most {1000 * READING_BAR:.0f} ms", text, sorted(times)[2] <= READING_BAR)
    database.close()


if __name__ == "__main__":
    main()
