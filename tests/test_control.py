"""The socket by which the command line asks the server: its owner's alone, and an answer to whatever is said."""

import asyncio
import json
import socket
import threading

import pytest

from ror import control
from ror.errors import RorError
from ror.settings import settings
from tests.loops import awaited
from tests.region import built, built_on_postgresql, db, only_on_a_file, own_settings, region

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


@pytest.mark.parametrize("line", [b"{}\n", b'{"command": "erase", "arguments": {}}\n', b"backup\n", b"[]\n", b"\xff\n"])
def test_what_is_no_command_is_answered_in_words(listening, line):
    assert "does not know this command" in say(listening, line)["error"]


def test_without_a_server_the_command_runs_here(region, tmp_path):
    path = only_on_a_file(region)
    region.close()
    # What a server that was killed leaves.
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(control.socket_path()))
    made = control.run("backup", {"to": str(tmp_path / "out"), "keep": 1}, lambda done, total: None)
    assert path.exists()
    assert made["rows"] > 20


def test_a_path_too_long_for_a_socket_has_none(monkeypatch, tmp_path):
    monkeypatch.setenv("ROR_DATABASE", str(tmp_path / ("a" * 90) / "ror.duckdb"))
    settings.cache_clear()
    assert control.socket_path() is None
