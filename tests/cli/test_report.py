"""Reports of the region made by a server by itself, and by the command `report`: alone, and beside a server."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from ror.model.daily_report import Schedule
from ror.model.territory import PARIS
from ror.store import daily_reports
from ror.store.engine.database import Database
from tests import mailbox
from tests.cli.helpers import runner
from tests.harness import Server
from tests.region import CORALIE, build, own_settings, rows, store_account
from tests.services.reminders.reminder_helpers import received

__all__ = ["own_settings"]


@pytest.fixture
def path(tmp_path):
    """Write a region whose report was due at the last full hour, with a coordinator who receives it."""
    path, now = tmp_path / "ror.duckdb", datetime.now(UTC)
    db = Database(path)
    build(db)
    store_account(db, replace(CORALIE, mail="coralie@exemple.fr"))
    with db.transaction() as transaction:
        daily_reports.set_schedule(transaction, Schedule((now.astimezone(PARIS).hour,), now - timedelta(days=1)))
        daily_reports.subscribe(transaction, CORALIE.id, now - timedelta(days=1))
    db.close()
    return path


def variables(box):
    return {**mailbox.environment(box.port), "ROR_SECRET": "secret-of-the-tests-0123456789abcdef"}


def test_the_command_makes_and_mails_what_is_due_once(path, tmp_path):
    ror = partial(runner(tmp_path), ROR_REPORTS="command")
    with mailbox.opened() as box:
        first = json.loads(ror("report", "--json", **variables(box)).stdout)
        again = ror("report", **variables(box))
        assert set(received(box)) == {"coralie"}
    assert first == {"made": 1, "mails": {"sent": 1}}
    assert again.stdout == "reports: none is due.\nmails: none is due.\n"


def test_it_says_that_reports_are_off(path, tmp_path):
    refused = runner(tmp_path)("report", ROR_REPORTS="off")
    assert (refused.returncode, "Reports are off" in refused.stderr) == (1, True)


def test_a_server_makes_it_by_itself_and_the_command_beside_it_makes_nothing_twice(path, tmp_path):
    ror = runner(tmp_path)
    with mailbox.opened() as box, Server(path, environment=variables(box)):
        assert box.arrived.get(timeout=60)["To"] == "coralie@exemple.fr"
        assert json.loads(ror("report", "--json", **variables(box)).stdout) == {"made": 0, "mails": {}}
        assert box.arrived.empty()
    db = Database(path)
    lines = [row for row in rows(db, "journal") if "send_report" in str(row)]
    db.close()
    assert len(lines) == 1
