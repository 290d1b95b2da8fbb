"""Servers that are measured, each in a process of its own, with its memory and its processor time."""

import os
import subprocess
import sys
from pathlib import Path

from tests.harness import Server

RIVALS = Path(__file__).resolve().parent.parent / "rivals"
_DASH = RIVALS / ".venv"
_TICK, _PAGE = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")


class Measured(Server):
    """A server with its memory and processor time: the product as users start it, unless a subclass says otherwise."""

    forked = False

    def megabytes(self) -> float:
        """Return the resident memory of the server and of its workers."""
        pages = (int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) for pid in self._processes())
        return sum(pages) * _PAGE / 2**20

    def cpu_seconds(self) -> float:
        """Return the processor time used so far by the server and its workers."""
        stats = (Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split() for pid in self._processes())
        return sum(int(fields[11]) + int(fields[12]) for fields in stats) / _TICK

    def _processes(self) -> list[int]:
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text("ascii").split()
        return [self.pid, *map(int, children)]


class Floor(Measured):
    """A script of `rivals/` under the same server as the product's."""

    script = "floor.py"

    def command(self) -> list[str]:
        """Return the command: the same uvicorn, from the same folder."""
        return [sys.executable, "-m", "benchmarks.rivals.serve", self.script, str(self.port)]


class ChartAndTable(Floor):
    """The page that a first load is compared with."""

    script = "chart_and_table.py"


class Naive(Measured):
    """`streamlit run` with its default settings: from another folder than the product's settings."""

    def command(self) -> list[str]:
        """Return the command: headless, on its port."""
        options = ["--server.port", str(self.port), "--server.headless", "true", "--browser.gatherUsageStats", "false"]
        return ["env", "-C", str(RIVALS), sys.executable, "-m", "streamlit", "run", "naive.py", *options]


class Dash(Measured):
    """The board in Dash, under gunicorn with a worker for each core and threads, as its documentation advises."""

    def command(self) -> list[str]:
        """Return the command, of an environment of its own."""
        workers = ["--workers", str(os.cpu_count() or 1), "--threads", "4", "--keep-alive", "60"]
        application = ["--chdir", str(RIVALS), "-b", f"127.0.0.1:{self.port}", "dash_board:server"]
        return [str(_DASH / "bin/gunicorn"), *workers, *application]


def install_dash() -> None:
    """Install Dash's environment once."""
    requirements = RIVALS / "requirements-dash.txt"
    stamp = _DASH / "installed.txt"
    if stamp.exists() and stamp.read_text("utf-8") == requirements.read_text("utf-8"):
        return
    print(f"Installing Dash in {_DASH} (once)", flush=True)
    subprocess.run([sys.executable, "-m", "venv", _DASH], check=True)
    pip = [str(_DASH / "bin/python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", requirements], check=True)
    stamp.write_text(requirements.read_text("utf-8"), "utf-8")
