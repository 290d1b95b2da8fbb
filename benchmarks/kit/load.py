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
"""An action of a user on an open tab, with random numbers of its own: the same ones for every rival."""

_LOST = ("dropped", "no answer", "lost")
"""Beginnings of the failures after which a tab cannot be used any more."""


@dataclass(slots=True)
class Sample:
    """Runs of one action with some number of sessions, and how long (seconds) they took together.

    `client` is the share of a core that the client itself used: near 1, the measures are more of it than of the server.
    `lateness` is the longest (seconds) that an idle client was late in sending an action.
    """

    runs: list[Run] = field(default_factory=list)
    wall: float = 0.0
    client: float = 0.0
    lateness: float = 0.0

    @property
    def rate(self) -> float:
        """Return actions per second."""
        return len(self.runs) / self.wall

    @property
    def median(self) -> float:
        """Return the median duration in seconds."""
        return statistics.median(run.seconds for run in self.runs)

    @property
    def p95(self) -> float:
        """Return the duration in seconds that 95 % of the actions do not exceed."""
        times = sorted(run.seconds for run in self.runs)
        return times[min(len(times) - 1, int(0.95 * len(times)))]

    @property
    def failures(self) -> list[str]:
        """Return the failure of each action that failed."""
        return [run.failure for run in self.runs if run.failure]


async def _run(action: Action, tab: Any, rng: Random) -> Run:
    """Run one action; a missing widget is a failure of the page."""
    try:
        return await action(tab, rng)
    except LookupError as error:
        return Run(failure=f"lost: {error}")


async def flat_out(tabs: Sequence[Any], action: Action, seconds: float) -> Sample:
    """Repeat the action in each tab without a pause for these seconds, at least once; a first action of each is not counted."""
    sample = Sample()
    rng = [Random(number) for number in range(len(tabs))]
    await asyncio.gather(*(_run(action, *user) for user in zip(tabs, rng, strict=True)))
    began, used = time.perf_counter(), time.process_time()

    async def user(tab: Any, rng: Random) -> None:
        while True:
            run = await _run(action, tab, rng)
            sample.runs.append(run)
            if run.failure.startswith(_LOST) or time.perf_counter() - began >= seconds:
                return

    await asyncio.gather(*(user(*pair) for pair in zip(tabs, rng, strict=True)))
    sample.wall = time.perf_counter() - began
    sample.client = (time.process_time() - used) / sample.wall
    return sample


async def paced(users: Sequence[tuple[Any, Sequence[Action]]], period: float, seconds: float) -> Sample:
    """Run an action in each tab every `period` seconds, out of step with the others, its actions in turn.

    A duration counts from the moment the action was due: an action that waits for the one before it waits too.
    """
    sample = Sample()
    began = time.perf_counter() + 0.2

    async def user(number: int, tab: Any, actions: Sequence[Action]) -> None:
        rng, due, turn = Random(number), began + period * number / len(users), number
        while due - began < seconds:
            wait = due - time.perf_counter()
            await asyncio.sleep(max(0.0, wait))
            late = time.perf_counter() - due
            run = await _run(actions[turn % len(actions)], tab, rng)
            run.seconds += late
            sample.lateness = max(sample.lateness, late if wait > 0 else 0.0)
            sample.runs.append(run)
            if run.failure.startswith(_LOST):
                return
            due, turn = due + period, turn + 1

    await asyncio.gather(*(user(number, *pair) for number, pair in enumerate(users)))
    sample.wall = time.perf_counter() - began
    return sample
