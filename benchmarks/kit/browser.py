"""The first load in a real Chromium, caches empty: ours against a page of one chart and one table under the same server.

The clock is the browser's own, from the navigation to the moment when the charts and the table are drawn. Both servers
are up and have served a first visitor; the two are loaded in turn, and each pair gives a ratio.
"""

from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from benchmarks.kit import rivals, servers
from scripts.browser import launch, new_context

PAIRS = 7
_CHART, _TABLE = '[data-testid="stVegaLiteChart"]', '[data-testid="stDataFrame"] canvas'
_DRAWN = f"""
(charts) => document.querySelectorAll('{_CHART} canvas, {_CHART} svg').length >= charts
    && document.querySelector('{_TABLE}') && performance.now()
"""


def first_loads(seeded: Path) -> list[float]:
    """Ratios of the time that a visitor waits, ours over the other."""
    rival, other = rivals.ours(seeded), servers.ChartAndTable()
    with rival.server, other, sync_playwright() as playwright:
        browser = launch(playwright)
        cookies = iter(rival.cookies["coordination"])
        pairs = [
            (_load(browser, f"{rival.server.url}/departements", 2, next(cookies)), _load(browser, other.url, 1))
            for _ in range(PAIRS + 1)
        ]
        browser.close()
    return [ours / theirs for ours, theirs in pairs[1:]]


def _load(browser: Browser, url: str, charts: int, cookie: str = "") -> float:
    """Milliseconds until so many charts, and a table, are drawn; in a context of its own, whose cache is empty."""
    context = new_context(browser, 1440, 900)
    if cookie:
        name, _, value = cookie.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": url}])
    page = context.new_page()
    page.goto(url, wait_until="commit")
    waited = page.wait_for_function(_DRAWN, arg=charts, polling="raf", timeout=60_000).json_value()
    context.close()
    return float(waited)
