"""What a hostile file costs to refuse, against reading an honest one of the same kind in the same run.

Run: `python benchmarks/hostile_files.py` (or `make bench`). Each file is read some times by a process of its own, whose
memory is measured; the last column is its time over that of the honest file.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from xlsxwriter import Workbook

from tests.attacks.cost import TITLES, Cost, costs
from tests.attacks.hostile_files import texts, workbooks

LINES = 5_000
"""Lines of the honest files: a large region has as many units."""

ROUNDS = 3
CELLS = {
    "units": lambda n: ("990000018", f"Unité fictive {n}", "16"),
    "declarations": lambda n: (f"unite-{n}", n % 20, "2026-05-04T08:00:00+02:00"),
    "filled in": lambda n: (f"unite-{n}", n % 20 if n < 900 else ""),
}


def honest(reader: str) -> Iterator[tuple[str, bytes]]:
    """A workbook and a CSV, as one would give them."""
    rows = [TITLES[reader], *(CELLS[reader](number) for number in range(LINES - 1))]
    file = io.BytesIO()
    with Workbook(file) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    yield "an honest workbook", file.getvalue()
    yield "an honest CSV", "\n".join(";".join(map(str, row)) for row in rows).encode()


def hostile(reader: str) -> Iterator[tuple[str, bytes]]:
    """Workbooks, CSV files of 4 MB, and of 100 MB for the command line."""
    yield from workbooks(TITLES[reader])
    yield from texts(TITLES[reader], 4 * 2**20)
    if reader != "filled in":
        yield from ((f"{name}, 100 MB", data) for name, data in texts(TITLES[reader], 100 * 2**20))


def measured(reader: str, path: Path, data: bytes) -> Cost:
    """The median of some rounds."""
    path.write_bytes(data)
    rounds = costs(reader, [path] * ROUNDS)
    return Cost(median(one.seconds for one in rounds), max(one.megabytes for one in rounds), rounds[0].outcome)


def line(name: str, size: int, cost: Cost, reference: Cost) -> None:
    """Print bytes -> seconds, MB, and how many times the honest file."""
    times = cost.seconds / reference.seconds
    print(f"  {name:38} {size:>11,} bytes -> {cost.seconds:6.2f} s {cost.megabytes:5.0f} MB {times:5.1f}  {cost.outcome[:60]}")


def main() -> None:
    """Print a table for each reader."""
    with TemporaryDirectory() as folder:
        for reader in CELLS:
            print(f"{reader}; medians of {ROUNDS} rounds")
            references = {}
            for name, data in honest(reader):
                path = Path(folder) / name.split()[-1]
                references[data[:2]] = reference = measured(reader, path, data)
                if reference.outcome:
                    raise SystemExit(f"refused: {reference.outcome}")
                line(name, len(data), reference, reference)
            workbook, csv = references.values()
            for name, data in hostile(reader):
                cost = measured(reader, Path(folder) / "hostile", data)
                line(name, len(data), cost, workbook if data[:2] == b"PK" else csv)


if __name__ == "__main__":
    main()
