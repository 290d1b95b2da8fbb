"""Every reader reads all hostile files, and the command line files of 100 MB."""

import os
import subprocess
import sys
import time
from contextlib import suppress
from subprocess import PIPE, STDOUT

import pytest

from tests.attacks.cost import TITLES, costs, peak
from tests.attacks.hostile_files import texts, workbooks
from tests.faults.helpers import ROOT, report

pytestmark = pytest.mark.whole
MEGABYTES = 120
COMMAND_MEGABYTES = 400
"""The whole process, its libraries and its database included."""


@pytest.mark.parametrize("reader", TITLES)
def test_no_file_makes_its_reader_swell(tmp_path, reader):
    titles = TITLES[reader]
    files = [*workbooks(titles), *texts(titles, 4 * 2**20)]
    if reader != "filled in":
        files += [(f"{name}, 100 MB", data) for name, data in texts(titles, 100 * 2**20)]
    for number, (name, data) in enumerate(files):
        path = tmp_path / f"{number}.{'xlsx' if data[:2] == b'PK' else 'csv'}"
        path.write_bytes(data)
        (cost,) = costs(reader, [path])
        path.unlink()
        report(f"{reader}, {name}: {len(data):,} bytes -> {cost.seconds:.2f} s, {cost.megabytes:.0f} MB {cost.outcome[:90]}")
        assert cost.megabytes < MEGABYTES, name


@pytest.mark.parametrize("reader", ["units", "declarations", "finess"])
def test_100_megabytes_on_the_command_line(tmp_path, reader):
    for name, data in texts(TITLES[reader], 100 * 2**20):
        path = tmp_path / "liste.csv"
        path.write_bytes(data)
        megabytes, output = run_and_measure(tmp_path, "import", reader, str(path))
        report(f"import {reader}, {name}: {megabytes:.0f} MB, {output[:90]}")
        assert "Traceback" not in output
        assert megabytes < COMMAND_MEGABYTES, name


def run_and_measure(folder, *words):
    """Run a command on a new database of a folder; return the most memory that it used (MB), and its output."""
    environment = os.environ | {"ROR_DATABASE": str(folder / "ror.duckdb"), "ROR_DEMO": "0", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "ror", *words]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=PIPE, stderr=STDOUT, text=True) as child:
        megabytes = 0.0
        while child.poll() is None:
            with suppress(OSError, IndexError):  # The process has just ended.
                megabytes = peak(child.pid)
            time.sleep(0.05)
        return megabytes, child.stdout.read()
