"""The table: each rival against the floor, run by run, as the median of the ratios and their spread."""

import statistics
from collections.abc import Callable, Sequence

from benchmarks.kit.load import Sample
from benchmarks.kit.measure import Results

Key = tuple[str, str, int, str]


def ratios(runs: Sequence[Results], key: Key, what: Callable[[Sample], float]) -> list[float]:
    """In each run, this rival's figure over the floor's with as many sessions."""
    _, _, count, gesture = key
    floor = "open" if gesture == "open" else "whole"
    pairs = [(run.get(key), run.get(("floor", "", count, floor))) for run in runs]
    return [what(mine) / what(base) for mine, base in pairs if mine and base and what(base)]


def spread(values: Sequence[float], unit: str = "") -> str:
    """« median (least to most) », in two figures."""
    if not values:
        return "-"
    middle, least, most = (f"{_short(value)}{unit}" for value in (statistics.median(values), min(values), max(values)))
    return middle if len(values) == 1 else f"{middle} ({least} to {most})"


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 20 else f"{value:.1f}" if value >= 2 else f"{value:.2f}"


def percent(values: Sequence[float]) -> list[float]:
    """Ratios as percentages."""
    return [100 * value for value in values]


def table(runs: Sequence[Results], absolute: bool) -> None:
    """One line per page, number of sessions, gesture and rival. `absolute` adds this machine's own figures."""
    heads = [
        "page",
        "sessions",
        "gesture",
        "rival",
        "reruns/s ÷ floor",
        "median ÷ floor",
        "p95 ÷ floor",
        "kB",
        "MB/session",
        "failed",
    ]
    heads += ["reruns/s", "median ms", "p95 ms"] if absolute else []
    lines = [heads]
    keys = {key: None for run in runs for key in run}
    order = {name: rank for rank, name in enumerate(("open", "whole", "filter", "select", "back"))}
    for key in sorted(keys, key=lambda key: (key[1], key[2], order[key[3]])):
        samples = [run[key] for run in runs if key in run]
        cells = [key[1] or "-", str(key[2]), key[3], key[0]]
        cells.append(spread(percent(ratios(runs, key, lambda one: one.rate)), " %"))
        cells += [spread(ratios(runs, key, what)) for what in (lambda one: one.median, lambda one: one.p95)]
        cells.append(_short(statistics.median(one.kilobytes for one in samples)))
        memory = max(one.memory for one in samples)
        cells.append(f"{memory:.2f}" if memory > 0 and key[2] > 1 else "-")
        cells.append(str(sum(len(one.failures) for one in samples)))
        if absolute:
            cells += [f"{statistics.median(one.rate for one in samples):.1f}"]
            cells += [f"{1000 * statistics.median(map(what, samples)):.1f}" for what in (lambda s: s.median, lambda s: s.p95)]
        lines.append(cells)
    _print(lines)


def client_share(runs: Sequence[Results]) -> str:
    """How much of a core the client took at most, and where."""
    share, key = max((sample.client, key) for run in runs for key, sample in run.items())
    return f"The client itself used at most {100 * share:.0f} % of a core ({key[0]}, {key[2]} sessions, {key[3]})."


def _print(lines: Sequence[Sequence[str]]) -> None:
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def failures(runs: Sequence[Results]) -> list[str]:
    """The first words of each kind of failure, with how many there were."""
    counted: dict[str, int] = {}
    for run in runs:
        for key, sample in run.items():
            for failure in sample.failures:
                line = f"{key[0]} {key[1]} {key[3]}: {failure[:160]}"
                counted[line] = counted.get(line, 0) + 1
    return [f"{count} x {line}" for line, count in counted.items()]
