"""The socket between the command line and the server: readable by its owner only, with an answer to any request."""

import asyncio
import io
import json
import socket
import tempfile
import threading
import time
from contextlib import ExitStack

import httpx2
import pytest

from ror import control
from ror.control import server
from ror.control.commands import COMMANDS
from ror.control.protocol import COMMAND
from ror.errors import RorError
from ror.services.file_turn import WAITING, file_turn
from ror.settings import settings
from tests.loops import run_coroutine
from tests.region import HOSPITAL, UNITS, db, only_on_a_file, own_settings, region, region_file, region_on_postgresql, rows

__all__ = ["db", "own_settings", "region", "region_file", "region_on_postgresql"]


@pytest.fixture
def listening(region):
    """Start a server that listens to the command line, on an event loop of its own."""
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


def send(path, command, content=b""):
    """Send a header of a command, valid or not; return the answer, one line of JSON."""
    with httpx2.Client(transport=httpx2.HTTPTransport(uds=str(path)), timeout=10, trust_env=False) as client:
        return client.post("http://server/", headers={COMMAND: command}, content=content).json()


def test_the_socket_is_readable_by_its_owner_only(listening):
    assert listening.is_socket()
    assert listening.stat().st_mode & 0o777 == 0o600


def test_the_socket_is_removed_when_the_server_stops(region):
    async def serve():
        async with control.listening(region):
            pass

    run_coroutine(serve())
    assert not control.socket_path().exists()


def test_a_command_runs_in_the_server(listening, tmp_path):
    notices = []
    result = control.run("backup", {"to": str(tmp_path / "out"), "keep": 1}, lambda done, total: notices.append((done, total)))
    assert notices[-1][0] == notices[-1][1] > 10
    assert (tmp_path / "out").is_dir()
    assert result["removed"] == []


def test_the_error_of_a_command_reaches_the_client(listening, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RorError, match="cannot be used"):
        control.run("backup", {"to": str(tmp_path / "file"), "keep": 1}, lambda done, total: None)


UNKNOWN = [
    "{}",
    '{"name": "erase", "arguments": {}}',
    '{"name": "backup", "arguments": {"to": "x"}}',
    '{"name": "token list", "arguments": {"more": 1}}',
    '{"name": "token list", "arguments": []}',
    '{"name": [], "arguments": {}}',
    '{"name": "import units", "arguments": {}, "file": {"name": "units.csv"}}',
    "backup",
    "[]",
    "null",
    "x" * 2**19,
]


@pytest.mark.parametrize("command", UNKNOWN, ids=lambda command: command[:60])
def test_an_unknown_command_is_answered_by_a_sentence(listening, command):
    assert "does not know this command" in send(listening, command)["error"]


def test_what_is_no_request_is_refused_and_the_next_command_runs(listening):
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(10)
        line.connect(str(listening))
        line.sendall(b"{}\n\n")
        assert line.recv(12) == b"HTTP/1.1 400"
    assert control.run("token list", {}) == {"tokens": []}


def test_a_file_larger_than_any_is_refused(listening, monkeypatch):
    monkeypatch.setattr(server, "MAX_STREAMED_BYTES", 1_000)
    command = json.dumps({"name": "import units", "arguments": {}, "file": "units.csv"})
    assert "units.csv" in send(listening, command, b"x" * 2_000)["error"]


def test_a_sent_file_keeps_its_name_and_its_copy_is_removed(listening, tmp_path, monkeypatch):
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


def test_a_file_that_waits_for_another_one_gets_a_notice_and_is_read_afterwards(listening, tmp_path):
    (tmp_path / "units.csv").write_text("finess;nom;type\n")
    notices, turn = [], ExitStack()
    turn.enter_context(file_turn())

    def on_wait(words):
        notices.append(words)
        turn.close()

    assert control.run("import units", {}, source=tmp_path / "units.csv", on_wait=on_wait)["read"] == 0
    assert set(notices) == {WAITING}


