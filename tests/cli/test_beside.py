"""Commands beside a server that has the database open: it runs them, and its screens show the results."""

import csv
import json
import os
import stat

import pytest

from ror.control import socket_path
from ror.settings import settings
from tests.cli.helpers import EXAMPLE, HOSPITAL, STRONG, import_region, runner
from tests.harness import Server


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Create a folder for the database of a server."""
    path = tmp_path_factory.mktemp("beside")
    import_region(path)
    return path


@pytest.fixture(scope="module")
def server(folder):
    """Start a server that has that database open."""
    with Server(folder / "ror.duckdb", environment={"ROR_LOG": "json"}) as running:
        yield running


@pytest.fixture
def ror(folder, server):
    return runner(folder)


def result(ran):
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_files_are_imported_from_any_folder_that_the_command_can_read(ror, tmp_path):
    text = (EXAMPLE / "units.csv").read_text("utf-8-sig")
    (tmp_path / "units.csv").write_text(text.replace(";10;", ";11;") + "999999999;Perdue;16;;;;\n", encoding="utf-8")
    ran = ror("import", "units", tmp_path / "units.csv", "--json")
    assert ran.returncode == 3
    done = json.loads(ran.stdout)
    assert [done[name] for name in ("read", "created", "changed", "refused")] == [8, 0, 1, 1]
    assert result(ror("import", "finess", EXAMPLE / "finess.csv", "--json"))["unchanged"] == 4
    assert result(ror("import", "declarations", EXAMPLE / "declarations.csv", "--json"))["written"] == 3


def test_refused_lines_are_written_where_the_command_runs(ror, folder, tmp_path):
    (tmp_path / "bad.csv").write_text("finess;nom;type\nxx;Mauvaise;16\n")
    assert ror("import", "units", tmp_path / "bad.csv").returncode == 3
    with (folder / "bad.rejects.csv").open(encoding="utf-8-sig") as file:
        (row,) = csv.DictReader(file, delimiter=";")
    assert (row["ligne"], row["contenu"]) == ("2", "xx;Mauvaise;16")


def test_an_invalid_file_is_refused_with_its_name(ror, tmp_path):
    (tmp_path / "notes.csv").write_text("bonjour\n")
    refused = ror("import", "units", tmp_path / "notes.csv")
    assert (refused.returncode, refused.stdout, "« notes.csv »" in refused.stderr) == (1, "", True)


@pytest.mark.parametrize("form", ["csv", "json", "xlsx"])
def test_a_table_is_exported_whole(ror, folder, form):
    done = result(ror("export", "structures", "--output", f"structures.{form}", "--json"))
    assert done["lines"] == 4
    written = (folder / f"structures.{form}").read_bytes()
    assert (HOSPITAL.encode() in written) == (form != "xlsx")


def test_the_password_of_a_created_account_is_in_no_log(ror, server):
    command = ("account", "create", "anne", "--name", "Anne Exemple", "--role", "professional", "--password-stdin")
    assert ror(*command, typed=f"{STRONG}\n").stdout == "Account anne created.\n"
    taken = ror(*command, typed=f"{STRONG}\n")
    assert (taken.returncode, "déjà pris" in taken.stderr) == (1, True)
    weak = ror("account", "create", "paul", *command[3:], typed="Secret-court\n")
    assert (weak.returncode, "caractères" in weak.stderr) == (1, True)
    assert "jeton=" in ror("account", "link", "anne").stdout
    assert [one["login"] for one in result(ror("account", "list", "--json"))["accounts"]] == ["anne"]
    assert STRONG not in server.output()
    assert "Secret-court" not in server.output()


def test_tokens_are_created_listed_and_revoked(ror):
    token = result(ror("token", "make", "Bed management", "--scope", "read", "--json"))
    result(ror("token", "revoke", token["id"], "--json"))
    listed = result(ror("token", "list", "--json"))["tokens"]
    assert {one["id"]: one["state"] for one in listed}[token["id"]] == "revoked"


def test_the_journal_is_verified_exported_and_purged_and_names_the_command_line(ror, folder):
    mark = result(ror("journal", "verify", "--json"))["mark"]
    assert result(ror("journal", "verify", "--known", mark, "--json"))["known_purged"] is None
    result(ror("journal", "export", "journal.csv", "--json"))
    with (folder / "journal.csv").open(encoding="utf-8-sig") as file:
        assert {row["Qui"] for row in csv.DictReader(file, delimiter=";")} == {"ligne de commande"}
    assert result(ror("journal", "purge", "--before", "2020-01-01", "--json"))["purged"] == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("demo",),
        ("recover",),
        ("copy", "--to", "moved.duckdb"),
        ("serve", "--port", "1"),
        ("account", "link", "nobody"),
        ("journal", "verify", "--known", "1"),
        ("journal", "purge", "--before", "2100-01-01"),
        ("import", "units", "absent.csv"),
        ("export", "units", "--output", "absent/units.csv"),
    ],
)
def test_a_command_that_fails_beside_a_server_prints_one_sentence_on_standard_error(ror, arguments):
    refused = ror(*arguments)
    assert (refused.returncode, refused.stdout, len(refused.stderr.splitlines())) == (1, "", 1)


def test_the_demonstration_catches_up_while_it_is_served(demonstration_database, tmp_path):
    ror = runner(tmp_path)
    database = {"ROR_DATABASE": str(demonstration_database)}
    with Server(demonstration_database, demo=True):
        first = result(ror("export", "structures", "--output", "before.csv", "--json", **database))["position"]
        done = result(ror("demo", "--json", **database))
        last = result(ror("export", "structures", "--output", "after.csv", "--json", **database))["position"]
    assert done["database"].endswith("demo.duckdb")
    assert done["declarations"] == last - first


def test_the_socket_is_beside_the_database(folder, server, monkeypatch):
    monkeypatch.setenv("ROR_DATABASE", str(folder / "ror.duckdb"))
    settings.cache_clear()
    assert socket_path() == folder / "ror.duckdb.sock"
    assert socket_path().stat().st_mode & 0o777 == 0o600
    settings.cache_clear()


@pytest.fixture
def usual_mask():
    """Set the mask of an ordinary shell: files that others may read."""
    before = os.umask(0o022)
    yield
    os.umask(before)


WRITING = {
    "the journal": ("journal", "export", "out.csv"),
    "a table": ("export", "units", "--output", "out.csv"),
    "a table again": ("export", "units", "--output", "out.csv", "--replace"),
    "refused lines": ("import", "units", "wrong.csv"),
    "a backup": ("backup", "--to", "backups"),
}


@pytest.mark.parametrize("command", WRITING.values(), ids=WRITING)
def test_files_of_a_command_which_may_hold_personal_data_are_readable_by_their_owner_only(
    folder, server, tmp_path, usual_mask, command
):
    run = runner(tmp_path)
    text = (EXAMPLE / "units.csv").read_text("utf-8-sig")
    (tmp_path / "wrong.csv").write_text(f"{text}999999999;Perdue;16;;;;\n", encoding="utf-8")
    if "--replace" in command:
        (tmp_path / "out.csv").write_text("before")
    before = {path: path.stat().st_mode for path in tmp_path.rglob("*")}
    ran = run(*command, ROR_DATABASE=str(folder / "ror.duckdb"))
    assert ran.returncode in (0, 3), ran.stderr
    written = [path for path in tmp_path.rglob("*") if path not in before or path.name == "out.csv"]
    assert written
    assert {path.name: oct(stat.S_IMODE(path.stat().st_mode) & 0o077) for path in written} == {
        path.name: "0o0" for path in written
    }
