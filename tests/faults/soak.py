"""Open screens for a long time: the files, threads and memory of the server must not grow.

Each screen is a tab in which an action is done every few seconds, with the connection by which the server wakes it. Run:
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
)
from benchmarks.kit.client import Run, Tab
from tests.harness import Server

SCREENS = 50
PACE = 5.0
"""Seconds between two actions of one screen."""

MAX_GROWTH = {"memory": 0.05, "files": 0.02, "threads": 0.02}
"""How much each resource may grow after warm-up."""


async def open_sheet(tab: Tab, rng: Random) -> Run:
    """Search for words that match some structures, then open one of them."""
    await tab.change(tab.find("q"), pick_other(rng, ("paris", "hôpital"), tab, "q"))
    return await select_structure(tab, rng)


ACTIONS = {
    "departements": (filter_units, select_department, rerun, open_tab),
    "structures": (search_structures, open_sheet, rerun, open_tab),
    "mise-a-jour": (rerun, open_tab),
}
PAGES = ("departements", "departements", "structures", "mise-a-jour")
LIVE = '{"position": 0, "shows": ["*"]}'


@dataclass(frozen=True, slots=True)
class Resources:
    """Resources of a process at one moment, `at` seconds after the beginning; memory in MB."""

    at: float
    memory: float
    files: int
    threads: int

    @classmethod
    def by(cls, pid: int, at: float) -> "Resources":
        """Read the resources of a process from the kernel."""
        process = Path(f"/proc/{pid}")
        words = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
        files = len(list((process / "fd").iterdir()))
        return cls(at, int(words["VmRSS"].split()[0]) / 1024, files, int(words["Threads"]))


@dataclass
class Soak:
    """The result of a run: the resources over time, and the failures."""

    curve: list[Resources] = field(default_factory=list)
    actions: int = 0
    woken: int = 0
    failures: list[str] = field(default_factory=list)

    def after_warm_up(self) -> list[Resources]:
        """Return the curve without its first fifth."""
        return self.curve[len(self.curve) // 5 :]

    def growth(self, resource: str) -> float:
        """Return the growth from the first quarter after warm-up to the last one: 0 is flat, 0.05 is 5 % more.

        Memory is compared by its median; files and threads by their minimum, for those that a script opens are closed with it.
        """
        values = [getattr(sample, resource) for sample in self.after_warm_up()]
        quarter = max(len(values) // 4, 1)
        middle = statistics.median if resource == "memory" else min
        first, last = middle(values[:quarter]), middle(values[-quarter:])
        return float(last / first - 1)

    def is_judged(self, resource: str) -> bool:
        """Return whether the run was long enough: the thread of a script keeps an event loop and three files for minutes."""
        return self.curve[-1].at > {"memory": 600, "files": 150, "threads": 0}[resource]

    def holds(self) -> bool:
        """Return whether no resource grew and no action failed."""
        return not self.failures and all(
            self.growth(resource) <= most for resource, most in MAX_GROWTH.items() if self.is_judged(resource)
        )

    def report(self) -> str:
        """Format the curve in twenty lines, then the verdict."""
        lines = ["  seconds   memory MB   files   threads"]
        for sample in self.curve[:: max(len(self.curve) // 20, 1)]:
            lines.append(f"{sample.at:9.0f} {sample.memory:11.1f} {sample.files:7} {sample.threads:9}")
        for resource, most in MAX_GROWTH.items():
            verdict = ("yes" if self.growth(resource) <= most else "NO") if self.is_judged(resource) else "too short to say"
            lines.append(f"{resource}: {self.growth(resource):+.1%} after warm-up (at most {most:.0%}: {verdict})")
        lines.append(f"{self.actions} actions, {self.woken} wakings, {len(self.failures)} failures {self.failures[:3]}")
        return "\n".join(lines)


async def soak_server(server: Server, cookies: dict[str, list[str]], screens: int, seconds: float) -> Soak:
    """Use so many screens of a server for so many seconds, and measure its process."""
    soak, began = Soak(), time.monotonic()
    async with AsyncExitStack() as open_screens:
        tasks = []
        for number in range(screens):
            page = PAGES[number % len(PAGES)]
            cookie = cookies[page][number % len(cookies[page])]
            tab = await open_screens.enter_async_context(Tab(server.url, cookie))
            await tab.open(page)
            live = await open_screens.enter_async_context(_live(server, cookie))
            tasks.append(asyncio.create_task(_use(tab, page, Random(number), soak, began + seconds)))
            tasks.append(asyncio.create_task(_listen(live, soak)))
        while (at := time.monotonic() - began) < seconds:
            soak.curve.append(Resources.by(server.pid, at))
            await asyncio.sleep(min(seconds / 40, 10))
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    soak.failures += [repr(one) for one in ended if isinstance(one, Exception)]
    return soak


def _live(server: Server, cookie: str) -> connect:
    address = urlsplit(server.url).netloc
    return connect(f"ws://{address}/live", origin=Origin(server.url), additional_headers={"Cookie": cookie}, proxy=None)


async def _listen(live: ClientConnection, soak: Soak) -> None:
    await live.send(LIVE)
    async for _ in live:
        soak.woken += 1


async def _use(tab: Tab, page: str, rng: Random, soak: Soak, until: float) -> None:
    await asyncio.sleep(rng.uniform(0, PACE))
    while time.monotonic() < until:
        run = await rng.choice(ACTIONS[page])(tab, rng)
        soak.actions += 1
        if run.failure:
            soak.failures.append(f"{page}: {run.failure}")
        await asyncio.sleep(PACE)


def run(minutes: float, screens: int = SCREENS) -> Soak:
    """Start a server on a copy of the measured region, and soak it."""
    path = region.copy(region.seed(), "soak")
    readers = region.sign_in_many(path, "coordination", screens)
    managers = region.sign_in_many(path, "responsable", screens)
    cookies = {page: managers if page == "mise-a-jour" else readers for page in ACTIONS}
    secret = {"ROR_SECRET": os.environ["ROR_SECRET"]}
    with Server(path, demo=True, environment=secret) as server:
        return asyncio.run(soak_server(server, cookies, screens, minutes * 60))


if __name__ == "__main__":
    done = run(float(os.environ.get("ROR_SOAK_MINUTES", "30")), int(os.environ.get("ROR_SOAK_SCREENS", SCREENS)))
    sys.stdout.write(done.report() + "\n")
    sys.exit(0 if done.holds() else 1)
