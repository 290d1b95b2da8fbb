"""The servers that are measured, each in a process of its own: how it is started, its memory and its processor time."""

import http.client
import os
import subprocess
import sys
from pathlib import Path

from tests.harness import Server

HERE = Path(__file__).resolve().parent.parent
_TICK = os.sysconf("SC_CLK_TCK")
_DASH = HERE / "dash"


class Measured(Server):
    """A server and what it uses of the machine."""

    health = "/_stcore/health"

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", self.health)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def megabytes(self) -> float:
        """Resident memory of the server and of its workers."""
        return sum(_resident(pid) for pid in self._family()) / 2**20

    def cpu_seconds(self) -> float:
        """Processor time used so far by the server and its workers."""
        total = 0
        for pid in self._family():
            fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / _TICK

    def _family(self) -> list[int]:
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text("ascii").split()
        return [self.pid, *map(int, children)]


def _resident(pid: int) -> int:
    pages = Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


class Ours(Measured):
    """`python -m ror serve`, as users start it."""


class Floor(Measured):
    """A script of benchmarks/floor/ under the same server as ours."""

    script = "floor.py"

    def command(self) -> list[str]:
        """The same uvicorn, from the same folder."""
        return [sys.executable, "-m", "benchmarks.floor.serve", self.script, str(self.port)]


class ChartAndTable(Floor):
    """The page that a first load is compared with."""

    script = "chart_and_table.py"


class Naive(Measured):
    """`streamlit run` with its default settings: from a folder of its own, where ours do not lie."""

    def command(self) -> list[str]:
        """Headless and on our port is all that is asked for."""
        run = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(self.port), "--server.headless", "true"]
        return ["env", "-C", str(HERE / "naive"), *run, "--browser.gatherUsageStats", "false"]


class Dash(Measured):
    """The board in Dash, under gunicorn with a worker for each core and threads, as its documentation advises."""

    health = "/"

    def command(self) -> list[str]:
        """From an environment of its own."""
        workers = ["--workers", str(os.cpu_count() or 1), "--threads", "4", "--keep-alive", "60"]
        return [
            str(_DASH / ".venv/bin/gunicorn"),
            "--chdir",
            str(_DASH),
            *workers,
            "-b",
            f"127.0.0.1:{self.port}",
            "app:server",
        ]


def install_dash() -> None:
    """Make Dash's environment once."""
    wanted = (_DASH / "requirements.txt").read_text("utf-8")
    stamp = _DASH / ".venv" / "installed.txt"
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return
    print("Installing Dash in benchmarks/dash/.venv (once)", flush=True)
    subprocess.run([sys.executable, "-m", "venv", _DASH / ".venv"], check=True)
    pip = [str(_DASH / ".venv/bin/python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", _DASH / "requirements.txt"], check=True, stderr=subprocess.DEVNULL)
    stamp.write_text(wanted, "utf-8")
