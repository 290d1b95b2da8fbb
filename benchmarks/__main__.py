"""Run every benchmark but the national one: make bench, or PYTHONPATH=. python -m benchmarks [--quick]."""

import subprocess
import sys

NAMES = (
    "speed",
    "first_load",
    "slow_network",
    "linked_view",
    "answers",
    "past",
    "forecast",
    "alerts",
    "screens",
    "calibration",
    "trust",
    "wall_soak",
    "finess_import",
    "hostile_files",
)

for name in NAMES:
    print(f"\n{name}", flush=True)
    subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *sys.argv[1:]], check=True)
