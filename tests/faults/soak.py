"""Open screens for a long time: what the server's process holds must not grow.

Each screen is a tab that somebody uses every few seconds, and the connection by which the server wakes it. Run:
ROR_SOAK_MINUTES=30 PYTHONPATH=. python -m tests.faults.soak
"""

import asyncio
import os
import statistics
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from benchmarks.kit import region
from benchmarks.kit.actions import (
    filter_units,
    open_tab,
    pick_other,
    rerun,
    search_structures,
    select_department,
    select_structure,
    select_unit,
)
from benchmarks.kit.client import Run, Tab
from tests.harness import Server

SCREENS = 50
PACE = 5.0
"""Seconds between two gestures of one screen."""

MOST = {"memory": 0.05, "files": 0.02, "threads": 0.02}
"""How much each may grow after warm-up."""


async def sheet(tab: Tab, dice: Random) -> Run:
    """Return the page of a structure found by words that always match some."""
    await tab.change(tab.find("q"), pick_other(dice, ("paris", "hôpital"), tab, "q"))
    return await select_structure(tab, dice)


GESTURES = {
    "departements": (filter_units, select_department, rerun, open_tab),
    "structures": (search_structures, sheet, rerun, open_tab),
    "mise-a-jour": (select_unit, rerun, open_tab),
}
PAGES = ("departements", "departements", "structures", "mise-a-jour")
LIVE = '{"position": 0, "shows": ["*"]}'


@dataclass(frozen=True, slots=True)
class Held:
    """Resources of a process at one moment, `at` seconds after the beginning; memory in MB."""

    at: float
    memory: float
    files: int
    threads: int

    @classmethod
    def by(cls, pid: int, at: float) -> "Held":
        """Read from the kernel."""
        process = Path(f"/proc/{pid}")
        words = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
        files = len(list((process / "fd").iterdir()))
        return cls(at, int(words["VmRSS"].split()[0]) / 1024, files, int(words["Threads"]))


@dataclass
class Soak:
    """The curve, and what went wrong."""

    curve: list[Held] = field(default_factory=list)
    gestures: int = 0
    woken: int = 0
    failures: list[str] = field(default_factory=list)

    def after_warm_up(self) -> list[Held]:
        """The curve without its first fifth."""
        return self.curve[len(self.curve) // 5 :]

    def growth(self, what: str) -> float:
        """Of the last quarter over the first one after warm-up: 0 is flat, 0.05 is 5 % more.

        Memory by its median; files and threads by their least, for those of a script end with it.
        """
        values = [getattr(held, what) for held in self.after_warm_up()]
        quarter = max(len(values) // 4, 1)
        middle = statistics.median if what == "memory" else min
        first, last = middle(values[:quarter]), middle(values[-quarter:])
        return float(last / first - 1)

    def judged(self, what: str) -> bool:
        """Each thread of a script keeps its event loop, three files, and the first minutes are all warm-up."""
        return self.curve[-1].at > {"memory": 600, "files": 150, "threads": 0}[what]

    def holds(self) -> bool:
        """Return True when nothing grew and nothing failed."""
        return not self.failures and all(self.growth(what) <= most for what, most in MOST.items() if self.judged(what))

    def report(self) -> str:
        """The curve in twenty lines, then the verdict."""
        lines = ["  seconds   memory MB   files   threads"]
        for held in self.curve[:: max(len(self.curve) // 20, 1)]:
            lines.append(f"{held.at:9.0f} {held.memory:11.1f} {held.files:7} {held.threads:9}")
        for what, most in MOST.items():
            verdict = ("yes" if self.growth(what) <= most else "NO") if self.judged(what) else "too short to say"
            lines.append(f"{what}: {self.growth(what):+.1%} after warm-up (at most {most:.0%}: {verdict})")
        lines.append(f"{self.gestures} gestures, {self.woken} wakings, {len(self.failures)} failures {self.failures[:3]}")
        return "\n".join(lines)


async def soaked(server: Server, cookies: dict[str, list[str]], screens: int, seconds: float) -> Soak:
    """Use so many screens for so long."""
    soak, began = Soak(), time.monotonic()
    async with AsyncExitStack() as open_screens:
        used = []
        for number in range(screens):
            page = PAGES[number % len(PAGES)]
            cookie = cookies[page][number % len(cookies[page])]
            tab = await open_screens.enter_async_context(Tab(server.url, cookie))
            await tab.open(page)
            live = await open_screens.enter_async_context(_live(server, cookie))
            used.append(asyncio.create_task(_use(tab, page, Random(number), soak, began + seconds)))
            used.append(asyncio.create_task(_listen(live, soak)))
        while (at := time.monotonic() - began) < seconds:
            soak.curve.append(Held.by(server.pid, at))
            await asyncio.sleep(min(seconds / 40, 10))
        for task in used:
            task.cancel()
        ended = await asyncio.gather(*used, return_exceptions=True)
    soak.failures += [repr(one) for one in ended if isinstance(one, Exception)]
    return soak


def _live(server: Server, cookie: str) -> connect:
    address = urlsplit(server.url).netloc
    return connect(f"ws://{address}/live", origin=Origin(server.url), additional_headers={"Cookie": cookie}, proxy=None)


async def _listen(live: ClientConnection, soak: Soak) -> None:
    await live.send(LIVE)
    async for _ in live:
        soak.woken += 1


async def _use(tab: Tab, page: str, dice: Random, soak: Soak, until: float) -> None:
    await asyncio.sleep(dice.uniform(0, PACE))
    while time.monotonic() < until:
        run = await dice.choice(GESTURES[page])(tab, dice)
        soak.gestures += 1
        if run.failure:
            soak.failures.append(f"{page}: {run.failure}")
        await asyncio.sleep(PACE)


def run(minutes: float, screens: int = SCREENS) -> Soak:
    """A server on a copy of the measured region, soaked."""
    path = region.copy(region.seed(), "soak")
    readers = region.sign_in_many(path, "coordination", screens)
    managers = region.sign_in_many(path, "responsable", screens)
    cookies = {page: managers if page == "mise-a-jour" else readers for page in GESTURES}
    secret = {"ROR_SECRET": os.environ["ROR_SECRET"]}
    with Server(path, demo=True, environment=secret) as server:
        return asyncio.run(soaked(server, cookies, screens, minutes * 60))


if __name__ == "__main__":
    done = run(float(os.environ.get("ROR_SOAK_MINUTES", "30")), int(os.environ.get("ROR_SOAK_SCREENS", SCREENS)))
    sys.stdout.write(done.report() + "\n")
    sys.exit(0 if done.holds() else 1)
