"""Helpers of the tests of faults: a database with an account that declares everywhere, its complete check, and small disks."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ror.model.rights import Account, Perimeter
from ror.services import journal
from ror.store.engine.database import Database
from tests.region import LINDENS, MANAGER, UNITS, WATERWAY, build, store_account

ROOT = Path(__file__).resolve().parents[2]
WRITERS = 8
EVERYBODY = Account("all", "all", "Toutes Unités", MANAGER, Perimeter(legal_entities=frozenset({LINDENS, WATERWAY})))
FAULT_ROUNDS = int(os.environ.get("ROR_FAULT_ROUNDS", "0"))
"""Number of kills of `make faults`; 0 under `make test`, which does a few of each."""

_OPEN = [unit for unit in UNITS if not unit.closed]


def report(words: str) -> None:
    """Print a measure, which `make faults` shows."""
    sys.stdout.write(f"\n{words}\n")


def declared_by(writer: int) -> str:
    """Return the unit that a writer declares for."""
    return _OPEN[writer].id


def build_database(path: Path) -> Path:
    """Create a database with the region and the account that declares everywhere."""
    db = Database(path)
    build(db)
    store_account(db, EVERYBODY)
    db.close()
    return path


@dataclass
class Acknowledged:
    """The acknowledged declarations, by position: all of them must be in the database."""

    by_position: dict[int, tuple[str, int, str]] = field(default_factory=dict)

    def add(self, lines: list[str]) -> int:
        """Add the declarations in the output of a writer; return how many are new."""
        before = len(self.by_position)
        for line in lines:
            word, *rest = line.split("\t")
            if word == "acknowledged":
                position, unit, number, comment = rest
                self.by_position[int(position)] = (unit, int(number), comment)
        return len(self.by_position) - before


def check_whole(db: Database, acknowledged: Acknowledged) -> int:
    """Check that every acknowledged declaration is there unchanged, none without its journal line; return how many there are.

    Each declaration must have one line of the journal and each such line its declaration, positions must have no gap, and the
    chain of the journal must hold.
    """
    with db.snapshot() as cursor:
        rows = cursor.execute("SELECT position, unit, available, comment FROM declaration ORDER BY position").fetchall()
        changes = [position for (position,) in cursor.execute("SELECT position FROM registry_change").fetchall()]
        lines = cursor.execute("SELECT subject, after FROM journal WHERE act = 'declare' AND outcome = 'done'").fetchall()
    there = {position: (unit, number, comment) for position, unit, number, comment in rows}
    lost = {position: event for position, event in acknowledged.by_position.items() if there.get(position) != event}
    assert lost == {}
    positions = sorted([*(row[0] for row in rows), *changes])
    assert positions == list(range(1, len(positions) + 1))
    assert db.position == positions[-1]
    journalled = sorted((details["position"], subject, details["available"]) for subject, details in _read(lines))
    assert journalled == [(position, f"unit:{unit}", number) for position, unit, number, _ in rows]
    assert journal.verify(db).broken is None
    return len(rows)


def _read(lines: list[tuple[str, str]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for subject, after in lines:
        yield subject, json.loads(after)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Mount a small file system at a folder; skip the test where that is not allowed."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a file system of its own cannot be mounted here: that takes root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


@contextmanager
def filled(folder: Path, leave: int) -> Iterator[None]:
    """Keep a disk full, except for `leave` bytes, until the block ends."""
    filler = folder / "filler"
    with filler.open("wb") as file:
        while (free := _free(folder) - leave) > 0:
            file.write(bytes(min(free, 2**20)))
            file.flush()
    try:
        yield
    finally:
        filler.unlink()


def _free(folder: Path) -> int:
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize
