"""One run of the measures: each rival in turn on this machine, each page, each number of sessions, each gesture."""

import asyncio
import gc
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

from benchmarks.kit.load import Action, Sample, flat_out
from benchmarks.kit.rivals import Rival

Results = dict[tuple[str, str, int, str], Sample]
"""By rival, page, sessions and gesture."""

CROWD = 100
CROWD_GESTURES = ("whole",)
"""With so many sessions, the gestures that are measured: the slow rivals take half a minute for one by each."""


async def measure(rival: Rival, pages: Sequence[str], sessions: Sequence[int], seconds: float) -> Results:
    """Every page of the rival; its server runs."""
    results: Results = {}
    for page, gestures in rival.pages.items():
        if page and page not in pages:
            continue
        for count in sessions:
            names = [name for name in gestures if name != "open" and (count < CROWD or name in CROWD_GESTURES)]
            if not names:
                continue
            before = rival.server.megabytes()
            async with AsyncExitStack() as stack:
                tabs = [await stack.enter_async_context(tab) for tab in rival.tabs(page, count)]
                for name in names:
                    sample = await _one(tabs, page, gestures[name], seconds, fresh=name in ("whole", "select"))
                    sample.memory = (rival.server.megabytes() - before) / count
                    results[rival.name, page, count, name] = sample
        # Last: the tabs that were closed stay in the server's memory for a while.
        for count in [count for count in sessions if count < CROWD]:
            tabs = list(rival.tabs(page, count))
            for tab in tabs:
                tab.page = page
            results[rival.name, page, count, "open"] = await flat_out(tabs, gestures["open"], seconds)
    return results


async def _one(tabs: Sequence[Any], page: str, gesture: Action, seconds: float, *, fresh: bool) -> Sample:
    """One gesture on all the tabs, after the page was opened in each if `fresh`."""
    opened = await asyncio.gather(*(tab.open(page) for tab in tabs)) if fresh else []
    if failed := [run for run in opened if run.failure]:
        return Sample(failed, wall=seconds)
    gc.collect()
    return await flat_out(tabs, gesture, seconds, warm=len(tabs) < CROWD)