def test_a_written_file_larger_than_its_memory_is_received_whole(listening, monkeypatch):
    monkeypatch.setattr(server, "_IN_MEMORY", 100)
    result = io.BytesIO()
    done = control.run("export", {"table": "units", "form": "json", "since": ""}, target=result)
    assert len(json.loads(result.getvalue())["rows"]) == done["lines"] == len(UNITS)


def test_a_file_that_stops_half_way_is_not_read(listening, region):
    before = rows(region, "unit")
    command = json.dumps({"name": "import units", "arguments": {}, "file": "units.csv"})
    head = f"POST / HTTP/1.1\r\nhost: server\r\n{COMMAND}: {command}\r\ncontent-length: 1000\r\n\r\n"
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(listening))
        line.sendall(head.encode() + b"finess;nom;type\n")
    # The next command is answered once the server has given up the one before.
    assert control.run("token list", {}) == {"tokens": []}
    assert rows(region, "unit") == before


def test_a_command_is_abandoned_when_who_sent_it_leaves(listening, monkeypatch):
    ended = threading.Event()

    def goes_on(context):
        try:
            for done in range(10_000):
                context.on_progress(done, 10_000)
                time.sleep(0.01)
        except RorError:
            ended.set()
            raise

    monkeypatch.setitem(COMMANDS, "token list", goes_on)

    def leave(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        control.run("token list", {}, leave)
    assert ended.wait(10)


def test_a_server_without_room_for_the_file_says_so(listening, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "absent"))
    (tmp_path / "units.csv").write_text("finess;nom;type\n")
    with pytest.raises(RorError, match="make room"):
        control.run("import units", {}, source=tmp_path / "units.csv")


def test_an_unexpected_error_is_logged_without_the_arguments(listening, monkeypatch, caplog):
    def fails(context, **arguments):
        raise ZeroDivisionError

    monkeypatch.setitem(COMMANDS, "account create", fails)
    with pytest.raises(RorError, match="its log says which"):
        control.run("account create", {"login": "anne", "password": "Fictif-et-long-2026"})
    assert "ZeroDivisionError" in caplog.text
    assert "Fictif-et-long-2026" not in caplog.text


def test_a_server_that_dies_before_its_answer_raises_an_error(region, tmp_path):
    only_on_a_file(region)
    with socket.socket(socket.AF_UNIX) as server_socket:
        server_socket.bind(str(control.socket_path()))
        server_socket.listen()
        thread = threading.Thread(target=lambda: server_socket.accept()[0].close())
        thread.start()
        with pytest.raises(RorError, match="stopped before it had answered"):
            control.run("token list", {})
        thread.join(10)


def test_a_refusal_is_read_even_when_the_server_did_not_read_the_whole_file(region, tmp_path):
    only_on_a_file(region)
    (tmp_path / "units.csv").write_text("finess;nom;type\n" * 100_000)

    def refuse(server_socket):
        with server_socket.accept()[0] as line:
            line.recv(1_000)
            line.sendall(b'HTTP/1.1 200 OK\r\ncontent-length: 17\r\n\r\n{"error": "Non."}')

    with socket.socket(socket.AF_UNIX) as server_socket:
        server_socket.bind(str(control.socket_path()))
        server_socket.listen()
        thread = threading.Thread(target=refuse, args=(server_socket,))
        thread.start()
        with pytest.raises(RorError, match=r"^Non\.$"):
            control.run("import units", {}, source=tmp_path / "units.csv")
        thread.join(10)


def test_without_a_server_the_command_runs_in_this_process(region, tmp_path):
    path = only_on_a_file(region)
    region.close()
    # A socket that nobody listens to, as a killed server leaves it.
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(control.socket_path()))
    result = control.run("backup", {"to": str(tmp_path / "out"), "keep": 1}, lambda done, total: None)
    assert path.exists()
    assert result["rows"] > 20


def test_a_server_whose_path_is_too_long_for_a_socket_logs_a_warning(region, monkeypatch, tmp_path, caplog):
    monkeypatch.setenv("ROR_DATABASE", str(tmp_path / ("a" * 90) / "ror.duckdb"))
    settings.cache_clear()

    async def serve():
        async with control.listening(region):
            assert control.socket_path() is None

    run_coroutine(serve())
    assert "too long for a socket" in caplog.text
