"""The commands `serve` and `demo`: refused ports, databases and settings, and what the demonstration writes."""

import re
import socket
import subprocess
import sys
from contextlib import closing

import pytest

from ror.settings import ROOT
from ror.store.engine.database import Database
from tests.cli.helpers import EXAMPLE
from tests.harness import free_port


def test_a_port_in_use_is_one_sentence(ror):
    with socket.create_server(("127.0.0.1", 0)) as other_program:
        port = other_program.getsockname()[1]
        refused = ror("serve", "--port", port)
    assert refused.returncode == 1
    assert refused.stderr.splitlines() == [
        f"Port {port} is already in use: stop the other program, or choose another port (PORT=8502 make run)."
    ]


@pytest.fixture
def database_in_use(tmp_path):
    """Open the database of the test's folder in another process."""
    code = "import sys, pathlib, ror.store.engine.database as d; db = d.Database(pathlib.Path(sys.argv[1])); print(); input()"
    command = [sys.executable, "-c", code, str(tmp_path / "ror.duckdb")]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        yield
        holder.communicate(b"\n")


def test_a_database_in_use_is_one_sentence(ror, database_in_use):
    refused = ror("serve", "--port", free_port())
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert "already in use by another server" in refused.stderr


def test_the_demonstration_is_written_once_then_only_the_missed_declarations(ror, tmp_path, demonstration_database):
    again = ror("demo", ROR_DATABASE=str(demonstration_database))
    assert again.returncode == 0, again.stderr
    line = again.stdout.strip()
    assert re.fullmatch(r"\d+ declarations written to .*demo\.duckdb", line)
    with closing(Database(demonstration_database)) as db, db.reader() as cursor:
        before, after = cursor.execute(
            "SELECT count(*) FILTER (recorded_at < now() - INTERVAL 1 DAY), count(*) FROM declaration"
        ).fetchone()
    assert int(line.split()[0]) <= after - before


@pytest.mark.parametrize(
    ("scale", "words"), [("national", "holds the demonstration at scale region"), ("moon", "give region or national")]
)
def test_an_impossible_scale_is_one_sentence(ror, demonstration_database, scale, words):
    refused = ror("demo", "--scale", scale, ROR_DATABASE=str(demonstration_database))
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert words in refused.stderr


def test_nothing_is_invented_beside_real_structures(ror):
    ror("import", "finess", EXAMPLE / "finess.csv")
    refused = ror("demo")
    assert refused.returncode == 1
    assert "holds a real region" in refused.stderr


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


def test_a_setting_that_cannot_be_used_is_named(ror):
    refused = ror("serve", ROR_AGE_LIMITS_HOURS="24,1,7")
    assert refused.returncode == 1
    assert refused.stderr.startswith("The setting ROR_AGE_LIMITS_HOURS cannot be used: ")


def test_a_value_within_a_setting_that_cannot_be_used_names_the_setting_alone(ror):
    refused = ror("serve", ROR_AGE_LIMITS_HOURS="24,1")
    assert refused.returncode == 1
    assert refused.stderr.startswith("The setting ROR_AGE_LIMITS_HOURS cannot be used: ")
