"""The previous release, taken from the history of the repository, and run beside this one with the same libraries."""

import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

from ror.settings import ROOT
from tests.harness import Server

COMMIT = "eacc2c1eed01471b315ecfdb308f8f16298004fe"
"""The commit of the previous release, 0.1.0: to be changed after each release."""

SETTINGS = {"ROR_DEMO_LIVE": "0", "ROR_BCRYPT_COST": "4", "ROR_SECRET": "secret-of-the-tests-0123456789abcdef"}

_COMMANDS = """
import json, sys
from datetime import timedelta
from ror.cli import main
from ror.services.operations import demonstration
demonstration.HISTORY = timedelta(days=30)
for words in json.loads(sys.argv[1]):
    sys.argv = ["ror", *words]
    try:
        main()
    except SystemExit as end:
        if end.code:
            raise
"""


def unpack(folder: Path) -> Path:
    """Write the files of the previous release into a folder; a clone without its commit fails the test and says why."""
    packed = subprocess.run(["git", "archive", COMMIT], cwd=ROOT, capture_output=True, check=False)
    assert packed.returncode == 0, f"This clone lacks the release before ({COMMIT}): fetch the whole history (--unshallow)."
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


class Version:
    """A version of the service, by the folder of its files, on one database."""

    def __init__(self, folder: Path, database: Path | str, *, demo: bool) -> None:
        self.folder, self.database, self.demo = folder, database, demo

    def server(self) -> Server:
        """Return a server of this version, not started yet; for the checkout it is forked from this process, to save time."""
        server = Server(self.database, demo=self.demo, environment=SETTINGS)
        server.folder, server.forked = self.folder, self.folder == ROOT  # type: ignore[misc]
        return server

    def run(self, *commands: list[str], folder: Path, typed: str = "") -> list[dict[str, Any]]:
        """Run commands in one process, and return the object that each prints. `typed` is their standard input.

        A demonstration has thirty days: every step takes half as long as on a whole year.
        """
        command_lines = json.dumps([[*words, "--json"] for words in commands])
        done = self.run_python("-c", _COMMANDS, command_lines, folder=folder, typed=typed)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def run_python(self, *words: str, folder: Path, typed: str = "") -> subprocess.CompletedProcess[str]:
        """Run Python with this version, and return the completed process, whatever its exit code."""
        environment = {name: text for name, text in os.environ.items() if not name.startswith(("ROR_", "PORT"))}
        environment |= SETTINGS | {"ROR_DATABASE": str(self.database), "ROR_DEMO": str(int(self.demo))}
        environment |= {"PYTHONPATH": str(self.folder), "COLUMNS": "200"}
        command = [sys.executable, "-P", *words]
        return subprocess.run(command, cwd=folder, env=environment, input=typed, capture_output=True, text=True, check=False)
