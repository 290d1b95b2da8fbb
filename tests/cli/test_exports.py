"""The command `export`: the file, its format, and files that are never overwritten."""

import csv
import json

import pytest

from tests.cli.helpers import EXAMPLE

UNITS = 7


def test_the_format_follows_the_extension(in_region, tmp_path):
    for form in ("csv", "json", "xlsx"):
        ran = in_region("export", "units", "--output", f"units.{form}")
        assert ran.returncode == 0, ran.stderr
        assert ran.stdout.startswith(f"{UNITS} lines written to units.{form}, as of position ")
    with (tmp_path / "units.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file, delimiter=";"))) == UNITS
    assert len(json.loads((tmp_path / "units.json").read_text("utf-8"))["rows"]) == UNITS
    assert (tmp_path / "units.xlsx").read_bytes().startswith(b"PK")


def test_a_name_without_extension_needs_the_format_option(in_region, tmp_path):
    refused = in_region("export", "units", "--output", "units")
    assert (refused.returncode, refused.stdout, "give --format" in refused.stderr) == (1, "", True)
    assert in_region("export", "units", "--output", "units", "--format", "json").returncode == 0
    assert json.loads((tmp_path / "units").read_text("utf-8"))["table"] == "units"


def test_an_existing_file_is_overwritten_only_with_the_replace_option(in_region, tmp_path):
    there = tmp_path / "units.csv"
    there.write_text("précieux")
    refused = in_region("export", "units", "--output", "units.csv")
    assert (refused.returncode, len(refused.stderr.splitlines()), there.read_text()) == (1, 1, "précieux")
    assert in_region("export", "units", "--output", "units.csv", "--replace").returncode == 0
    assert there.read_text("utf-8-sig").startswith("unit;structure;")
    assert list(tmp_path.glob("*.part")) == []


@pytest.mark.parametrize("more", [[], ["--replace"]])
def test_an_export_that_is_refused_leaves_no_file(in_region, tmp_path, more):
    refused = in_region("export", "units", "--output", "units.csv", "--since", "2026-01-01", *more)
    assert (refused.returncode, "without --since" in refused.stderr) == (1, True)
    assert list(tmp_path.glob("units*")) == []


def test_a_folder_is_never_overwritten_and_no_part_is_left(in_region, tmp_path):
    (tmp_path / "units.csv").mkdir()
    refused = in_region("export", "units", "--output", "units.csv", "--replace")
    assert (refused.returncode, refused.stdout, len(refused.stderr.splitlines())) == (1, "", 1)
    assert [path.name for path in tmp_path.glob("units*")] == ["units.csv"]


def test_declarations_since_a_day_are_those_recorded_from_then_on(in_region, tmp_path):
    assert in_region("import", "declarations", EXAMPLE / "declarations.csv").returncode == 0
    in_region("export", "declarations", "--output", "all.json")
    in_region("export", "declarations", "--since", "2100-01-01", "--output", "late.json")
    exported = {name: json.loads((tmp_path / f"{name}.json").read_text("utf-8"))["rows"] for name in ("all", "late")}
    assert (len(exported["all"]), exported["late"]) == (3, [])
