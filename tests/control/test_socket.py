"""The socket by which the command line asks the server: its owner's alone, and an answer to whatever is said."""

import asyncio
import io
import json
import socket
import tempfile
import threading
from contextlib import ExitStack

import pytest

from ror import control
from ror.control import server
from ror.control.commands import COMMANDS
from ror.errors import RorError
from ror.services.file_turn import WAITING, file_turn
from ror.settings import settings
from tests.loops import awaited
from tests.region import HOSPITAL, UNITS, built, built_on_postgresql, db, only_on_a_file, own_settings, region, rows

__all__ = ["built", "built_on_postgresql", "db", "own_settings", "region"]


@pytest.fixture
def listening(region):
    """A server that listens to the command line, on a loop of its own."""
    only_on_a_file(region)
    loop, ready, stop = asyncio.new_event_loop(), threading.Event(), asyncio.Event()

    async def serve():
        async with control.listening(region):
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(10)
    yield control.socket_path()
    loop.call_soon_threadsafe(stop.set)
    thread.join(10)
    loop.close()


def say(path, line):
    with socket.socket(socket.AF_UNIX) as server:
        server.settimeout(10)
        server.connect(str(path))
        server.sendall(line)
        return json.loads(server.makefile().readline())


def test_the_socket_is_its_owners_alone_and_goes_with_the_server(listening):
    assert listening.is_socket()
    assert listening.stat().st_mode & 0o777 == 0o600


def test_nothing_is_left_of_it_after_the_server(region):
    async def serve():
        async with control.listening(region):
            pass

    awaited(serve())
    assert not control.socket_path().exists()


def test_a_command_runs_in_the_server(listening, tmp_path):
    told = []
    made = control.run("backup", {"to": str(tmp_path / "out"), "keep": 1}, lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1] > 10
    assert (tmp_path / "out").is_dir()
    assert made["removed"] == []


def test_why_a_command_failed_is_said_to_who_asked(listening, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RorError, match="cannot be used"):
        control.run("backup", {"to": str(tmp_path / "file"), "keep": 1}, lambda done, total: None)


UNKNOWN = [
    b"{}\n",
    b'{"command": "erase", "arguments": {}}\n',
    b'{"command": "backup", "arguments": {"to": "x"}}\n',
    b'{"command": "token list", "arguments": {"more": 1}}\n',
    b'{"command": "token list", "arguments": []}\n',
    b'{"command": [], "arguments": {}}\n',
    b'{"command": "import units", "arguments": {}, "file": "units.csv"}\n',
    b'{"command": "import units", "arguments": {}, "file": {"name": "units.csv", "size": 10000000000}}\n',
    b"backup\n",
    b"[]\n",
    b"\xff\n",
    b"x" * (2**20 + 1) + b"\n",
]


@pytest.mark.parametrize("line", UNKNOWN, ids=lambda line: line[:60].decode(errors="replace"))
def test_what_is_no_command_is_answered_in_words(listening, line):
    assert "does not know this command" in say(listening, line)["error"]


def test_a_file_goes_in_whole_under_its_own_name_and_nothing_is_left_of_it(listening, tmp_path, monkeypatch):
    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spool))
    (tmp_path / "unités.csv").write_text("finess;nom;type\n" + f"{HOSPITAL};Perdue ;nulle\n" * 20_000)
    done = control.run("import units", {}, source=tmp_path / "unités.csv")
    assert (done["read"], done["refused"]) == (20_000, 20_000)
    assert list(spool.iterdir()) == []
    (tmp_path / "notes.csv").write_text("bonjour")
    with pytest.raises(RorError, match=r"« notes\.csv »"):
        control.run("import units", {}, source=tmp_path / "notes.csv")


def test_a_file_that_waits_for_another_one_is_told_so_and_read_afterwards(listening, tmp_path):
    (tmp_path / "units.csv").write_text("finess;nom;type\n")
    told, held = [], ExitStack()
    held.enter_context(file_turn())

    def on_wait(words):
        told.append(words)
        held.close()

    assert control.run("import units", {}, source=tmp_path / "units.csv", on_wait=on_wait)["read"] == 0
    assert set(told) == {WAITING}


def test_a_file_larger_than_the_memory_kept_for_it_comes_out_whole(listening, monkeypatch):
    monkeypatch.setattr(server, "_IN_MEMORY", 100)
    made = io.BytesIO()
    done = control.run("export", {"table": "units", "form": "json", "since": ""}, target=made)
    assert len(json.loads(made.getvalue())["rows"]) == done["lines"] == len(UNITS)


def test_a_file_that_stops_half_way_is_not_read(listening, region):
    before = rows(region, "unit")
    question = {"command": "import units", "arguments": {}, "file": {"name": "units.csv", "size": 1000}}
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(listening))
        line.sendall(json.dumps(question).encode() + b"\nfiness;nom;type\n")
    # The next question is answered once the one before was let go of.
    assert control.run("token list", {}) == {"tokens": []}
    assert rows(region, "unit") == before


def test_a_server_without_room_for_the_file_says_so(listening, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "absent"))
    (tmp_path / "units.csv").write_text("finess;nom;type\n")
    with pytest.raises(RorError, match="make room"):
        control.run("import units", {}, source=tmp_path / "units.csv")


def test_an_error_nobody_foresaw_is_logged_without_what_was_asked(listening, monkeypatch, caplog):
    def fails(asked, **words):
        raise ZeroDivisionError

    monkeypatch.setitem(COMMANDS, "account create", fails)
    with pytest.raises(RorError, match="its log says which"):
        control.run("account create", {"login": "anne", "password": "Fictif-et-long-2026"})
    assert "ZeroDivisionError" in caplog.text
    assert "Fictif-et-long-2026" not in caplog.text


def test_a_server_that_dies_before_it_has_answered_is_said(region, tmp_path):
    only_on_a_file(region)
    with socket.socket(socket.AF_UNIX) as desk:
        desk.bind(str(control.socket_path()))
        desk.listen()
        thread = threading.Thread(target=lambda: desk.accept()[0].close())
        thread.start()
        with pytest.raises(RorError, match="stopped before it had answered"):
            control.run("token list", {})
        thread.join(10)


def test_why_a_server_refused_is_said_even_when_it_did_not_read_all_that_was_sent(region, tmp_path):
    only_on_a_file(region)
    (tmp_path / "units.csv").write_text("finess;nom;type\n" * 100_000)

    def refuse(desk):
        with desk.accept()[0] as line:
            line.sendall(b'{"error": "Non."}\n')

    with socket.socket(socket.AF_UNIX) as desk:
        desk.bind(str(control.socket_path()))
        desk.listen()
        thread = threading.Thread(target=refuse, args=(desk,))
        thread.start()
        with pytest.raises(RorError, match=r"^Non\.$"):
            control.run("import units", {}, source=tmp_path / "units.csv")
        thread.join(10)


def test_without_a_server_the_command_runs_here(region, tmp_path):
    path = only_on_a_file(region)
    region.close()
    # What a server that was killed leaves.
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(control.socket_path()))
    made = control.run("backup", {"to": str(tmp_path / "out"), "keep": 1}, lambda done, total: None)
    assert path.exists()
    assert made["rows"] > 20


def test_a_path_too_long_for_a_socket_has_none_and_the_server_says_so(region, monkeypatch, tmp_path, caplog):
    monkeypatch.setenv("ROR_DATABASE", str(tmp_path / ("a" * 90) / "ror.duckdb"))
    settings.cache_clear()

    async def serve():
        async with control.listening(region):
            assert control.socket_path() is None

    awaited(serve())
    assert "too long for a socket" in caplog.text
