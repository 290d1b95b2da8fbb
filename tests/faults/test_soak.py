"""Open screens for a while: the server uses no more resources at the end. `make faults` opens fifty for half an hour."""

import os
import subprocess
import sys

import pytest

from tests.faults.helpers import ROOT, report

MINUTES = os.environ.get("ROR_SOAK_MINUTES", "0.4")
SCREENS = "50" if "ROR_SOAK_MINUTES" in os.environ else "6"


@pytest.mark.whole
@pytest.mark.timeout(600 + 120 * float(MINUTES))
def test_open_screens_cost_no_more_files_no_more_threads_and_no_more_memory_as_time_passes():
    environment = os.environ | {"ROR_SOAK_MINUTES": MINUTES, "ROR_SOAK_SCREENS": SCREENS}
    command = [sys.executable, "-m", "tests.faults.soak"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    report(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 failures" in done.stdout
