"""Growth: cost of the pages over the whole country against the same pages over a region, in one run on one machine.

The country has 101 départements, 150,000 units and 21 million declarations; it is seeded once (five minutes) and used again
by the next run. Each round measures the region, then the country, so that each ratio compares measures taken close in time.

Run: make bench-national, or for a developer: PYTHONPATH=. python -m benchmarks.growth --quick
"""

import argparse
import asyncio
import statistics
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.kit import actions, region
from benchmarks.kit.client import Tab
from benchmarks.speed import Results, measure, product, spread, verdict
from ror.demo.catalogue import SHOWCASE
from ror.model.capacity import Counts
from ror.services.availability import consult
from ror.services.availability.declare import DeclarationDraft, declare
from ror.store import accounts
from ror.store.engine.database import Database

BAR = 1.5
UNIT = list(SHOWCASE)[2]
"""A unit of the demonstration's manager, of beds, at every scale."""


@dataclass(slots=True)
class Round:
    """Figures of one scale: seconds until the server answers and its first page is drawn, MB at the end, samples."""

    answers: float
    drawn: float
    memory: float
    results: Results


async def measure_scale(name: str, path: Path, pages: list[str], sessions: list[int], seconds: float) -> Round:
    """Start the product on a copy of this database and measure these pages."""
    rival = product(path, max(sessions), name)
    began = time.perf_counter()
    with rival.server as server:
        answers = time.perf_counter() - began
        async with Tab(server.url, rival.cookies["coordination"][0]) as tab:
            await tab.open("departements")
        drawn = time.perf_counter() - began
        results = await measure(rival, pages, sessions, seconds)
        return Round(answers, drawn, rival.server.megabytes(), results)


def declare_many(path: Path, count: int) -> tuple[float, float]:
    """Return the medians, in seconds, of writing a declaration and of refreshing the board by it."""
    database = Database(path)
    with database.reader() as cursor:
        stored = accounts.by_login(cursor, "responsable")
        position = cursor.execute("SELECT max(position) FROM declaration WHERE unit = ?", [UNIT]).fetchall()[0][0]
    assert stored is not None
    manager, times = stored[0], []
    consult.current(database, manager)
    for number in range(count):
        began = time.perf_counter()
        draft = DeclarationDraft(UNIT, Counts(number % 3), seen_position=position)
        position = declare(database, manager, draft, datetime.now(UTC), confirmed=True).position
        declared = time.perf_counter()
        consult.current(database, manager)
        times.append((declared - began, time.perf_counter() - declared))
    database.close()
    written, refreshed = (statistics.median(column) for column in zip(*times, strict=True))
    return written, refreshed


def print_growth(small: list[Round], large: list[Round]) -> None:
    """Print a line an action: the country's median over the region's, round by round; then the bar."""
    worst = (0.0, "")
    print(f"{'page':<14}{'sessions':>9}  {'action':<8}  country ÷ region")
    for _, page, count, action in small[0].results:
        pairs = [
            [next(sample for key, sample in one.results.items() if key[1:] == (page, count, action)) for one in both]
            for both in zip(small, large, strict=True)
        ]
        ratios = [country.median / base.median for base, country in pairs]
        worst = max(worst, (statistics.median(ratios), f"{page} {count} {action}"))
        failed = sum(len(sample.failures) for pair in pairs for sample in pair)
        print(f"{page:<14}{count:>9}  {action:<8}  {spread(ratios)}" + (f"   {failed} FAILED" if failed else ""))
    verdict(f"every action at most {BAR} times what it costs over the region", f"{worst[0]:.2f} ({worst[1]})", worst[0] <= BAR)
    for name, rounds in (("small", small), ("large", large)):
        answers, drawn, memory = (spread([getattr(one, figure) for one in rounds]) for figure in ("answers", "drawn", "memory"))
        print(f"     {name}: the server answers after {answers} s, its first page after {drawn} s; {memory} MB at the end")


def main() -> None:
    """Measure the two scales in turn, then what a declaration costs."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one short round of one page, one session at a time")
    parser.add_argument("--large", default="national", help="the scale that is compared with the region")
    chosen = parser.parse_args()
    paths = {"small": region.seed("region"), "large": region.seed(chosen.large)}
    pages, sessions, seconds = (["mise-a-jour"], [1], 0.2) if chosen.quick else (list(actions.PRODUCT), [1, 20], 2.0)
    rounds: dict[str, list[Round]] = {name: [] for name in paths}
    for number in range(1 if chosen.quick else 3):
        for name, path in paths.items():
            print(f"round {number + 1}: {name}", flush=True)
            rounds[name].append(asyncio.run(measure_scale(name, path, pages, sessions, seconds)))
    print_growth(**rounds)
    costs = [declare_many(region.copy(path, name), 5 if chosen.quick else 40) for name, path in paths.items()]
    for label, base, country in zip(("writing a declaration", "refreshing the board by it"), *costs, strict=True):
        measure_text = f"{country / base:.2f} ({1000 * base:.1f} and {1000 * country:.1f} ms)"
        verdict(f"{label}: at most {BAR} times", measure_text, country <= BAR * base)


if __name__ == "__main__":
    main()
