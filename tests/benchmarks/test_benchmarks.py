"""Each benchmark is run once, with the smallest sizes, so that a change of the product that breaks one is noticed."""

import importlib
import sys

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks import (
    alerts,
    finess_import,
    first_load,
    growth,
    hostile_files,
    linked_view,
    screens,
    slow_network,
    speed,
    wall_soak,
)
from benchmarks.kit import actions, region
from tests.attacks.cost import read_all
from tests.harness import ROOT
from tests.loops import run_coroutine

FOLDER = ROOT / "benchmarks"


@pytest.fixture(scope="module")
def rival(seeded):
    """Yield the product on a copy of the demonstration, with some sessions of each login."""
    product = speed.product(seeded, 4)
    with product.server:
        yield product


@pytest.fixture(scope="module")
def results(rival):
    """Return the measures of the product, each action of each page once."""
    return run_coroutine(speed.measure(rival, list(actions.PRODUCT), [1], 0))


def test_every_module_is_imported():
    for path in FOLDER.glob("**/*.py"):
        if path.parent.name != "rivals" and ".venv" not in path.parts and path.stem != "__main__":
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def test_every_action_of_every_page_succeeds(results):
    assert set(results) == {("ours", page, 1, action) for page, acts in actions.PRODUCT.items() for action in acts}
    assert [sample.failures for sample in results.values() if sample.failures] == []


def test_speed_prints_ratios_to_the_floor(results, capsys):
    pairs = {("floor", "", 1, action): results["ours", "departements", 1, action] for action in ("open", "whole")}
    speed.print_table([results | pairs])
    speed.print_bars([results | pairs])
    printed = capsys.readouterr().out
    assert "1.00" in printed
    assert "yes  departements, alone, whole: at most 3 times the floor's median: 1.00" in printed


def test_growth_compares_two_databases(results, capsys):
    rounds = [growth.Round(1.0, 2.0, 300.0, results)]
    growth.print_growth(rounds, rounds)
    assert "yes  every action at most 1.5 times what it costs over the region: 1.00" in capsys.readouterr().out


def test_growth_measures_declarations(seeded):
    assert min(growth.declare_many(region.copy(seeded, "growth"), 2)) > 0


def test_screens_are_measured_at_work_and_at_rest(rival):
    assert run_coroutine(screens.use_screens(rival, 4, 0.5, 0.5)).failures == []
    assert run_coroutine(screens.leave_screens(rival, 4, 0.1)) >= 0


def test_alerts_are_evaluated_and_ring(seeded, capsys):
    alerts.measure(seeded, 500, 5)
    printed = capsys.readouterr().out
    assert "500 alerts over" in printed
    assert "; 0 ringings" not in printed


def test_finess_import_runs(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["finess_import", "--quick"])
    finess_import.main()
    assert "second import, nothing changes" in capsys.readouterr().out


def test_hostile_files_compares_them_with_honest_ones(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["hostile_files", "--quick"])
    # tests/attacks reads such files in a process of its own.
    monkeypatch.setattr(hostile_files, "costs", lambda reader, files: list(read_all(reader, files)))
    hostile_files.main()
    assert [line.split("  ")[1] for line in capsys.readouterr().out.splitlines()[1:]] == [
        "an honest workbook",
        "an honest CSV",
        "an open quote",
        "empty lines",
    ]


def test_first_load_draws_the_board(rival, chromium):
    assert first_load.load(chromium, f"{rival.server.url}/departements", 1, rival.cookies["coordination"][0]) > 0


def test_linked_view_measures_presses_and_wheels(rival, chromium, monkeypatch):
    monkeypatch.setattr(linked_view, "CODES", linked_view.CODES[:2])
    page = linked_view.open_board(chromium, rival.server.url, rival.cookies["coordination"][0])
    presses, wheels, probes = linked_view.measure(page, 1)
    page.context.close()
    assert len(presses) == len(wheels) == len(probes) == 2
    assert min(presses + wheels + probes) > 0


def test_the_wall_is_read_again_and_again_without_growing(seeded, chromium):
    warm, end = wall_soak.soak(chromium, region.copy(seeded, "wall"), 20, 2)
    assert (warm.readings >= 10, end.readings >= 20) == (True, True)
    assert end.nodes <= warm.nodes + wall_soak.FEW_NODES
    assert end.listeners <= warm.listeners
    assert 0 < end.heap < 2 * warm.heap
    assert wall_soak.growth([2, 4, 9, 3, 4, 5]) == 1.5


def test_slow_network_measures_a_whole_visit(rival, chromium, capsys):
    visit = slow_network.visit(chromium, rival.server.url, slow_network.NETWORK | {"latency": 0, "downloadThroughput": -1}, 0)
    assert 0 < visit.words <= visit.form
    assert visit.screen > 0
    assert visit.bytes > 100_000
    slow_network.print_bars([visit])
    assert "received before the form, at most 900000 bytes" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["floor", "chart_and_table", "naive"])
def test_the_streamlit_rivals_run(name, seeded, monkeypatch):
    monkeypatch.setenv("BENCH_DATABASE", str(region.copy(seeded, name)))
    page = AppTest.from_file(str(FOLDER / "rivals" / f"{name}.py"), default_timeout=60).run()
    assert not page.exception
    assert page.title[0].value


def test_the_boards_of_the_rivals_are_one_short_file_each():
    """Only `make bench` installs Dash: here its page is compiled."""
    for name in ("naive", "dash_board"):
        source = (FOLDER / "rivals" / f"{name}.py").read_text("utf-8")
        compile(source, name, "exec")
        assert len(source.splitlines()) <= 130
