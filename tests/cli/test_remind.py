"""Reminders sent by a server by itself, and by the command `remind`: alone, and beside a server."""

import json
import urllib.request
from datetime import UTC, datetime
from functools import partial

import pytest

from ror.store.engine.database import Database
from tests import mailbox
from tests.cli.helpers import runner
from tests.harness import Server
from tests.region import WARD, build, own_settings
from tests.services.reminders.reminder_helpers import prepare, received

__all__ = ["own_settings"]


@pytest.fixture
def path(tmp_path):
    """Write a region with a late unit, whose manager has a mail address."""
    path = tmp_path / "ror.duckdb"
    db = Database(path)
    build(db)
    prepare(db, late=(WARD,), reachable=("camille",), now=datetime.now(UTC))
    db.close()
    return path


def variables(box):
    smtp = mailbox.environment(box.port)
    return {**smtp, "ROR_REMINDER_HOURS": "0,24", "ROR_SECRET": "secret-of-the-tests-0123456789abcdef"}


def test_the_command_sends_what_is_due_once(path, tmp_path):
    ror = partial(runner(tmp_path), ROR_REMINDERS="command")
    with mailbox.opened() as box:
        first = json.loads(ror("remind", "--json", **variables(box)).stdout)
        again = ror("remind", **variables(box))
        assert set(received(box)) == {"camille"}
    assert first == {"mails": {"sent": 1}, "notices": {}}
    assert again.stdout == "mails: none is due.\nnotices: none is due.\n"


def test_it_says_what_is_missing(path, tmp_path):
    ror = runner(tmp_path)
    refused = ror("remind")
    assert (refused.returncode, "ROR_SMTP_HOST" in refused.stderr) == (1, True)
    refused = ror("remind", ROR_REMINDERS="off")
    assert (refused.returncode, "Reminders are off" in refused.stderr) == (1, True)


def test_a_server_sends_by_itself_and_counts_it_and_the_command_beside_it_sends_nothing_twice(path, tmp_path):
    ror = runner(tmp_path)
    with mailbox.opened() as box, Server(path, environment=variables(box)) as server:
        assert box.arrived.get(timeout=60)["To"] == "camille@exemple.fr"
        assert json.loads(ror("remind", "--json", **variables(box)).stdout) == {"mails": {}, "notices": {}}
        with urllib.request.urlopen(f"{server.url}/metrics") as answer:
            metrics = answer.read().decode()
        assert box.arrived.empty()
    assert 'ror_reminders_total{outcome="sent"} 1.0' in metrics
