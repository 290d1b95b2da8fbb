"""A hundred open screens of the product: at work, an action every five seconds each; and at rest, with their live socket."""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Any

from websockets.asyncio.client import connect

from benchmarks.kit import rivals
from benchmarks.kit.client import Tab
from benchmarks.kit.load import Sample, paced

SHARES = {"departements": 50, "structures": 25, "mise-a-jour": 25}
PERIOD, AT_WORK_SECONDS, AT_REST_SECONDS = 5.0, 40.0, 60.0
TICK_SECONDS = 60.0
"""How often an open page refreshes its ages: see `ror.web.live`."""


async def _opened(stack: AsyncExitStack, rival: rivals.Rival) -> list[tuple[Tab, str]]:
    """The screens, a few opened at a time, with their page."""
    screens = []
    for page, count in SHARES.items():
        for tab in rival.tabs(page, count):
            await stack.enter_async_context(tab)
            run = await tab.open(page)
            if run.failure:
                raise RuntimeError(f"{page}: {run.failure}")
            screens.append((tab, page))
    return screens


async def at_work(seeded: Path) -> Sample:
    """Half of the screens on départements, a quarter on each other page, each going round the gestures of its page."""
    rival = rivals.ours(seeded)
    gestures = {page: [one for name, one in rival.pages[page].items() if name != "open"] for page in SHARES}
    with rival.server:
        async with AsyncExitStack() as stack:
            users = [(tab, gestures[page]) for tab, page in await _opened(stack, rival)]
            await paced(users, PERIOD, PERIOD)
            return await paced(users, PERIOD, AT_WORK_SECONDS)


async def at_rest(seeded: Path) -> float:
    """Percent of a core that each idle screen costs the server, its live socket and its tick of each minute counted."""
    rival = rivals.ours(seeded)
    with rival.server:
        async with AsyncExitStack() as stack:
            screens = [tab for tab, _ in await _opened(stack, rival)]
            for tab in screens:
                await stack.enter_async_context(await _live(tab))
            await asyncio.sleep(2)
            cpu, began = rival.server.cpu_seconds(), time.perf_counter()
            ticks = [
                asyncio.create_task(_tick(tab, TICK_SECONDS * Random(number).random())) for number, tab in enumerate(screens)
            ]
            await asyncio.sleep(AT_REST_SECONDS - (time.perf_counter() - began))
            await asyncio.gather(*ticks)
            return 100 * (rival.server.cpu_seconds() - cpu) / (time.perf_counter() - began) / len(screens)


async def _live(tab: Tab) -> Any:
    """The page's own socket, told what the page shows."""
    address = tab.url.replace("http", "ws", 1) + "/live"
    cookie = {"Cookie": tab.cookie}
    socket = await connect(address, origin=tab.url, additional_headers=cookie, ping_interval=None, proxy=None)  # type: ignore[arg-type]
    await socket.send(tab.find("live").data)
    return socket


async def _tick(tab: Tab, after: float) -> None:
    """What the browser's clock makes the page do once a minute."""
    await asyncio.sleep(after)
    run = await tab.press(tab.find("live"), {"event": "tick", "value": int(1000 * time.time())})
    if run.failure:
        raise RuntimeError(f"{tab.page}: {run.failure}")
