"""Open screens of the product: in use, with an action of each every five seconds, then idle, with their live connections.

Run: PYTHONPATH=. python -m benchmarks.screens [--quick]
"""

import asyncio
import sys
import time
from contextlib import AsyncExitStack
from random import Random
from typing import Any

from websockets.asyncio.client import connect

from benchmarks.kit import region
from benchmarks.kit.client import Tab
from benchmarks.kit.load import Sample, paced
from benchmarks.speed import Rival, product, verdict

TICK_SECONDS = 60.0
"""How often an open page refreshes its ages: see `ror.web.live`."""


async def _open_screens(stack: AsyncExitStack, rival: Rival, count: int) -> list[Tab]:
    """Open half of the screens on the départements and a quarter on each other page, in turn."""
    screens: list[Tab] = []
    for page, share in (("departements", count // 2), ("structures", count // 4), ("mise-a-jour", count // 4)):
        for tab in rival.tabs(page, share):
            screens.append(await stack.enter_async_context(tab))
            run = await tab.open(page)
            if run.failure:
                raise SystemExit(f"{page}: {run.failure}")
    return screens


async def use_screens(rival: Rival, count: int, period: float, seconds: float) -> Sample:
    """Have each screen do the actions of its page in turn; returns those after the first round."""
    async with AsyncExitStack() as stack:
        screens = await _open_screens(stack, rival, count)
        users = [(tab, [act for name, act in rival.pages[tab.page].items() if name != "open"]) for tab in screens]
        await paced(users, period, period)
        return await paced(users, period, seconds)


async def leave_screens(rival: Rival, count: int, seconds: float) -> float:
    """Return the percentage of a core that each idle screen costs, its live socket and its tick of each minute included."""
    async with AsyncExitStack() as stack:
        screens = await _open_screens(stack, rival, count)
        for tab in screens:
            await stack.enter_async_context(await connect_live(tab))
        await asyncio.sleep(2)
        used, began = rival.server.cpu_seconds(), time.perf_counter()
        delays = [TICK_SECONDS * Random(number).random() for number in range(len(screens))]
        await asyncio.gather(
            asyncio.sleep(seconds),
            *(_tick(tab, delay) for tab, delay in zip(screens, delays, strict=True) if delay < seconds),
        )
        return 100 * (rival.server.cpu_seconds() - used) / (time.perf_counter() - began) / len(screens)


async def connect_live(tab: Tab) -> Any:
    """Open the socket by which the server wakes the page, and send it what the page shows."""
    address = tab.url.replace("http", "ws", 1) + "/live"
    cookie = {"Cookie": tab.cookie}
    socket = await connect(address, origin=tab.url, additional_headers=cookie, ping_interval=None, proxy=None)  # type: ignore[arg-type]
    await socket.send(tab.find("live").data)
    return socket


async def _tick(tab: Tab, delay: float) -> None:
    """Refresh the ages of a page, as its clock does once a minute."""
    await asyncio.sleep(delay)
    await send_event(tab, "tick")


async def send_event(tab: Tab, event: str) -> None:
    """Rerun what the live component reruns: a « tick » of its clock, or data that « changed »."""
    run = await tab.press(tab.find("live"), {"event": event, "value": int(1000 * time.time())})
    if run.failure:
        raise SystemExit(f"{tab.page}: {run.failure}")


def main() -> None:
    """Print the two bars."""
    quick = "--quick" in sys.argv
    count, period, seconds = (4, 1, 2) if quick else (100, 5, 30)
    rival = product(region.seed(), count)
    with rival.server:
        sample = asyncio.run(use_screens(rival, count, period, seconds))
        share = asyncio.run(leave_screens(rival, count, seconds))
    failures = sample.failures
    late = f"the client was at most {1000 * sample.lateness:.0f} ms late"
    measure = f"p95 {1000 * sample.p95:.0f} ms, {len(failures)} failed of {len(sample.runs)} ({late})"
    bar = f"{count} open screens, an action every {period} s each: p95 under 250 ms and no failure"
    verdict(bar, measure, sample.p95 < 0.25 and not failures)
    for failure in sorted(set(failures)):
        print(f"     {failure[:160]}")
    verdict("an idle open page: under 0.1 % of a core, its tick of each minute included", f"{share:.3f} %", share < 0.1)


if __name__ == "__main__":
    main()
