"""Cost of refusing a hostile file, against reading an honest one of the same kind in the same run.

Run: PYTHONPATH=. python -m benchmarks.hostile_files [--quick]. A process of its own reads each file some times, and its memory
is measured; the last column is its time over that of the honest file. --quick: two small files of one reader, once each.
"""

import io
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from xlsxwriter import Workbook

from tests.attacks.cost import TITLES, Cost, costs
from tests.attacks.hostile_files import texts, workbooks

LINES = 5_000
"""Lines of the honest files: a large region has as many units."""

CELLS = {
    "units": lambda n: ("990000018", f"Unité fictive {n}", "16"),
    "declarations": lambda n: (f"unite-{n}", n % 20, "2026-05-04T08:00:00+02:00"),
    "filled in": lambda n: (f"unite-{n}", n % 20 if n < 900 else ""),
}


def honest_files(reader: str, lines: int) -> Iterator[tuple[str, bytes]]:
    """Yield a workbook and a CSV, as a manager would give them."""
    rows = [TITLES[reader], *(CELLS[reader](number) for number in range(lines - 1))]
    file = io.BytesIO()
    with Workbook(file) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    yield "an honest workbook", file.getvalue()
    yield "an honest CSV", "\n".join(";".join(map(str, row)) for row in rows).encode()


def hostile_files(reader: str, quick: bool) -> Iterator[tuple[str, bytes]]:
    """Yield workbooks, CSV files of 4 MB, and of 100 MB for the command line."""
    if quick:
        yield from islice(texts(TITLES[reader], 2**16), 2)
        return
    yield from workbooks(TITLES[reader])
    yield from texts(TITLES[reader], 4 * 2**20)
    if reader != "filled in":
        yield from ((f"{name}, 100 MB", data) for name, data in texts(TITLES[reader], 100 * 2**20))


def measure(reader: str, path: Path, data: bytes, rounds: int) -> Cost:
    """Return the median of some rounds."""
    path.write_bytes(data)
    measured = costs(reader, [path] * rounds)
    seconds, megabytes = median(cost.seconds for cost in measured), max(cost.megabytes for cost in measured)
    return Cost(seconds, megabytes, measured[0].outcome)


def print_cost(name: str, size: int, cost: Cost, reference: Cost) -> None:
    """Print bytes -> seconds, MB, and how many times the honest file."""
    times = cost.seconds / reference.seconds
    print(f"  {name:38} {size:>11,} bytes -> {cost.seconds:6.2f} s {cost.megabytes:5.0f} MB {times:5.1f}  {cost.outcome[:60]}")


def main() -> None:
    """Print a table for each reader."""
    quick = "--quick" in sys.argv
    rounds = 1 if quick else 3
    with TemporaryDirectory() as folder:
        for reader in list(CELLS)[: 1 if quick else None]:
            print(f"{reader}; medians of {rounds} rounds")
            references = []
            for name, data in honest_files(reader, LINES // 20 if quick else LINES):
                references.append(measure(reader, Path(folder) / name.split()[-1], data, rounds))
                if references[-1].outcome:
                    raise SystemExit(f"refused: {references[-1].outcome}")
                print_cost(name, len(data), references[-1], references[-1])
            workbook, csv = references
            for name, data in hostile_files(reader, quick):
                cost = measure(reader, Path(folder) / "hostile", data, 1 if len(data) > 2**24 else rounds)
                print_cost(name, len(data), cost, workbook if data[:2] == b"PK" else csv)


if __name__ == "__main__":
    main()
