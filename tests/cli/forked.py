"""`python -m ror ...` in processes forked from one that has already imported the libraries: the same, but for its start.

As a program, it runs what each line of its input asks for and answers with the exit code.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from ror.settings import ROOT

LONGEST = 60
"""Seconds that a command may take."""

IMPORTED = (
    *("cryptography.fernet", "pandas", "pyarrow.compute", "rich.progress", "rich.table", "typer", "uvicorn"),
    *("ror.demo", "ror.exchange.finess", "ror.exchange.workbook", "ror.model.passwords"),
)
"""What takes long to import and neither looks at the environment nor opens anything. DuckDB is left to each command: it has a
thread as soon as it is imported, which a process forked from this one would wait for in vain."""


class Forking:
    """A process from which commands are forked, one at a time; it ends with the one that started it."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="ror-commands-")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.cli.forked"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        atexit.register(self._process.communicate)

    def run(
        self, arguments: list[str], folder: Path, environment: dict[str, str], typed: str
    ) -> subprocess.CompletedProcess[str]:
        """What `python -m ror` answers with these arguments, in this folder and environment, when this is typed."""
        streams = [Path(self._folder.name, name) for name in ("typed", "output", "errors")]
        streams[0].write_text(typed, encoding="utf-8")
        question = {
            "arguments": arguments,
            "folder": str(folder),
            "environment": environment,
            "streams": list(map(str, streams)),
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(question)}\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        output, errors = (stream.read_text("utf-8") for stream in streams[1:])
        return subprocess.CompletedProcess(arguments, code, output, errors)


def answer() -> None:
    """Fork a command for each line of the input."""
    for name in IMPORTED:
        importlib.import_module(name)
    gc.freeze()  # else each command looks through all of it once more as it ends
    while line := sys.stdin.readline():
        process = os.fork()
        if process == 0:
            become(**json.loads(line))
            break
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])}\n")
        sys.stdout.flush()


def become(arguments: list[str], folder: str, environment: dict[str, str], streams: list[str]) -> None:
    """Be `python -m ror` from here to the end of the process."""
    signal.alarm(LONGEST)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, path in enumerate(streams):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT | (os.O_TRUNC if number else 0)), number)
    sys.argv[1:] = arguments
    runpy.run_module("ror", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    answer()
