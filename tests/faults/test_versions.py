"""Migration steps that fail half-way, or are killed: the database stays as it was, and the previous version opens it."""

import os
import signal
import subprocess
import sys

import pytest

from ror.errors import DatabaseError
from ror.store.engine import migrations
from ror.store.engine.database import Database
from ror.store.engine.migrations import MIGRATIONS, Migration
from tests.cli.helpers import runner
from tests.faults.helpers import ROOT
from tests.region import WARD, board_rows, rows, write

NEXT = MIGRATIONS[-1].number + 1
HALF = Migration(NEXT, "half", ("ALTER TABLE unit ADD COLUMN storey INTEGER", "INSERT INTO nowhere VALUES (1)"))
SLOW = """
import sys
from pathlib import Path
from ror.store.engine import migrations
from ror.store.engine.database import Database
from ror.store.engine.migrations import MIGRATIONS, Migration


class Slow(tuple):
    def __iter__(self):
        for statement in super().__iter__():
            yield statement
            print("done", flush=True)
            if statement.startswith("CREATE TABLE moved"):
                sys.stdin.read()


statements = Slow((
    "ALTER TABLE unit ADD COLUMN storey INTEGER",
    "CREATE TABLE moved AS SELECT * FROM declaration",
    "DELETE FROM declaration",
))
migrations.MIGRATIONS = (*MIGRATIONS, Migration(MIGRATIONS[-1].number + 1, "slow", statements))
Database(Path(sys.argv[1]))
"""


@pytest.fixture
def stopped_database(region):
    """Return the file of a database of this version, with a declaration, that was closed in order."""
    write(region, WARD, 7)
    region.close()
    return region.path


def assert_unchanged(path):
    """Assert that this version opens a database, with its numbers and nothing of the step that failed."""
    db = Database(path)
    assert board_rows(db)[WARD]["available"] == 7
    assert NEXT not in {int(row[0]) for row in rows(db, "migration")}
    with db.reader() as cursor:
        assert "storey" not in {row[0] for row in cursor.execute("DESCRIBE unit").fetchall()}
        assert cursor.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'moved'").fetchone() is None
    db.close()


def test_a_failed_step_raises_a_sentence_and_leaves_nothing(stopped_database, monkeypatch):
    with monkeypatch.context() as newer:
        newer.setattr(migrations, "MIGRATIONS", (*MIGRATIONS, HALF))
        with pytest.raises(DatabaseError, match=rf"step {NEXT} \(half\) failed.*nothing of it stays.*version before"):
            Database(stopped_database)
    assert_unchanged(stopped_database)


@pytest.mark.parametrize("statements", [1, 2])
def test_a_step_that_is_killed_in_the_middle_leaves_nothing(stopped_database, statements):
    command = [sys.executable, "-c", SLOW, str(stopped_database)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, env=environment, **pipes) as process:
        for _ in range(statements):
            assert process.stdout.readline() == b"done\n"
        process.send_signal(signal.SIGKILL)
    assert_unchanged(stopped_database)


def test_a_server_refuses_a_database_of_a_newer_version_and_leaves_it_alone(stopped_database):
    db = Database(stopped_database)
    with db.transaction() as transaction:
        transaction.cursor.execute("INSERT INTO migration VALUES (?, 'from the future', now())", [NEXT + 5])
    db.close()
    before = stopped_database.read_bytes()
    done = runner(stopped_database.parent)("serve", "--port", "65000")
    assert done.returncode == 1
    assert f"newer version of the service (step {NEXT + 5}): install that version" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert stopped_database.read_bytes() == before
