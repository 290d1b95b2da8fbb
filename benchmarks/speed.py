"""Cost of the pages beside three rivals on one machine: ratios with their spread, no absolute claim.

The rivals: (floor) a bare Streamlit page of one title and one slider under the same server with the same settings;
(naive) the board of the départements written the plain way, under `streamlit run` with default settings; (dash) that board in
Dash under gunicorn. All read copies of one region (1,875 units, one year). The client is the same for the three Streamlit
rivals, speaks Streamlit's own protocol as the browser does, and shares the machine with the server that it measures. Leave
the machine to it: another program slows one rival and not the next. The rivals have no sign-in and no live screens, which is
in their favour.

Run: make bench, or for a developer in half a minute:
PYTHONPATH=. python -m benchmarks.speed --quick --only ours,floor --page departements
"""

import argparse
import asyncio
import gc
import statistics
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.kit import actions, dash_client, region, servers
from benchmarks.kit.client import Tab
from benchmarks.kit.load import Action, Sample, flat_out

NAMES = ("floor", "ours", "naive", "dash")
Key = tuple[str, str, int, str]
"""Rival, page, sessions and action."""

Results = dict[Key, Sample]


@dataclass(slots=True)
class Rival:
    """A server, the actions of each of its pages, the cookies of signed-in sessions by login, and the kind of its tabs."""

    name: str
    server: servers.Measured
    pages: dict[str, dict[str, Action]]
    cookies: dict[str, list[str]] = field(default_factory=dict)
    tab: Callable[[str, str], Any] = Tab

    def tabs(self, page: str, count: int) -> list[Any]:
        """Return so many tabs, each with a session of its own; not connected yet."""
        cookies = self.cookies.get(actions.LOGINS.get(page, ""), [""] * count)
        return [self.tab(self.server.url, cookie) for cookie in cookies[:count]]


def product(path: Path, sessions: int, name: str = "ours") -> Rival:
    """Return the product on a copy of this database, with so many sessions of each login."""
    copy = region.copy(path, name)
    return Rival(name, servers.Measured(copy, demo=True), actions.PRODUCT, region.sign_in_everybody(copy, sessions))


def rival(name: str, path: Path, sessions: int) -> Rival:
    """Return the rival of this name, on a copy of this database."""
    if name == "ours":
        return product(path, sessions)
    if name == "floor":
        return Rival(name, servers.Floor(), actions.FLOOR)
    copy = region.copy(path, name)
    environment = {"BENCH_DATABASE": str(copy)}
    if name == "naive":
        return Rival(name, servers.Naive(copy, environment=environment), {"departements": actions.BOARD})
    servers.install_dash()
    server = servers.Dash(copy, environment=environment)
    return Rival(name, server, {"departements": dash_client.BOARD}, tab=dash_client.DashTab)


async def measure(rival: Rival, pages: Sequence[str], sessions: Sequence[int], seconds: float) -> Results:
    """Measure every action of these pages with each number of sessions; the rival's server runs."""
    results: Results = {}
    for page in [page for page in rival.pages if page in ("", *pages)]:
        for count in sessions:
            async with AsyncExitStack() as stack:
                tabs = [await stack.enter_async_context(tab) for tab in rival.tabs(page, count)]
                opened = await asyncio.gather(*(tab.open(page) for tab in tabs))
                if failures := {run.failure for run in opened if run.failure}:
                    raise SystemExit(f"{rival.name}, {page}: {failures}")
                gc.collect()
                for name, action in rival.pages[page].items():
                    results[rival.name, page, count, name] = await flat_out(tabs, action, seconds)
    return results


def ratios(runs: Sequence[Results], key: Key, figure: Callable[[Sample], float]) -> list[float]:
    """Return in each run this rival's figure over the floor's with as many sessions."""
    base = ("floor", "", key[2], "open" if key[3] == "open" else "whole")
    return [figure(run[key]) / figure(run[base]) for run in runs if key in run and base in run]


