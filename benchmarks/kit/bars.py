"""The bars that the product is held to, each with the measure and yes or no."""

import asyncio
import statistics
from collections.abc import Sequence
from pathlib import Path

from benchmarks.kit import report
from benchmarks.kit.measure import Results


def said(bar: str, measure: str, held: bool) -> None:
    """One line."""
    print(f"{'yes' if held else 'NO ':3}  {bar}: {measure}")


def of_ratios(runs: Sequence[Results]) -> None:
    """Those that come out of the table, for the page of départements; each by the median of the runs."""
    page = "departements"
    for count, gesture, least in ((20, "whole", 25.0), (20, "select", 40.0), (20, "filter", 40.0)):
        values = report.percent(report.ratios(runs, ("ours", page, count, gesture), lambda one: one.rate))
        if values:
            words = f"{page}, {count} sessions, {gesture}: at least {least:.0f} % of the floor's reruns per second"
            said(words, report.spread(values, " %"), statistics.median(values) >= least)
    values = report.ratios(runs, ("ours", page, 1, "whole"), lambda one: one.median)
    if values:
        said(f"{page}, alone, whole: at most 3 times the floor's median", report.spread(values), statistics.median(values) <= 3)


def slow(seeded: Path, wanted: Sequence[str]) -> None:
    """Those that need a browser or minutes: load (first load), paced (open screens at work), idle (open screens at rest)."""
    if "load" in wanted:
        from benchmarks.kit.browser import first_loads

        values = first_loads(seeded)
        words = "first load of departements in a Chromium: at most 1.2 times that of one chart and one table"
        said(words, report.spread(values), statistics.median(values) <= 1.2)
    if "paced" in wanted:
        from benchmarks.kit.screens import at_work

        sample = asyncio.run(at_work(seeded))
        measure = f"p95 {1000 * sample.p95:.0f} ms, {len(sample.failures)} failed of {len(sample.runs)}"
        measure += f" (the client was at most {1000 * sample.lateness:.0f} ms late)"
        said(
            "100 open screens, an action every 5 s each: p95 under 250 ms and nothing dropped",
            measure,
            sample.p95 < 0.25 and not sample.failures,
        )
        for failure in sorted(set(sample.failures)):
            print(f"     {failure[:160]}")
    if "idle" in wanted:
        from benchmarks.kit.screens import at_rest

        share = asyncio.run(at_rest(seeded))
        said("an idle open page: under 0.1 % of a core, its tick of each minute counted", f"{share:.3f} %", share < 0.1)
