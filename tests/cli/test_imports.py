"""The commands `import ...`: counts, refused lines, and data that must not be imported."""

import csv
import gzip
import json

import pytest

from tests.cli.helpers import EXAMPLE


def numbers(output):
    line = next(line for line in output.splitlines() if line.startswith("│"))
    return [int(cell) for cell in line.strip("│").split("│")]


def test_importing_twice_creates_once(ror):
    assert numbers(ror("import", "finess", EXAMPLE / "finess.csv").stdout) == [4, 4, 0, 0, 0]
    assert numbers(ror("import", "finess", EXAMPLE / "finess.csv").stdout) == [4, 0, 0, 4, 0]
    assert numbers(ror("import", "units", EXAMPLE / "units.csv").stdout) == [7, 7, 0, 0, 0]
    assert numbers(ror("import", "units", EXAMPLE / "units.csv").stdout) == [7, 0, 0, 7, 0]


def test_bad_lines_are_reported_with_number_and_reason_and_do_not_stop_the_rest(ror, tmp_path):
    ror("import", "finess", EXAMPLE / "finess.csv")
    lines = (EXAMPLE / "units.csv").read_text("utf-8-sig").splitlines()
    bad = tmp_path / "units.csv"
    bad.write_text("finess;nom;type\n999999999;Perdue;16\nxx;Mauvaise;16\n" + lines[1].split(";")[0] + ";Bonne;16\n")
    ran = ror("import", "units", bad)
    assert (ran.returncode, numbers(ran.stdout)) == (3, [3, 1, 0, 0, 2])
    with (tmp_path / "units.rejects.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert [row["ligne"] for row in rows] == ["2", "3"]
    assert "inconnue" in rows[0]["motif"]


def test_a_changed_structure_is_changed_and_the_others_are_left_alone(ror, tmp_path):
    ror("import", "finess", EXAMPLE / "finess.csv")
    text = (EXAMPLE / "finess.csv").read_text("utf-8")
    later = tmp_path / "later.csv"
    later.write_text(text.replace(";R;", ";AV;", 1), encoding="utf-8")
    assert later.read_text("utf-8") != text
    assert numbers(ror("import", "finess", later).stdout) == [4, 0, 1, 3, 0]


def test_the_daily_file_is_read_and_says_what_it_passed_over(ror, tmp_path):
    text = (EXAMPLE / "finess-structures-journalier.json").read_text("utf-8")
    daily = tmp_path / "finess-structures-journalier-20261127.json.gz"
    daily.write_bytes(gzip.compress(text.replace('"gcc": []', '"gcc": [{}, {}]').encode()))
    ran = ror("import", "finess", daily)
    assert numbers(ran.stdout) == [1, 1, 0, 0, 0]
    assert "Passed over: 2 in gcc" in ran.stdout


@pytest.mark.parametrize(
    "arguments", [("import", kind, "absent.csv") for kind in ("finess", "units", "accounts", "declarations", "outlines")]
)
def test_a_missing_file_is_one_sentence(ror, arguments):
    refused = ror(*arguments)
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert "n'existe pas" in refused.stderr


@pytest.mark.parametrize("kind", ["finess", "declarations"])
def test_real_data_never_enters_the_demonstration(ror, demonstration_database, kind):
    refused = ror("import", kind, EXAMPLE / f"{kind}.csv", ROR_DATABASE=str(demonstration_database))
    assert refused.returncode == 1
    assert "aucun établissement réel ne côtoie des nombres inventés" in refused.stderr


def test_declarations_are_imported_once_and_an_older_one_is_refused(in_region, tmp_path):
    assert numbers(in_region("import", "declarations", EXAMPLE / "declarations.csv").stdout) == [3, 3, 0, 0]
    assert numbers(in_region("import", "declarations", EXAMPLE / "declarations.csv").stdout) == [3, 0, 3, 0]
    (tmp_path / "late.csv").write_text("unit,available,observed_at\nrea-fictive,2,2026-05-01 08:00\n")
    late = in_region("import", "declarations", "late.csv")
    assert (late.returncode, numbers(late.stdout)) == (3, [1, 0, 0, 1])
    with (tmp_path / "late.rejects.csv").open(encoding="utf-8-sig") as file:
        (row,) = csv.DictReader(file, delimiter=";")
    assert (row["ligne"], "plus récent" in row["motif"]) == ("2", True)


def test_an_import_whose_refused_lines_cannot_be_written_is_reported_as_done(in_region, tmp_path):
    (tmp_path / "bad.csv").write_text("finess;nom;type\nxx;Mauvaise;16\n990770011;Bonne;16\n")
    (tmp_path / "bad.rejects.csv").mkdir()
    refused = in_region("import", "units", "bad.csv")
    assert (refused.returncode, refused.stdout, len(refused.stderr.splitlines())) == (1, "", 1)
    assert "The import is done, but for 1 refused lines" in refused.stderr


OUTLINES = EXAMPLE / "outlines.geojson"


def test_outlines_are_imported_and_those_outside_are_in_a_file(ror, tmp_path):
    ror("import", "finess", EXAMPLE / "finess.csv")
    assert numbers(ror("import", "outlines", OUTLINES).stdout)[:1] == [8]
    assert not (tmp_path / "outlines.outside.csv").exists()
    far = json.loads(OUTLINES.read_text("utf-8"))
    # The outline of Seine-et-Marne is moved away from the structures of the example, which are in this département.
    for part in far["features"]:
        if part["properties"]["code"] == "77":
            part["geometry"]["coordinates"][0] = [[2.9, 48.6], [3.2, 48.6], [3.2, 48.9], [2.9, 48.9], [2.9, 48.6]]
    moved = tmp_path / "moved.geojson"
    moved.write_text(json.dumps(far), "utf-8")
    ran = ror("import", "outlines", moved)
    assert ran.returncode == 0
    assert "Structures outside the outline of their department: moved.outside.csv" in ran.stdout
    with (tmp_path / "moved.outside.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert rows
    assert set(rows[0]) == {"nom", "finess", "commune", "departement", "distance_km"}
    assert all(row["departement"] == "77" and float(row["distance_km"].replace(",", ".")) > 0 for row in rows)


def test_imported_outlines_are_forgotten(ror):
    assert ror("import", "outlines", "--forget").stdout == "No outlines had been imported.\n"
    ror("import", "outlines", OUTLINES)
    assert ror("import", "outlines", "--forget").stdout == "The maps draw their own outlines again.\n"
    assert json.loads(ror("import", "outlines", "--forget", "--json").stdout) == {"forgotten": []}


@pytest.mark.parametrize("arguments", [(), (OUTLINES, "--forget")])
def test_outlines_need_a_file_or_the_option_and_not_both(ror, arguments):
    refused = ror("import", "outlines", *arguments)
    assert (refused.returncode, refused.stderr) == (1, "Give a file of outlines, or --forget.\n")


def test_accounts_are_created_and_changed_from_a_list(ror, tmp_path):
    ror("import", "finess", EXAMPLE / "finess.csv")
    assert numbers(ror("import", "accounts", EXAMPLE / "accounts.csv").stdout) == [3, 3, 0, 0, 0]
    changed = tmp_path / "accounts.csv"
    text = (EXAMPLE / "accounts.csv").read_text("utf-8").replace("Sami Exemple", "Sami Autre")
    changed.write_text(text + "max;Max Exemple;;chef;\n", "utf-8")
    ran = ror("import", "accounts", changed)
    assert (ran.returncode, numbers(ran.stdout)) == (3, [4, 0, 1, 2, 1])
    assert "n'est pas un rôle" in (tmp_path / "accounts.rejects.csv").read_text("utf-8-sig")
    listed = json.loads(ror("account", "list", "--json").stdout)["accounts"]
    assert [(one["login"], one["name"], one["roles"]) for one in listed if one["login"] == "sami.exemple"] == [
        ("sami.exemple", "Sami Autre", ["professional"])
    ]
