"""Measure the cost of reading files in a process of its own: seconds, and megabytes above its initial memory.

Run as `python -m tests.attacks.cost READER FILE...`: prints a line of JSON for each file, in their order. The peak of memory
is that of the whole process: that of a file is never less than that of the files before it.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ror.errors import RorError
from ror.exchange import bulk_workbook
from ror.exchange.finess import read_finess
from ror.exchange.observations_file import read_observed
from ror.exchange.units import read_units
from ror.model.territory import PARIS

READERS: dict[str, Callable[[Path], Any]] = {
    "units": read_units,
    "declarations": lambda path: read_observed(path, PARIS),
    "filled in": lambda path: bulk_workbook.read(path.name, path.read_bytes()),
    "finess": read_finess,
}
TITLES = {
    "units": ("finess", "nom", "type"),
    "declarations": ("unit", "available", "observed_at"),
    "filled in": ("identifiant", "disponible"),
    "finess": ("finess", "etalab", "94", "2026-01-01"),
}
"""The first line that each reader expects."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one file; `outcome` is the message of its rejection, "" when it was read."""

    seconds: float
    megabytes: float
    outcome: str


def costs(reader: str, files: Sequence[Path], timeout: float = 300) -> list[Cost]:
    """Read files one after the other in a new process. Raises `CalledProcessError` when it dies, or `TimeoutExpired`."""
    command = [sys.executable, "-m", "tests.attacks.cost", reader, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=timeout)
    return [Cost(**json.loads(line)) for line in done.stdout.splitlines()]


def peak(process: int | str = "self") -> float:
    """Return the most memory that a running process has had, in megabytes."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def read_all(reader: str, files: Sequence[Path]) -> Iterator[Cost]:
    """Read files one after the other in this process, and yield what each cost."""
    before = peak()
    for file in files:
        outcome, start = "", time.perf_counter()
        try:
            READERS[reader](file)
        except RorError as error:
            outcome = error.user_message
        yield Cost(time.perf_counter() - start, peak() - before, outcome)


if __name__ == "__main__":
    for cost in read_all(sys.argv[1], [Path(file) for file in sys.argv[2:]]):
        sys.stdout.write(json.dumps(asdict(cost)) + "\n")
