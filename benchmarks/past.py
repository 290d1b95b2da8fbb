"""Time that the server takes to read the past: a trend that is not cached, and a page of the interface at a past instant.

Each figure is read from the demonstration's log (a year of declarations of a region), without anything cached, by one thread.

Run: PYTHONPATH=. python -m benchmarks.past [--quick]
"""

import itertools
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from benchmarks.kit import region
from benchmarks.speed import spread, verdict
from ror.api import v1_models, v1_rows
from ror.model.filters import Filters
from ror.model.rights import Account
from ror.model.trend import PERIODS, GroupBy, TrendQuery
from ror.services.availability import consult, lists, trends
from ror.services.availability.lists import OfferQuery
from ror.store import accounts
from ror.store.engine.database import Database

TREND_BAR, PAGE_BAR = 0.150, 0.200
PAGE = 1_000
CHARTS = 12
AGO = (1, 30, 180, 360)
"""Days before now of the past pages."""


def check(bar: str, most: float, function: Callable[[], object], rounds: int) -> None:
    """Print whether the median time of a function is at most `most` seconds."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        function()
        times.append(time.perf_counter() - began)
    text = spread([1000 * seconds for seconds in times], " ms")
    verdict(f"{bar}: at most {1000 * most:.0f} ms", text, statistics.median(times) <= most)


def trend_view(database: Database, account: Account, query: TrendQuery, by: GroupBy, now: datetime) -> None:
    """Read the trend of a query and of its groups, as the page draws them: charts of the largest, a line for each."""
    trends.trend(database, account, query, now).days()
    groups = trends.trends_by(database, account, query, by, now)
    for group in groups[:CHARTS]:
        group.days("beds")
    for group in groups:
        group.last_day("beds")


def past_page(database: Database, account: Account, at: datetime, now: datetime) -> None:
    """Write a page of the interface at a past instant."""
    page = lists.past_availability(database, account, OfferQuery(Filters(), limit=PAGE), at, now)
    items = [v1_rows.offer(row) for row in page.rows]
    v1_models.Availability(position=0, items=items, next=None, at=at).model_dump_json()


def main() -> None:
    """Print the median of each view and whether it holds to its bar."""
    rounds = 2 if "--quick" in sys.argv else 9
    database, now = Database(region.copy(region.seed(), "past")), datetime.now(UTC)
    with database.reader() as cursor:
        stored = accounts.by_login(cursor, "coordination")
    assert stored is not None
    account, board = stored[0], consult.current(database, stored[0])
    print(f"{board.units.num_rows} units, {board.position} events; medians of {rounds}")
    # An hour is used once, so that no reading comes from a cache.
    hours = (now - timedelta(hours=ago) for ago in itertools.count())

    def view(query: TrendQuery, by: GroupBy) -> None:
        trend_view(database, account, query, by, next(hours))

    def page(days: int) -> None:
        past_page(database, account, next(hours) - timedelta(days=days), now)

    for days in PERIODS:
        for by in GroupBy:
            check(f"trend of {days} days by {by}", TREND_BAR, partial(view, TrendQuery(days), by), rounds)
    for days in AGO:
        check(f"page of {PAGE} units {days} days ago", PAGE_BAR, partial(page, days), rounds)
    database.close()


if __name__ == "__main__":
    main()
