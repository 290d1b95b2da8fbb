"""Start Python modules in processes forked from one that has imported the libraries: two thirds of a server's start."""

import multiprocessing
import os
import runpy
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from unittest import mock

_FORKS = multiprocessing.get_context("forkserver")
# Of our own modules, only those that read no environment variable when imported: each process has its own environment.
_FORKS.set_forkserver_preload(
    [
        *("altair", "authlib.oidc.core", "bcrypt", "brotli", "cryptography.fernet", "duckdb", "fastapi", "fastapi_offline"),
        *(
            "fpdf",
            "h11",
            "httpx2",
            "ijson",
            "limits.strategies",
            "pandas",
            "prometheus_client",
            "pydantic_settings",
            "pyotp",
            "pyproj",
        ),
        *(
            "rich.progress",
            "scipy.optimize",
            "segno",
            "shapely",
            "streamlit.web.server.starlette",
            "typer",
            "uvicorn.logging",
            "uvloop",
        ),
        *("websockets", "xlsxwriter", "zxcvbn", "ror.control.commands", "tests.warmed"),
    ]
)

# Replicas start together, from threads: one must not restore the main module while another prepares its child.
_STARTING = threading.Lock()


class ForkedProcess:
    """`python -m MODULE WORDS` in a process of its own, with the methods of `subprocess.Popen` that the tests use."""

    def __init__(self, module: str, words: list[str], folder: Path, environment: Mapping[str, str], output: Path) -> None:
        self._process = _FORKS.Process(target=_run, args=(module, words, folder, dict(environment), output))
        # A child imports the main module of its parent, which here may be a page under test.
        with _STARTING, mock.patch.dict(sys.modules, {"__main__": ModuleType("__main__")}):
            self._process.start()

    @property
    def pid(self) -> int:
        """Return the process id."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """Return the exit code, None while it runs; minus the number of the signal that ended it."""
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it."""
        self._process.kill()

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it ends and return the exit code. Raises `TimeoutError`."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise TimeoutError(f"Process {self.pid} has not ended after {timeout} s")
        return self._process.exitcode


def _run(module: str, words: list[str], folder: Path, environment: dict[str, str], output: Path) -> None:
    written = os.open(output, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(written, sys.stdout.fileno())
    os.dup2(written, sys.stderr.fileno())
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [module, *words]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
