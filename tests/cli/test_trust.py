"""The command `trust validate`, on a log that was imported."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.helpers import import_region, runner

UNITS = ("990770011-medecine-fictive", "rea-fictive")
WEEKS, A_DAY = 14, 4


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """Import fourteen weeks of numbers of two units: one changes every eight declarations, the other every two."""
    folder = tmp_path_factory.mktemp("imported")
    import_region(folder)
    begin = datetime(2026, 5, 4, tzinfo=UTC)
    lines = ["unit;available;observed_at;source_type"]
    for step in range(WEEKS * 7 * A_DAY):
        at = (begin + step * timedelta(hours=24 / A_DAY)).isoformat()
        lines += [f"{UNITS[0]};{3 + (step % 8 == 7)};{at};02", f"{UNITS[1]};{step // 2 % 2};{at};02"]
    (folder / "declarations.csv").write_text("\n".join(lines))
    ror = runner(folder)
    assert ror("import", "declarations", "declarations.csv").returncode == 0
    return ror


def test_an_imported_log_is_validated_at_its_own_end(imported):
    ran = imported("trust", "validate", "--weeks", "4", "--no-plant", "--json")
    assert ran.returncode == 0
    validation = json.loads(ran.stdout)
    assert validation["until"] == "2026-08-09T18:00:00+00:00"
    same = validation["claims"]["same"]
    assert same["all"]["cases"] == 2 * 4 * 7 * A_DAY
    assert same["all"]["observed"] == pytest.approx((0.75 + 0.5) / 2, abs=0.01)
    assert same["by_telephone"] is None
    assert sum(band["cases"] for band in same["bands"]) == same["all"]["cases"]
    assert "Réanimation" in same["by_need"]
    assert validation["faults"] == {}


def test_the_tables_are_printed_and_planted_faults_counted(imported):
    ran = imported("trust", "validate", "--weeks", "4")
    assert ran.returncode == 0
    assert "The number still stands: 224 cases" in ran.stdout
    assert "better than a single rate" in ran.stdout
    assert "Checked by telephone: no case." in ran.stdout
    assert re.search(r"Whom to call first: of (2[78]) first calls over \1 days", ran.stdout)
    planted = [line.split()[1:] for line in ran.stdout.splitlines() if line.startswith("│ frozen")]
    assert planted[0][:3] == ["frozen", "│", "1"]


def test_a_log_without_a_number_is_refused_in_words(in_region):
    ran = in_region("trust", "validate")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "there is nothing to validate" in ran.stderr


@pytest.mark.parametrize("weeks", ["0", "27", "x"])
def test_a_number_of_weeks_out_of_range_is_refused(in_region, weeks):
    assert in_region("trust", "validate", "--weeks", weeks).returncode == 2
