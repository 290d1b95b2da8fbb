"""Many tabs at once: as fast as they can (closed loop), or one action every few seconds each (open screens)."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from benchmarks.kit.client import Run

Action = Callable[[Any, Random], Awaitable[Run]]
"""A user's gesture on an open tab, with a dice of its own: the same throws for every rival."""


@dataclass(slots=True)
class Sample:
    """What one action gave with so many sessions. Durations in seconds, memory in MB."""

    runs: list[Run] = field(default_factory=list)
    wall: float = 0.0
    memory: float = 0.0
    client: float = 0.0
    """Share of a core that the client itself used: near 1, its measures say more of it than of the server."""
    lateness: float = 0.0
    """Worst delay, in seconds, of the client in sending what was due when nothing but itself kept it: it was overloaded."""

    @property
    def rate(self) -> float:
        """Actions per second."""
        return len(self.runs) / self.wall

    @property
    def median(self) -> float:
        """Half of the actions took less."""
        return statistics.median(run.seconds for run in self.runs)

    @property
    def p95(self) -> float:
        """95 % of the actions took less."""
        times = sorted(run.seconds for run in self.runs)
        return times[min(len(times) - 1, int(0.95 * len(times)))]

    @property
    def kilobytes(self) -> float:
        """Received per action, in the mean."""
        return statistics.fmean(run.bytes for run in self.runs) / 1000

    @property
    def failures(self) -> list[str]:
        """What went wrong, each action that did."""
        return [run.failure for run in self.runs if run.failure]


_OVER = ("dropped", "no answer", "lost")
"""How the failures begin after which a tab is of no more use."""


async def _acted(action: Action, tab: Any, dice: Random) -> Run:
    """One gesture; one that the page has no widget for is a failure of the page."""
    try:
        return await action(tab, dice)
    except LookupError as error:
        return Run(failure=f"lost: {error}")


async def flat_out(tabs: Sequence[Any], action: Action, seconds: float, *, warm: bool = True) -> Sample:
    """Each tab repeats the action without a pause for so long, at least once; the first of each does not count if `warm`."""
    sample = Sample()
    dice = [Random(number) for number in range(len(tabs))]
    if warm:
        await asyncio.gather(*(_acted(action, tab, one) for tab, one in zip(tabs, dice, strict=True)))
    began, used = time.perf_counter(), time.process_time()

    async def user(tab: Any, one: Random) -> None:
        while time.perf_counter() - began < seconds:
            run = await _acted(action, tab, one)
            sample.runs.append(run)
            if run.failure.startswith(_OVER):
                return

    await asyncio.gather(*(user(tab, one) for tab, one in zip(tabs, dice, strict=True)))
    sample.wall = time.perf_counter() - began
    sample.client = (time.process_time() - used) / sample.wall
    return sample


async def paced(users: Sequence[tuple[Any, Sequence[Action]]], period: float, seconds: float) -> Sample:
    """Each tab acts every `period` seconds, out of step with the others, its actions one after the other in a circle.

    A duration counts from the moment the action was due: one that waits for the one before it waits too.
    """
    sample = Sample()
    began = time.perf_counter() + 0.2

    async def user(number: int, tab: Any, actions: Sequence[Action]) -> None:
        dice, due, turn = Random(number), began + period * number / len(users), number
        while due - began < seconds:
            wait = due - time.perf_counter()
            await asyncio.sleep(max(0.0, wait))
            late = time.perf_counter() - due
            run = await _acted(actions[turn % len(actions)], tab, dice)
            run.seconds += late
            sample.lateness = max(sample.lateness, late if wait > 0 else 0.0)
            sample.runs.append(run)
            if run.failure.startswith(_OVER):
                return
            due, turn = due + period, turn + 1

    await asyncio.gather(*(user(number, tab, actions) for number, (tab, actions) in enumerate(users)))
    sample.wall = time.perf_counter() - began
    return sample