def spread(values: Sequence[float], unit: str = "") -> str:
    """Return « median (least to most) », in two figures."""
    texts = [f"{value:.{0 if value >= 20 else 1 if value >= 2 else 2}f}{unit}" for value in sorted(values)]
    if len(texts) < 2:
        return texts[0] if texts else "-"
    median = statistics.median_low(range(len(texts)))
    return f"{texts[median]} ({texts[0]} to {texts[-1]})"


def verdict(bar: str, measure: str, holds: bool) -> None:
    """Print whether the product holds to a bar."""
    print(f"{'yes' if holds else 'NO ':3}  {bar}: {measure}")


def print_table(runs: Sequence[Results]) -> None:
    """Print a line for each page, number of sessions, action and rival; then the failures."""
    line = "{:<13} {:>8}  {:<7} {:<6} {:<22} {:<20} {:<20} {:>6} {:>7}  {}".format
    heads = ("page", "sessions", "action", "rival", "actions/s ÷ floor", "median ÷ floor", "p95 ÷ floor", "kB", "ms", "failed")
    print(line(*heads))
    for key in sorted({key for run in runs for key in run}, key=lambda key: (key[1], key[2], key[3])):
        samples = [run[key] for run in runs if key in run]
        failures = [failure for sample in samples for failure in sample.failures]
        rates = [100 * ratio for ratio in ratios(runs, key, lambda sample: sample.rate)]
        times = [spread(ratios(runs, key, figure)) for figure in (lambda one: one.median, lambda one: one.p95)]
        size = statistics.fmean(run.bytes for sample in samples for run in sample.runs) / 1000
        median = 1000 * statistics.median(sample.median for sample in samples)
        words = (spread(rates, " %"), *times, f"{size:.1f}", f"{median:.1f}", len(failures))
        print(line(key[1] or "-", key[2], key[3], key[0], *words))
        for failure in sorted(set(failures)):
            print(f"     {failures.count(failure)} x {failure[:160]}")
    share, key = max((sample.client, key) for run in runs for key, sample in run.items())
    print(f"The client itself used at most {100 * share:.0f} % of a core ({key[0]}, {key[2]} sessions, {key[3]}).\n")


def print_bars(runs: Sequence[Results]) -> None:
    """Print the bars for the page of départements, each by the median of the runs."""
    page = "departements"
    for action, least in (("whole", 25.0), ("select", 40.0), ("filter", 40.0)):
        if values := [100 * ratio for ratio in ratios(runs, ("ours", page, 20, action), lambda sample: sample.rate)]:
            bar = f"{page}, 20 sessions, {action}: at least {least:.0f} % of the floor's reruns a second"
            verdict(bar, spread(values, " %"), statistics.median(values) >= least)
    if values := ratios(runs, ("ours", page, 1, "whole"), lambda sample: sample.median):
        verdict(f"{page}, alone, whole: at most 3 times the floor's median", spread(values), statistics.median(values) <= 3)


def main() -> None:
    """Measure the rivals in turn, some times, then print the table and the bars."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one short run")
    parser.add_argument("--only", default=",".join(NAMES), help="the rivals, by commas")
    parser.add_argument("--page", default=",".join(actions.PRODUCT), help="the pages, by commas")
    parser.add_argument("--sessions", default="1,20", help="how many at once, by commas")
    parser.add_argument("--seconds", type=float, help="how long each action is repeated")
    chosen = parser.parse_args()
    sessions = [int(count) for count in chosen.sessions.split(",")]
    path, runs = region.seed(), [Results() for _ in range(1 if chosen.quick else 2)]
    for number, results in enumerate(runs, start=1):
        for name in chosen.only.split(","):
            print(f"run {number} of {len(runs)}: {name}", flush=True)
            measured = rival(name, path, max(sessions))
            with measured.server:
                seconds = chosen.seconds or (0.3 if chosen.quick else 1)
                results |= asyncio.run(measure(measured, chosen.page.split(","), sessions, seconds))
    print_table(runs)
    print_bars(runs)


if __name__ == "__main__":
    main()
