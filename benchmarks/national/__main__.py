"""What the pages cost over the whole country, against the same pages over a region, in one run on the machine at hand.

The country: 101 départements, 150,000 units, 20 million declarations, made once by `python -m ror demo --scale national`
(five minutes) and kept beside the region. Each round measures the one, then the other: the ratios come from neighbours in
time. The client is that of `benchmarks/speed.py`.

Run: make bench-national, or for a developer: PYTHONPATH=. python -m benchmarks.national --quick
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.kit import gestures, region, report, servers
from benchmarks.kit.bars import said
from benchmarks.kit.client import Tab
from benchmarks.kit.measure import Results, measure
from benchmarks.kit.rivals import LOGINS, Rival
from benchmarks.national.history import declared, scanned

SCALES = ("region", "national")
BAR = 1.5
MOST_TABS = 20


@dataclass(slots=True)
class Round:
    """What one round gave at one scale: seconds until the server answers, until its first page is drawn; MB."""

    answers: float
    drawn: float
    memory: float = 0.0
    results: Results = field(default_factory=dict)


def made(scale: str) -> Path:
    """The database of this scale, made once and brought to the present hour."""
    path = region.FOLDER / f"{scale}.duckdb"
    print(f"making {path}, or what it missed", flush=True)
    command = [sys.executable, "-m", "ror", "demo", "--scale", scale]
    subprocess.run(command, check=True, env={**os.environ, "ROR_DATABASE": str(path)})
    return path


async def _round(scale: str, copy: Path, pages: list[str], sessions: list[int], seconds: float) -> Round:
    cookies = {login: region.signed_in(copy, login, MOST_TABS) for login in set(LOGINS.values())}
    server = servers.Ours(copy, demo=True)
    began = time.perf_counter()
    with server:
        answers = time.perf_counter() - began
        async with Tab(server.url, cookies[LOGINS[pages[0]]][0]) as tab:
            run = await tab.open(pages[0])
        if run.failure:
            raise SystemExit(f"{scale}: {pages[0]}: {run.failure}")
        told = Round(answers, time.perf_counter() - began)
        told.results = await measure(Rival(scale, server, gestures.OURS, cookies), pages, sessions, seconds)
        told.memory = server.megabytes()
    return told


def compared(rounds: dict[str, list[Round]]) -> None:
    """A line a gesture: the country's median over the region's, round by round; then the bar."""
    keys = {key[1:]: None for one in rounds["region"] for key in one.results}
    worst: dict[tuple[str, int, str], float] = {}
    print(f"{'page':<14}{'sessions':>9}  {'gesture':<8}  country ÷ region (least to most)   ms, region and country")
    for page, count, gesture in keys:
        pairs = [
            [told.results[told_scale, page, count, gesture] for told_scale, told in zip(SCALES, both, strict=True)]
            for both in zip(*(rounds[scale] for scale in SCALES), strict=True)
        ]
        ratios = [country.median / region_.median for region_, country in pairs]
        worst[page, count, gesture] = statistics.median(ratios)
        small, large = (
            1000 * statistics.median(column) for column in zip(*([s.median for s in p] for p in pairs), strict=True)
        )
        failed = sum(len(sample.failures) for pair in pairs for sample in pair)
        words = f"{page:<14}{count:>9}  {gesture:<8}  {report.spread(ratios):<33}  {small:.1f} and {large:.1f}"
        print(words + (f"   {failed} FAILED" if failed else ""))
    print()
    key, most = max(worst.items(), key=lambda item: item[1])
    said(
        f"every gesture at most {BAR} times what it costs over the region",
        f"most {most:.2f} ({' '.join(map(str, key))})",
        most <= BAR,
    )


def main() -> None:
    """Make both, measure in turn, then what a declaration costs and what the pages read of the history."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--page", default=",".join(gestures.PAGES), help="the pages, by commas")
    parser.add_argument("--sessions", default="1,20", help="how many at once, by commas")
    chosen = parser.parse_args()
    pages, sessions = chosen.page.split(","), [int(one) for one in chosen.sessions.split(",")]
    paths = {scale: made(scale) for scale in SCALES}
    rounds: dict[str, list[Round]] = {scale: [] for scale in SCALES}
    for number in range(1 if chosen.quick else 3):
        for scale in SCALES:
            print(f"round {number + 1}: {scale}", flush=True)
            copy = region.copied(paths[scale], f"bench-{scale}")
            rounds[scale].append(asyncio.run(_round(scale, copy, pages, sessions, 1.0 if chosen.quick else 3.0)))
    print()
    compared(rounds)
    for scale in SCALES:
        answers, drawn, memory = (report.spread([getattr(one, name) for one in rounds[scale]]) for name in Round.__slots__[:3])
        print(f"     {scale}: the server answers after {answers} s, its first page after {drawn} s; {memory} MB at the end")
    costs = {scale: declared(region.copied(paths[scale], f"bench-{scale}")) for scale in SCALES}
    for rank, what in enumerate(("writing a declaration", "refreshing the board by it")):
        small, large = (costs[scale][rank] for scale in SCALES)
        said(
            f"{what}: at most {BAR} times",
            f"{large / small:.2f} ({1000 * small:.1f} and {1000 * large:.1f} ms)",
            large <= BAR * small,
        )
    total, most, statement = asyncio.run(scanned(region.copied(paths["national"], "bench-national"), pages))
    words = f"at most {most:,} of {total:,} events by one statement" + (f" ({statement[:90]})" if most else "")
    said("no page reads the history", words, most < total / 100)


if __name__ == "__main__":
    main()
