"""Helpers of the command line's tests: run a command as a user does, and a small real region to run it on."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from contextvars import Context
from pathlib import Path
from typing import Any
from unittest import mock

from typer.testing import CliRunner

from ror import cli
from ror.cli import terminal
from ror.settings import ROOT, secret, settings
from ror.store.engine import database

EXAMPLE = ROOT / "docs" / "example"
STRONG = "Colline-Vapeur-Tambour-7"
HOSPITAL = "990770011"
RESUSCITATION = "rea-fictive"
Completed = subprocess.CompletedProcess[str]
Run = Callable[..., Completed]


def runner(folder: Path) -> Run:
    """Return a function that runs `python -m ror ...` in a folder, on a database of that folder, within this process.

    `typed` is the standard input; keyword arguments are environment variables. What only a process of its own shows is
    tested in `test_terminal.py`.
    """

    def run(*arguments: Any, typed: str = "", **variables: str) -> Completed:
        words = [str(argument) for argument in arguments]
        environment = {name: text for name, text in os.environ.items() if not name.startswith(("ROR_", "STREAMLIT_"))}
        environment.pop("PORT", None)
        environment |= {"ROR_DATABASE": str(folder / "ror.duckdb"), "COLUMNS": "120", **variables}
        with _process(folder, environment, words), CliRunner().isolation(input=typed) as (output, errors, _):
            code = 0
            try:
                # A new process has no context variables, such as the network address that an earlier test set.
                Context().run(cli.main)
            except SystemExit as end:
                code = int(end.code or 0)
            sys.stdout.flush()
            sys.stderr.flush()
            return subprocess.CompletedProcess(words, code, output.getvalue().decode(), errors.getvalue().decode())

    return run


@contextmanager
def _process(folder: Path, environment: dict[str, str], words: list[str]) -> Iterator[None]:
    """Give a command what a new process would have: arguments, environment, folder, settings, and no open database."""
    mask = os.umask(0o022)
    os.umask(mask)
    _clear_caches()
    # The console reads its width from the environment once, when it is imported.
    terminal.console.width = int(environment["COLUMNS"])
    try:
        with (
            mock.patch.dict(os.environ, environment, clear=True),
            mock.patch.object(sys, "argv", ["ror", *words]),
            chdir(folder),
        ):
            yield
    finally:
        database.close_all()
        _clear_caches()
        os.umask(mask)


def _clear_caches() -> None:
    for cached in (settings, secret):
        cached.cache_clear()


def create_account(ror: Run, login: str = "anne", *more: str) -> Completed:
    """Create the account of a professional."""
    command = ("account", "create", login, "--name", "Personne Fictive", "--role", "professional", "--password-stdin", *more)
    ran = ror(*command, typed=f"{STRONG}\n")
    assert ran.returncode == 0, ran.stderr
    return ran


def import_region(folder: Path) -> None:
    """Import the region of the documentation into the database of a folder."""
    ror = runner(folder)
    for kind in ("finess", "units"):
        shutil.copy(EXAMPLE / f"{kind}.csv", folder)
        assert ror("import", kind, f"{kind}.csv").returncode == 0
