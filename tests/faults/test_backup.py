"""Backups taken by the documented command, from a server that eight writers keep busy."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from ror.control import socket_path
from ror.model.backup import manifest_name
from ror.store.engine.database import Database
from tests.cli.helpers import runner
from tests.faults.helpers import ROOT, Acknowledged, build_database, check_whole, small_disk
from tests.harness import Server
from tests.region import rows


class BusyServer(Server):
    """The server of `busy.py`, with the output of its eight writers so far."""

    def command(self):
        return [sys.executable, "-m", "tests.faults.busy", str(self.port)]

    def lines(self):
        """Return the whole lines of the output; the last one may be half written."""
        return [line for line in self.output().splitlines(keepends=True) if line.endswith("\n")]

    def acknowledged(self):
        acknowledged = Acknowledged()
        acknowledged.add([line.rstrip("\n") for line in self.lines()])
        return acknowledged

    def wait_for(self, more):
        before, limit = len(self.lines()), time.monotonic() + 30
        while len(self.lines()) < before + more and time.monotonic() < limit:
            time.sleep(0.02)
        assert len(self.lines()) >= before + more, "the writers stopped"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("busy")


@pytest.fixture(scope="module")
def busy(folder):
    """Start a server that the tests of this file share: they leave it as they found it."""
    with BusyServer(build_database(folder / "ror.duckdb")) as server:
        server.wait_for(50)
        yield server


@pytest.fixture
def ended(tmp_path):
    """Start a server of its own for a test that ends it."""
    with BusyServer(build_database(tmp_path / "ror.duckdb")) as server:
        server.wait_for(50)
        yield server


@pytest.fixture
def ror(folder):
    return commands(folder)


def commands(folder):
    """Return a function that runs `python -m ror ...` beside the server of a folder."""
    return partial(runner(folder), COLUMNS="200")


def backup_file(ran):
    """Return the file that `backup` prints as the one to restore."""
    assert ran.returncode == 0, ran.stderr
    return re.search(r"python -m ror restore (\S+)", ran.stdout)[1]


def test_a_backup_under_load_holds_all_that_was_acknowledged_before_and_half_of_nothing(busy, ror, tmp_path):
    before = busy.acknowledged()
    file = backup_file(ror("backup"))
    busy.wait_for(20)
    elsewhere = tmp_path / "elsewhere" / "ror.duckdb"
    restored = ror("restore", file, "--to", elsewhere)
    assert restored.returncode == 0, restored.stderr
    manifest = json.loads(Path(manifest_name(file)).read_text("utf-8"))
    assert f"position {manifest['position']}" in restored.stdout
    assert max(before.by_position) <= manifest["position"] <= max(busy.acknowledged().by_position)
    db = Database(elsewhere)
    check_whole(db, before)
    assert db.position == manifest["position"]
    for table, content in manifest["tables"].items():
        # The restoration is a line of the journal, the first from the command line: an origin of its own.
        more = 1 if table in ("journal", "origin") else 0
        assert len(rows(db, table)) == content["rows"] + more, table
    db.close()
    assert "The journal holds" in ror("journal", "verify", ROR_DATABASE=str(elsewhere)).stdout


@pytest.mark.whole
def test_what_the_server_holds_when_it_stops_begins_with_what_its_backup_holds(ended, tmp_path):
    ror = commands(tmp_path)
    file = backup_file(ror("backup"))
    ended.wait_for(20)
    ended.stop()
    elsewhere = tmp_path / "elsewhere.duckdb"
    assert ror("restore", file, "--to", elsewhere).returncode == 0
    source, restored = Database(tmp_path / "ror.duckdb"), Database(elsewhere)
    check_whole(source, ended.acknowledged())
    for table in ("account", "account_role", "account_perimeter", "legal_entity", "migration", "session", "structure", "unit"):
        assert rows(source, table) == rows(restored, table), table
    with source.reader() as ours, restored.reader() as theirs:
        query = "SELECT * FROM declaration WHERE position <= ? ORDER BY position"
        states = [one.execute(query, [restored.position]).to_arrow_table() for one in (ours, theirs)]
        assert states[0].equals(states[1])
        assert source.position > restored.position
        journal = "SELECT * FROM journal WHERE act = 'declare' ORDER BY number"
        lines = theirs.execute(journal).to_arrow_table()
        assert ours.execute(journal).to_arrow_table()[: lines.num_rows].equals(lines)
    source.close()
    restored.close()


def test_a_database_that_a_server_has_open_is_not_restored_over(busy, ror, folder):
    file = backup_file(ror("backup"))
    refused = ror("restore", file, "--replace")
    assert refused.returncode == 1
    assert "A server has" in refused.stderr
    assert "stop it first" in refused.stderr
    assert list(folder.glob("*aside*")) == []
    busy.wait_for(20)


def test_a_backup_onto_a_full_disk_is_one_sentence_and_the_server_goes_on(busy, ror, tmp_path):
    with small_disk(tmp_path / "small", 1) as small:
        refused = ror("backup", "--to", small)
        assert refused.returncode == 1
        assert refused.stderr.strip() == f"There is no room left in {small}: make room, or name another folder. " + (
            "Nothing is left there."
        )
        assert list(small.iterdir()) == []
    busy.wait_for(20)
    assert backup_file(ror("backup"))


@pytest.mark.whole
def test_a_server_told_to_stop_abandons_the_backup_and_leaves_no_half_of_one(ended, tmp_path):
    with subprocess.Popen([sys.executable, "-m", "ror", "backup"], cwd=ROOT, env=dict(os.environ), stderr=-1) as asking:
        folder = tmp_path / "backups"
        while not (folder.exists() and list(folder.iterdir())) and asking.poll() is None:
            time.sleep(0.001)
        ended.stop()
        asking.communicate(timeout=30)
    files = sorted(one.name for one in folder.iterdir())
    whole = [name for name in files if name.endswith(".duckdb") and manifest_name(name) in files]
    assert files == sorted([*whole, *map(manifest_name, whole)])
    assert not socket_path().exists()
    db = Database(tmp_path / "ror.duckdb")
    check_whole(db, ended.acknowledged())
    db.close()


@pytest.mark.whole
def test_what_a_killed_server_left_is_no_backup_and_the_next_one_takes_it_away(ended, tmp_path):
    ror = commands(tmp_path)
    folder = tmp_path / "backups"
    with subprocess.Popen([sys.executable, "-m", "ror", "backup"], cwd=ROOT, env=dict(os.environ), stderr=-1) as asking:
        while not (folder.exists() and list(folder.glob("*.part"))) and asking.poll() is None:
            time.sleep(0.001)
        os.kill(ended.pid, signal.SIGKILL)
        asking.communicate(timeout=30)
    assert not [one for one in folder.glob("*.duckdb") if not (folder / manifest_name(one.name)).exists()]
    # The socket that the killed server left answers nobody: the command opens the file itself.
    time.sleep(1)
    file = backup_file(ror("backup"))
    assert list(folder.glob("*.part*")) == []
    assert "is whole" in ror("restore", file, "--check").stdout
