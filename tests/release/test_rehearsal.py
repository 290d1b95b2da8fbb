"""A database of the previous release is upgraded, used and rolled back; what was declared in between is imported again."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ror.services.operations.demonstration import FED_UNIT
from ror.settings import ROOT
from tests.cli.helpers import EXAMPLE, HOSPITAL, RESUSCITATION, runner
from tests.harness import Server
from tests.release.previous import Version, unpack
from tests.replicas.pair import Visitor

# A dozen processes are started one after the other.
pytestmark = pytest.mark.timeout(900)

Numbers = dict[str, tuple[int | None, str | None]]
PASSWORD = "Quatre-lits-libres-2026"
DEMONSTRATION_PASSWORD = "Demonstration-2026"
SHOWN, LOG = "999410001", "/api/v1/declarations"
TOKEN = ["token", "make", "Rehearsal", "--scope", "read", "--scope", "declare"]


@dataclass
class Region:
    """Logins of a region of the previous release and their password, a token, and three units that it declares for."""

    logins: list[str]
    password: str
    token: str
    units: list[str]


@pytest.fixture(scope="module")
def previous_files(tmp_path_factory):
    return unpack(tmp_path_factory.mktemp("previous"))


def request_json(server: Server, token: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """Send a request to the JSON interface, with a body a POST, and return its answer."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(server.url + path, json.dumps(body).encode() if body else None, headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refusal:
        raise AssertionError(refusal.read().decode()) from refusal


def items(server: Server, token: str, path: str) -> list[dict[str, Any]]:
    """Return the items of every page of a list."""
    rows, following = [], path
    while following:
        page = request_json(server, token, following)
        rows += page["items"]
        following = page.get("next", "")
    return rows


def numbers(server: Server, token: str) -> Numbers:
    """Return the number of each unit, and the instant at which it was true."""
    rows = items(server, token, "/api/v1/availability?limit=1000")
    return {row["unit"]: (row["counts"].get("available"), row["observed_at"]) for row in rows}


def declare(server: Server, region: Region, unit: str, available: int) -> None:
    """Declare as another system does, now."""
    body = {"unit": unit, "counts": {"available": available}, "source_type": "02", "observed_at": datetime.now(UTC).isoformat()}
    assert request_json(server, region.token, LOG, body)["counts"]["available"] == available


def units_with_room(server: Server, region: Region) -> list[str]:
    """Return three units of a structure with a number above 0: the 1 that the test declares is possible for them.

    The unit that a demonstration declares for every hour is none of them.
    """
    rows = items(server, region.token, f"/api/v1/availability?structure={SHOWN}&at_least=1")
    return [row["unit"] for row in rows if row["unit"] != FED_UNIT][:3]


def sign_in_everybody(server: Server, region: Region) -> None:
    """Sign in with each account by the form, and open a page."""
    for login in region.logins:
        visitor = Visitor(server.url)
        visitor.sign_in(SimpleNamespace(login=login), region.password)
        with visitor.tab("mon-compte") as tab:
            assert tab.shows(login)
            assert not tab.shows("Le service a rencontré une erreur")


