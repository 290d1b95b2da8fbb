"""The command line as a user runs it: a process of its own, what it prints, its exit code."""

import csv
import os
import subprocess
import sys

import pytest

from ror.settings import ROOT
from tests.harness import Server, free_port

EXAMPLE = ROOT / "docs" / "example"


@pytest.fixture
def ror(tmp_path):
    """Runs `python -m ror ...` in an empty folder on a database of its own."""

    def run(*arguments, typed="", **settings):
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("ROR_", "STREAMLIT_")) and name != "PORT"
        }
        kept |= {"ROR_DATABASE": str(tmp_path / "ror.duckdb"), "PYTHONPATH": str(ROOT), "COLUMNS": "120", **settings}
        command = [sys.executable, "-m", "ror", *map(str, arguments)]
        return subprocess.run(command, cwd=tmp_path, env=kept, input=typed, capture_output=True, text=True, timeout=60)

    return run


def numbers(output):
    line = next(line for line in output.splitlines() if line.startswith("│"))
    return [int(cell) for cell in line.strip("│").split("│")]


def test_a_port_in_use_is_one_sentence(ror, tmp_path):
    with Server(tmp_path / "other.duckdb") as server:
        refused = ror("serve", "--port", server.port)
    assert refused.returncode == 1
    assert refused.stderr.splitlines() == [
        f"Port {server.port} is already in use: stop the other program, or choose another port (PORT=8502 make run)."
    ]


def test_a_database_in_use_is_one_sentence(ror, tmp_path):
    with Server(tmp_path / "ror.duckdb"):
        refused = ror("serve", "--port", free_port())
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert "already in use by another server" in refused.stderr


def test_importing_twice_creates_once(ror):
    assert numbers(ror("import", "finess", EXAMPLE / "finess.csv").stdout) == [4, 4, 0, 0, 0]
    assert numbers(ror("import", "finess", EXAMPLE / "finess.csv").stdout) == [4, 0, 0, 4, 0]
    assert numbers(ror("import", "units", EXAMPLE / "units.csv").stdout) == [7, 7, 0, 0, 0]
    assert numbers(ror("import", "units", EXAMPLE / "units.csv").stdout) == [7, 0, 0, 7, 0]


def test_bad_lines_are_reported_with_number_and_reason_and_do_not_stop_the_rest(ror, tmp_path):
    ror("import", "finess", EXAMPLE / "finess.csv")
    known = (EXAMPLE / "units.csv").read_text("utf-8-sig").splitlines()
    bad = tmp_path / "units.csv"
    bad.write_text("finess;nom;type\n999999999;Perdue;16\nxx;Mauvaise;16\n" + known[1].split(";")[0] + ";Bonne;16\n")
    ran = ror("import", "units", bad)
    assert numbers(ran.stdout) == [3, 1, 0, 0, 2]
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


@pytest.mark.parametrize("arguments", [("import", "finess", "absent.csv"), ("import", "units", "absent.csv")])
def test_a_file_that_is_not_there_is_one_sentence(ror, arguments):
    refused = ror(*arguments)
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert "n'existe pas" in refused.stderr


def test_real_structures_never_enter_the_demonstration(ror, demonstration_database):
    refused = ror("import", "finess", EXAMPLE / "finess.csv", ROR_DATABASE=str(demonstration_database))
    assert refused.returncode == 1
    assert "aucun établissement réel ne côtoie des nombres inventés" in refused.stderr


@pytest.mark.parametrize(("demo", "words"), [("1", "holds a real region"), ("0", "holds the demonstration")])
def test_demonstration_and_real_region_are_not_served_for_each_other(ror, demonstration_database, demo, words):
    settings = {"ROR_DEMO": demo}
    if demo == "1":
        ror("import", "finess", EXAMPLE / "finess.csv")
    else:
        settings["ROR_DATABASE"] = str(demonstration_database)
    refused = ror("serve", "--port", free_port(), **settings)
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert words in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "typed", "words"),
    [
        (["anne", "--name", "Anne", "--role", "professional"], "court\n", "12 caractères"),
        (["anne", "--name", "Anne", "--role", "professional"], "é" * 40 + "\n", "72 octets"),
        (["anne", "--name", "Anne", "--role", "manager"], "assez-long-fictif\n", "au moins une structure"),
        (["anne", "--name", "Anne", "--role", "manager", "--structure", "1"], "assez-long-fictif\n", "inconnues"),
        ([" ", "--name", "Anne", "--role", "professional"], "assez-long-fictif\n", "Indiquez un identifiant"),
    ],
)
def test_an_account_that_cannot_be_is_refused_in_words(ror, arguments, typed, words):
    refused = ror("account", "create", *arguments, "--password-stdin", typed=typed)
    assert refused.returncode == 1
    assert words in refused.stderr


def test_a_login_is_taken_once(ror):
    command = ("account", "create", "anne", "--name", "Anne", "--role", "professional", "--password-stdin")
    assert ror(*command, typed="assez-long-fictif\n").returncode == 0
    refused = ror(*command, typed="assez-long-fictif\n")
    assert (refused.returncode, "déjà pris" in refused.stderr) == (1, True)


def test_a_setting_that_cannot_be_used_is_named(ror):
    refused = ror("serve", ROR_AGE_LIMITS_HOURS="24,1,7")
    assert refused.returncode == 1
    assert "ROR_AGE_LIMITS_HOURS" in refused.stderr
