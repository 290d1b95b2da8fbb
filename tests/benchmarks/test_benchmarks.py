"""Each benchmark, once and with its smallest sizes: it still runs against the product of today."""

import ast
import os
import shutil
import subprocess
import sys

import pytest

from tests.harness import ROOT

FOLDER = ROOT / "benchmarks"
SMALLEST = {
    "speed": ["--quick", "--only", "floor,ours,naive", "--page", "departements", "--sessions", "1", "--seconds", "0.1"],
    "growth": ["--quick", "--large", "region"],
    "screens": ["--quick"],
    "finess_import": ["--quick"],
    "hostile_files": ["--quick"],
    "first_load": ["--quick"],
}


@pytest.fixture
def run(seeded, tmp_path):
    """Return a function that runs a benchmark over a copy of the demonstration and returns what it prints."""
    shutil.copy(seeded, tmp_path / "region.duckdb")

    def run_benchmark(name):
        command = [sys.executable, "-m", f"benchmarks.{name}", *SMALLEST[name]]
        environment = {**os.environ, "ROR_BENCH_FOLDER": str(tmp_path)}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=170, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run_benchmark


def test_every_benchmark_is_tried_here():
    benchmarks = {path.stem for path in FOLDER.glob("*.py")} - {"__main__"}
    assert set(SMALLEST) == benchmarks


def test_the_dash_page_is_valid_and_short():
    """Dash is installed by `make bench` only: here the page is parsed."""
    for name in ("dash_board", "naive"):
        source = (FOLDER / "rivals" / f"{name}.py").read_text("utf-8")
        ast.parse(source)
        assert len(source.splitlines()) <= 130


def test_speed_compares_the_product_with_its_rivals(run):
    printed = run("speed")
    assert " x " not in printed
    for action in ("open", "whole", "filter", "select"):
        for rival in ("ours", "naive"):
            assert any(line.split()[:4] == ["departements", "1", action, rival] for line in printed.splitlines()), printed


def test_growth_compares_two_databases(run):
    printed = run("growth")
    assert "FAILED" not in printed
    assert "writing a declaration: at most 1.5 times" in printed
    assert {tuple(line.split()[:3]) for line in printed.splitlines()} >= {
        ("mise-a-jour", "1", action) for action in ("open", "whole", "select")
    }


def test_screens_measures_them_at_work_and_at_rest(run):
    printed = run("screens")
    assert " 0 failed of " in printed
    assert "an idle open page" in printed


def test_finess_import_runs(run):
    assert "second import, nothing changes" in run("finess_import")


def test_hostile_files_compares_them_with_honest_ones(run):
    printed = run("hostile_files")
    assert "an honest workbook" in printed
    assert len(printed.splitlines()) > 3


@pytest.mark.browser
def test_first_load_draws_both_pages(run):
    assert "first load of departements in a Chromium" in run("first_load")