@dataclass
class Rehearsal:
    """An upgrade and its rollback, each step as docs/operations.md describes it."""

    before: Version
    after: Version
    folder: Path
    # At a start a demonstration declares again for the last hour.
    played_from: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(hours=1))

    def upgrade(self, region: Region) -> None:
        """Use the previous release, back up, upgrade, use this one; the previous release then refuses the database."""
        self.region = region
        with self.before.server() as server:
            region.units = region.units or units_with_room(server, region)
            declare(server, region, region.units[2], 1)
            self.old = numbers(server, region.token)
            (self.backup,) = self.before.run(["backup"], folder=self.folder)
        with self.after.server() as server:
            self.check_old_numbers(server)
            sign_in_everybody(server, region)
            declare(server, region, region.units[0], 0)
            declare(server, region, region.units[1], 1)
            self.events = items(server, region.token, f"{LOG}?limit=1000&after={self.backup['position']}")
            ror = runner(self.folder)
            done = ror("export", "availability", "--output", "last.csv", ROR_DATABASE=str(self.after.database))
            assert done.returncode == 0, done.stderr
        refused = self.before.run_python("-m", "ror", "serve", "--port", "65000", folder=self.folder)
        assert refused.returncode == 1
        assert "newer version of the service (step 22): install that version" in refused.stderr

    def return_to_old(self, bring_back: Callable[[Server], None]) -> None:
        """Serve the restored backup with the previous release, and import what was declared in between."""
        with self.before.server() as server:
            self.check_old_numbers(server)
            sign_in_everybody(server, self.region)
            bring_back(server)
            after = numbers(server, self.region.token)
        assert [after[unit][0] for unit in self.region.units] == [0, 1, 1]

    def check_old_numbers(self, server: Server) -> None:
        """Check the numbers and their instants, except for units for which a demonstration declares by itself at a start."""
        current = numbers(server, self.region.token)
        played = {unit for unit, (_, at) in current.items() if at and datetime.fromisoformat(at) >= self.played_from}
        played -= set(self.region.units)
        assert len(played) <= len(current) / 8
        assert {unit: current[unit] for unit in current.keys() - played} == {
            unit: self.old[unit] for unit in self.old.keys() - played
        }


def test_a_demonstration_in_a_file_is_upgraded_and_rolled_back(previous_files, tmp_path):
    before, after = (Version(folder, tmp_path / "ror.duckdb", demo=True) for folder in (previous_files, ROOT))
    rehearsal = Rehearsal(before, after, tmp_path)
    _, token = before.run(["demo"], [*TOKEN, "--structure", SHOWN], folder=tmp_path)
    logins = ["responsable", "soignant", "coordination", "admin"]
    rehearsal.upgrade(Region(logins, DEMONSTRATION_PASSWORD, token["token"], []))
    before.run(["restore", rehearsal.backup["file"], "--replace"], folder=tmp_path)

    def send_events(server):
        # The demonstration may have declared other units meanwhile.
        units = rehearsal.region.units[:2]
        sent = [event for event in rehearsal.events if event["source_type"]["code"] == "02" and event["unit"] in units]
        assert [event["unit"] for event in sent] == units
        for event in sent:
            body = {"unit": event["unit"], "counts": {"available": event["counts"]["available"]}, "source_type": "02"}
            request_json(server, rehearsal.region.token, LOG, body | {"observed_at": event["observed_at"]})

    rehearsal.return_to_old(send_events)


def test_a_real_region_on_postgresql_is_upgraded_and_rolled_back(previous_files, postgres, tmp_path):
    before, after = (Version(folder, postgres.new_database(), demo=False) for folder in (previous_files, ROOT))
    after.database = before.database
    files = [["import", table, f"{EXAMPLE}/{table}.csv"] for table in ("finess", "units", "declarations")]
    account = ["account", "create", "anne", "--name", "Anne Exemple", "--role", "manager", "--structure", HOSPITAL]
    commands = [*files, [*TOKEN, "--structure", HOSPITAL], [*account, "--password-stdin"]]
    *_, token, _ = before.run(*commands, folder=tmp_path, typed=f"{PASSWORD}\n")
    rehearsal = Rehearsal(before, after, tmp_path)
    rehearsal.upgrade(
        Region(
            ["anne"],
            PASSWORD,
            token["token"],
            [RESUSCITATION, f"{HOSPITAL}-medecine-fictive", f"{HOSPITAL}-hopital-de-jour-fictif"],
        )
    )
    # `restore` writes a DuckDB file; `copy` writes it to an empty PostgreSQL database.
    before.database = postgres.new_database()
    restore = ["restore", rehearsal.backup["file"], "--to", "restored.duckdb"]
    before.run(restore, ["copy", "--from", "restored.duckdb", "--to", str(before.database)], folder=tmp_path)

    def import_last_numbers(_):
        done = before.run_python("-m", "ror", "import", "declarations", "last.csv", "--json", folder=tmp_path)
        # The units that never declared have no number, and are refused.
        assert done.returncode == 3, done.stderr
        assert json.loads(done.stdout)["written"] == 2

    rehearsal.return_to_old(import_last_numbers)
