"""First load in a real Chromium, caches empty: the board against a page of one chart and one table under the same server.

The clock is the browser's own, from the navigation to the moment when the charts and the table are drawn. Both servers
are up and have served a first visitor; the two are loaded in turn, and each pair gives a ratio.

Run: PYTHONPATH=. python -m benchmarks.first_load [--quick]
"""

import statistics
import sys

from playwright.sync_api import Browser, sync_playwright

from benchmarks.kit import region, servers
from benchmarks.speed import product, spread, verdict
from scripts.browser import launch, new_context

_CHART, _TABLE = '[data-testid="stVegaLiteChart"]', '[data-testid="stDataFrame"] canvas'
DRAWN = f"""
(charts) => document.querySelectorAll('{_CHART} canvas, {_CHART} svg').length >= charts
    && document.querySelector('{_TABLE}') && performance.now()
"""


def load(browser: Browser, url: str, charts: int, cookie: str = "") -> float:
    """Return the milliseconds until so many charts, and a table, are drawn; in a new context, whose cache is empty."""
    context = new_context(browser, 1440, 900)
    if cookie:
        name, _, value = cookie.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": url}])
    page = context.new_page()
    page.goto(url, wait_until="commit")
    milliseconds = page.wait_for_function(DRAWN, arg=charts, polling="raf", timeout=60_000).json_value()
    context.close()
    return float(milliseconds)


def main() -> None:
    """Print the ratio of the two loads; the first pair does not count."""
    pairs = 2 if "--quick" in sys.argv else 7
    ours, simple = product(region.seed(), pairs + 1), servers.ChartAndTable()
    with ours.server, simple, sync_playwright() as playwright:
        browser = launch(playwright)
        board = f"{ours.server.url}/departements"
        cookies = ours.cookies["coordination"]
        times = [(load(browser, board, 1, cookie), load(browser, simple.url, 1)) for cookie in cookies]
        browser.close()
    ratios = [board / other for board, other in times[1:]]
    bar = "first load of departements in a Chromium: at most 1.2 times that of one chart and one table"
    verdict(bar, spread(ratios), statistics.median(ratios) <= 1.2)


if __name__ == "__main__":
    main()
