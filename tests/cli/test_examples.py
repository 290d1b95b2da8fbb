"""Each command shows an example in its help: it is run as it stands, without a server and beside one."""

import gzip
import json
import re
import shlex
import shutil
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
import typer.main
from typer.core import TyperGroup

from ror.cli import app
from ror.model.rights import Account, Role
from ror.model.territory import PARIS
from ror.services.operations import backup
from ror.store import accounts, second_factor, tokens
from ror.store.engine.database import Database
from tests.cli.helpers import EXAMPLE, import_region, runner
from tests.harness import Server

BACKED_UP = "ror-20261123T020000Z.duckdb"
TOKEN = "token-0123456789ab"
MAIL = {"ROR_SMTP_HOST": "127.0.0.1"}
"""Reminders need a mail server in the settings; no mail is due in this region."""
STOPPED = [("copy",), ("recover",)]
"""The commands that need a stopped server."""


def commands_of(group, path=()):
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands_of(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(commands_of(typer.main.get_command(app)))


ON_THE_REGION = [path for path in COMMANDS if path not in (("serve",), ("demo",))]
"""`serve` starts a server, and `demo` has a database of its own."""


def example(path):
    """Return the words after `python -m ror` in the example of a command."""
    shown = re.findall(r"Example: python -m ror (.+?)\.$", COMMANDS[path].help, re.MULTILINE)
    assert len(shown) == 1, f"{' '.join(path)} shows {len(shown)} examples"
    # One example has a date, which must be today's.
    return shlex.split(shown[0].replace("2026-11-28", f"{datetime.now(PARIS):%Y-%m-%d}"))


def prepare(folder):
    """Create all that the examples name: a region, its files, an account with a second factor, a token, a backup."""
    import_region(folder)
    daily = (EXAMPLE / "finess-structures-journalier.json").read_bytes()
    (folder / "finess-structures-journalier.json.gz").write_bytes(gzip.compress(daily))
    for name in ("accounts.csv", "declarations.csv", "unit-types.csv", "outlines.geojson"):
        shutil.copy(EXAMPLE / name, folder)
    # `trust validate` needs a number that is followed by another one.
    assert runner(folder)("import", "declarations", "declarations.csv").returncode == 0
    now = datetime.now(UTC)
    with closing(Database(folder / "ror.duckdb")) as db:
        with db.transaction() as transaction:
            anne = Account("anne", "anne", "Anne Exemple", frozenset({Role.PROFESSIONAL}))
            accounts.add(transaction, anne, "")
            second_factor.set_up(transaction, anne.id, "sealed", 1, [])
            accounts.add(transaction, Account(TOKEN, "", "Bed management", frozenset({Role.COORDINATOR})))
            tokens.add(transaction, TOKEN, "hash", "", now, now + timedelta(days=1))
        file = backup.create(db, folder / "backups", 9, now).file
    file.rename(file.with_name(BACKED_UP))
    file.with_name(f"{file.name}.json").rename(file.with_name(f"{BACKED_UP}.json"))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prepared") / "region"
    folder.mkdir()
    prepare(folder)
    return folder


@pytest.fixture
def folder(prepared, tmp_path):
    """Copy the prepared folder."""
    return shutil.copytree(prepared, tmp_path / "region")


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_example_is_of_its_own_command(path):
    assert tuple(example(path)[: len(path)]) == path


@pytest.mark.parametrize("path", ON_THE_REGION, ids=" ".join)
def test_every_example_runs_without_a_server(folder, path):
    ran = runner(folder)(*example(path), **MAIL)
    assert (ran.returncode, bool(ran.stdout), ran.stderr) == (0, True, "")


@pytest.fixture(scope="module")
def served(prepared, tmp_path_factory):
    """Copy the prepared folder, and start a server that has its database open."""
    folder = shutil.copytree(prepared, tmp_path_factory.mktemp("served") / "region")
    with Server(folder / "ror.duckdb", environment=MAIL):
        yield folder


@pytest.mark.parametrize("path", ON_THE_REGION, ids=" ".join)
def test_every_example_runs_beside_a_server_except_those_that_need_it_stopped(served, path):
    ran = runner(served)(*example(path), "--json", **MAIL)
    if path in STOPPED:
        assert (ran.returncode, ran.stdout, len(ran.stderr.splitlines())) == (1, "", 1)
    else:
        assert (ran.returncode, ran.stderr) == (0, "")
        assert_one_object(ran)


@pytest.mark.parametrize("path", STOPPED, ids=" ".join)
def test_commands_that_need_a_stopped_server_print_json_too(folder, path):
    assert_one_object(runner(folder)(*example(path), "--json"))


def assert_one_object(ran):
    assert isinstance(json.loads(ran.stdout), dict)
    assert len(ran.stdout.splitlines()) == 1


def test_the_example_of_the_demonstration_runs_on_one(demonstration_database, tmp_path):
    ror = runner(tmp_path)
    for more in ([], ["--json"]):
        ran = ror(*example(("demo",)), *more, ROR_DATABASE=str(demonstration_database))
        assert (ran.returncode, bool(ran.stdout), ran.stderr) == (0, True, "")


class ExampleServer(Server):
    """The server started by the example of `serve`, on a free port."""

    def command(self):
        words = example(("serve",))
        assert words[1] == "--port"
        return [*super().command()[:3], words[0], words[1], str(self.port), *words[3:]]


def test_the_example_of_serving_serves(tmp_path):
    with ExampleServer(tmp_path / "ror.duckdb") as server:
        assert f"http://localhost:{server.port}" in server.output()
