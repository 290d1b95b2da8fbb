"""The wall open for seven days, at an accelerated pace, in a real Chromium: neither the page nor the server grows.

In seven days a quiet wall reads its content 10,080 times, once a minute. Here declarations follow one another without end,
and each wakes the page at once. Memory is sampled at each tenth of the readings, the first one when all code has run.

Run: PYTHONPATH=. python -m benchmarks.wall_soak [--quick]
"""

import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.kit import region
from benchmarks.kit.servers import Measured
from benchmarks.speed import verdict
from ror.model.display import Theme
from ror.services.coordination import displays
from ror.store import accounts
from ror.store.engine.database import Database
from scripts.browser import launch, new_context

READINGS, QUICK, SAMPLES = 10_080, 60, 10
HEAP_GROWTH, SERVER_GROWTH = 1.10, 1.10
"""The bars: the mean of the last third of the samples over that of the first third. The memory of the server also goes up and
down as DuckDB writes its log into the file."""

FEW_NODES = 50
"""Nodes that the page may have more at the end: its lists are not always of the same length."""

_COUNTED = """
window.readings = 0;
const original = window.fetch;
window.fetch = (...given) => original(...given).finally(() => { window.readings += given[0] === "/mur/contenu"; });
"""


class Declaring(Measured):
    """The product with a manager who declares without end."""

    def command(self) -> list[str]:
        """Return the command that starts it."""
        return [sys.executable, "-m", "benchmarks.kit.declaring", str(self.port)]


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes of the page's heap, its nodes and listeners, and megabytes of the server, after `readings` of its content."""

    readings: int
    heap: float
    nodes: int
    listeners: int
    server: float


def give_display(path: Path) -> str:
    """Create a display in a database, and return the secret of its link."""
    database = Database(path)
    with database.reader() as cursor:
        stored = accounts.by_login(cursor, "coordination")
    assert stored is not None
    link = displays.create(database, stored[0], "Salle de crise", Theme.DARK, 7, datetime.now(UTC))[1]
    database.close()
    return link.partition("#")[2]


def measure(page: Page, server: Measured, readings: int) -> Memory:
    """Wait until the page has read its content this many times, then return the memory of the page and of the server."""
    page.wait_for_function("(count) => window.readings >= count", arg=readings, timeout=0, polling=500)
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")
    for _ in range(3):
        devtools.send("HeapProfiler.collectGarbage")
    metrics = {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}
    devtools.detach()
    count = page.evaluate("window.readings")
    return Memory(
        count, metrics["JSHeapUsedSize"] / 2**20, int(metrics["Nodes"]), int(metrics["JSEventListeners"]), server.megabytes()
    )


def soak(browser: Browser, path: Path, readings: int, samples: int = SAMPLES) -> list[Memory]:
    """Open the wall of a database until it has read its content `readings` times; return its memory at `samples` moments."""
    secret = give_display(path)
    with Declaring(path, demo=True) as server:
        assert isinstance(server, Measured)
        page = new_context(browser, 1920, 1080).new_page()
        page.add_init_script(_COUNTED)
        page.goto(f"{server.url}/mur#{secret}")
        sampled = [measure(page, server, readings * number // samples) for number in range(1, samples + 1)]
        page.context.close()
    return sampled


def growth(values: Sequence[float]) -> float:
    """Return the mean of the last third of some values over that of the first third."""
    third = max(1, len(values) // 3)
    return statistics.mean(values[-third:]) / statistics.mean(values[:third])


def main() -> None:
    """Print the memory of the page and of the server, and whether it grows."""
    readings, began = QUICK if "--quick" in sys.argv else READINGS, time.monotonic()
    with sync_playwright() as playwright:
        browser = launch(playwright)
        sampled = soak(browser, region.copy(region.seed(), "wall"), readings)
        browser.close()
    for one in sampled:
        page = f"heap {one.heap:.1f} MB, {one.nodes} nodes, {one.listeners} listeners"
        print(f"after {one.readings:>6}: {page}, server {one.server:.0f} MB")
    print(f"{sampled[-1].readings} readings in {(time.monotonic() - began) / 60:.0f} minutes")
    heap, server = growth([one.heap for one in sampled]), growth([one.server for one in sampled])
    verdict(f"the heap of the page grows to at most {HEAP_GROWTH} times", f"{heap:.2f}", heap <= HEAP_GROWTH)
    warm, end = sampled[0], sampled[-1]
    bar = f"the page has at most {FEW_NODES} nodes more, and no more listeners"
    holds = end.nodes <= warm.nodes + FEW_NODES and end.listeners <= warm.listeners
    verdict(bar, f"{end.nodes - warm.nodes:+}, {end.listeners - warm.listeners:+}", holds)
    verdict(f"the memory of the server grows to at most {SERVER_GROWTH} times", f"{server:.2f}", server <= SERVER_GROWTH)


if __name__ == "__main__":
    main()
