"""What the tests of the command line share: running it as a user does, and a small real region to run it on."""

import os
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from ror.settings import ROOT
from tests.cli.forked import Forking

EXAMPLE = ROOT / "docs" / "example"
STRONG = "Colline-Vapeur-Tambour-7"
HOSPITAL = "990770011"
RESUSCITATION = "rea-fictive"

Ran = subprocess.CompletedProcess[str]
Run = Callable[..., Ran]


def runner(folder: Path) -> Run:
    """Runs `python -m ror ...` in a folder, on a database of that folder."""

    def run(*arguments: Any, typed: str = "", **settings: str) -> Ran:
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("ROR_", "STREAMLIT_")) and name != "PORT"
        }
        kept |= {"ROR_DATABASE": str(folder / "ror.duckdb"), "PYTHONPATH": str(ROOT), "COLUMNS": "120", **settings}
        return _forking().run([str(argument) for argument in arguments], folder, kept, typed)

    return run


@cache
def _forking() -> Forking:
    return Forking()


def opened(ror: Run, login: str = "anne", *more: str) -> Ran:
    """Opens the account of a professional."""
    command = ("account", "create", login, "--name", "Personne Fictive", "--role", "professional", "--password-stdin", *more)
    ran = ror(*command, typed=f"{STRONG}\n")
    assert ran.returncode == 0, ran.stderr
    return ran


def region(folder: Path) -> None:
    """Brings the region of the documentation into the database of a folder."""
    ror = runner(folder)
    for kind in ("finess", "units"):
        shutil.copy(EXAMPLE / f"{kind}.csv", folder)
        assert ror("import", kind, f"{kind}.csv").returncode == 0
