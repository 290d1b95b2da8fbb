"""Time from the release of a press on a need until its answers are painted, in a real Chromium, while a region is at work.

Meanwhile 99 other boards are open, which rerun as in a browser when the server wakes them, and another system declares a
unit each second. The clock is the browser's own: from the release to the second animation frame after the answers changed.

Run: PYTHONPATH=. python -m benchmarks.answers [--quick]
"""

import asyncio
import statistics
import sys
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
from playwright.sync_api import Page, sync_playwright

from benchmarks.kit import region
from benchmarks.kit.client import Tab
from benchmarks.screens import connect_live, send_event
from benchmarks.speed import Rival, product, spread, verdict
from ror.model.rights import Perimeter
from ror.model.tokens import TokenScope
from ror.services.accounts import tokens
from ror.store import registry
from ror.store.engine.database import Database
from scripts.browser import launch, new_context, settle

ANSWERS_MS = 300
"""The bar, for 95 answers of 100."""

NEEDS = ("Réanimation", "Psychiatrie adultes", "SMR", "Chirurgie")

_ARM = """
() => {
    const panel = document.querySelector('.st-key-board-panel');
    const read = () => [...panel.querySelectorAll('h2, .ror-row')].map((one) => one.textContent).join();
    const before = read();
    window.answered = new Promise((done) => addEventListener('pointerup', () => {
        const began = performance.now();
        const look = () => read() === before
            ? requestAnimationFrame(look)
            : requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - began)));
        look();
    }, { capture: true, once: true }));
}
"""


async def follow(tab: Tab) -> None:
    """Rerun an open board each time that the server wakes it, until cancelled."""
    async with await connect_live(tab) as socket:
        async for _ in socket:
            await send_event(tab, "changed")
            await socket.send(tab.find("live").data)


async def declare(url: str, token: str, units: list[str]) -> None:
    """Declare one unit each second, until cancelled."""
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}, trust_env=False) as client:
        for number in range(10**6):
            body = {"unit": units[number % len(units)], "counts": {"available": 0}, "source_type": "02"}
            response = await client.post("/api/v1/declarations", json=body)
            if response.is_error:
                raise SystemExit(f"declaration refused: {response.text}")
            await asyncio.sleep(1)


async def work(rival: Rival, count: int, token: str, units: list[str], ready: threading.Event, stop: threading.Event) -> None:
    """Hold so many boards and declare, from `ready` until `stop`."""
    async with AsyncExitStack() as stack:
        tabs = [await stack.enter_async_context(tab) for tab in rival.tabs("departements", count)]
        for tab in tabs:
            await tab.open("departements")
        tasks = [asyncio.create_task(follow(tab)) for tab in tabs]
        tasks.append(asyncio.create_task(declare(rival.server.url, token, units)))
        await asyncio.sleep(3)
        ready.set()
        while not stop.is_set():
            await asyncio.sleep(0.1)
            for task in tasks:
                if task.done():
                    task.result()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def declaring_system(path: Path) -> tuple[str, list[str]]:
    """Return the token of a system that declares, and its units; the server does not run yet."""
    database, now = Database(path), datetime.now(UTC)
    with database.reader() as cursor:
        structures = sorted(registry.structure_numbers(cursor))[:8]
        units = [unit.id for finess in structures for unit in registry.units_of(cursor, finess)]
    perimeter = Perimeter(structures=frozenset(structures))
    _, token = tokens.create_token(database, None, "Bed management", [TokenScope.DECLARE], perimeter, 1, now)
    database.checkpoint()
    database.close()
    return token, units


@contextmanager
def at_work(rival: Rival, count: int, token: str, units: list[str]) -> Iterator[None]:
    """Hold so many boards and declare, in a thread of its own, for as long as the block lasts."""
    ready, stop = threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(work(rival, count, token, units, ready, stop)), daemon=True)
    thread.start()
    if not ready.wait(120):
        raise SystemExit("the open boards could not be opened")
    yield
    if not thread.is_alive():
        raise SystemExit("the open boards were lost")
    stop.set()
    thread.join()


def open_board(page: Page, url: str, cookie: str) -> None:
    """Open the board near Melun for the session of a cookie."""
    name, _, value = cookie.partition("=")
    page.context.add_cookies([{"name": name, "value": value, "url": url}])
    page.goto(f"{url}/departements")
    settle(page)
    field = page.get_by_role("textbox", name="Chercher")
    field.fill("près de Melun")
    field.press("Enter")
    page.wait_for_url("**pres=**")
    settle(page)


def press(page: Page, need: str) -> float:
    """Return the milliseconds from the release of a press on a need to the answers painted."""
    # To look for a button among those of all answers takes the browser half a second.
    pill = page.locator(".st-key-besoin").get_by_role("button", name=need, exact=True)
    pill.hover()
    page.evaluate(_ARM)
    pill.click()
    milliseconds = float(page.evaluate("() => window.answered"))
    page.wait_for_timeout(1000)
    return milliseconds


def measure(page: Page, rounds: int) -> list[float]:
    """Return the times of presses that choose each need, then leave it, after a first round that does not count."""
    times = [press(page, need) for _ in range(rounds + 1) for need in NEEDS for _ in range(2)]
    return times[2 * len(NEEDS) :]


def main() -> None:
    """Print the times alone and while the region is at work, and the bar."""
    quick = "--quick" in sys.argv
    others, rounds = (5, 1) if quick else (99, 12)
    path = region.seed()
    rival = product(path, others + 1)
    token, units = declaring_system(rival.server.database)
    cookie = rival.cookies["coordination"].pop()
    with rival.server, sync_playwright() as playwright:
        browser = launch(playwright)
        page = new_context(browser, 1440, 900).new_page()
        open_board(page, rival.server.url, cookie)
        alone = measure(page, 1)
        with at_work(rival, others, token, units):
            busy = measure(page, rounds)
        browser.close()
    print(f"answers painted, ms, alone: {spread(alone)}; with {others} boards and a declaration each second: {spread(busy)}")
    p95 = sorted(busy)[min(len(busy) - 1, int(0.95 * len(busy)))]
    bar = (
        f"95 answers of 100 are painted within {ANSWERS_MS} ms of the release, {others} boards open, a declaration each second"
    )
    verdict(bar, f"{p95:.0f} ms, median {statistics.median(busy):.0f} ms", p95 <= ANSWERS_MS)


if __name__ == "__main__":
    main()
