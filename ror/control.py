"""The command line and the server, which alone may open the database's file: a Unix socket beside that file.

A command is one line of JSON; the answers are lines too: how far it is, then what it gives or why it failed. Without a
server the same command runs in the process of the command line, on a database that it opens.
"""

import asyncio
import json
import os
import socket
import struct
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ror.errors import RorError
from ror.services import backup
from ror.services.journal import CONSOLE, acting_from
from ror.settings import database_file
from ror.store.backup import Tell
from ror.store.database import Database, open_database

Arguments = Mapping[str, Any]
Command = Callable[[Database, Arguments, Tell], dict[str, Any]]
"""What the server does for the command line; arguments and answer go through JSON."""

_LONGEST_PATH = 100
"""Bytes of the path of a Unix socket that every system takes."""


def _backup(db: Database, arguments: Arguments, tell: Tell) -> dict[str, Any]:
    made = backup.make(db, Path(arguments["to"]), arguments["keep"], datetime.now(UTC), tell)
    rows = sum(one.rows for one in made.manifest.tables.values())
    return {"file": str(made.file), "position": made.manifest.position, "rows": rows, "removed": made.removed}


COMMANDS: dict[str, Command] = {"backup": _backup}


def run(name: str, arguments: Arguments, tell: Tell) -> dict[str, Any]:
    """Have the server run a command when there is one, else run it here. Raises `RorError` as the command does."""
    path = socket_path()
    if path is not None:
        with socket.socket(socket.AF_UNIX) as line, suppress(FileNotFoundError, ConnectionRefusedError):
            line.connect(str(path))
            return _ask(line, name, arguments, tell)
    return COMMANDS[name](open_database(), arguments, tell)


def socket_path() -> Path | None:
    """Where the server listens; None where anybody may open the database, or where the path is too long for a socket."""
    file = database_file()
    path = file.with_name(f"{file.name}.sock") if file else None
    return path if path and len(os.fsencode(path)) <= _LONGEST_PATH else None


def _ask(line: socket.socket, name: str, arguments: Arguments, tell: Tell) -> dict[str, Any]:
    _check_peer(line)
    with line.makefile("rw", encoding="utf-8") as lines:
        lines.write(json.dumps({"command": name, "arguments": dict(arguments)}) + "\n")
        lines.flush()
        for answer in map(json.loads, lines):
            if "done" in answer:
                tell(answer["done"], answer["total"])
            elif "error" in answer:
                raise RorError(answer["error"])
            else:
                result: dict[str, Any] = answer["result"]
                return result
    raise RorError("The server stopped before it had answered: start it again, then try again.")


def _check_peer(line: socket.socket) -> None:
    """Raise `RorError` unless the other side is of the same account of the machine, or of its administrator."""
    if not hasattr(socket, "SO_PEERCRED"):
        return
    credentials = struct.Struct("3i")
    _, user, _ = credentials.unpack(line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, credentials.size))
    if user not in (0, os.geteuid()):
        raise RorError("The other side is another account of this machine: run the command as the account of the service.")


@asynccontextmanager
async def listening(db: Database) -> AsyncIterator[None]:
    """Answer the command line while inside. What is still running at the end is abandoned, and told so."""
    path = socket_path()
    if path is None:
        yield
        return
    desk = _Desk(db)
    # What a server that was killed has left there; a server that runs would still hold the database.
    path.unlink(missing_ok=True)
    server = await asyncio.start_unix_server(desk.answer, path)
    path.chmod(0o600)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)
        await desk.leave()


class _Desk:
    """The server's side."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._leaving = False
        self._tasks: set[asyncio.Task[Any]] = set()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: a command, then its answers."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            # A connection that says nothing is one that tries whether somebody is there.
            if asked := await reader.readline():
                self._say(writer, await self._done(reader, writer, asked))
                await writer.drain()
        except ConnectionError:
            return
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _done(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: bytes) -> dict[str, Any]:
        loop = asyncio.get_running_loop()

        def tell(done: int, total: int) -> None:
            if self._leaving or reader.at_eof():
                raise RorError("The server is stopping: the command was abandoned. Start it again, then try again.")
            loop.call_soon_threadsafe(self._say, writer, {"done": done, "total": total})

        try:
            _check_peer(writer.get_extra_info("socket"))
            question = json.loads(asked)
            command = COMMANDS[question["command"]]
            return {"result": await asyncio.to_thread(self._run, command, question["arguments"], tell)}
        except RorError as error:
            return {"error": error.message}
        except (ValueError, KeyError, TypeError):
            return {"error": "The server does not know this command: it is of another version. Restart it."}

    def _run(self, command: Command, arguments: Arguments, tell: Tell) -> dict[str, Any]:
        acting_from(CONSOLE)
        return command(self._db, arguments, tell)

    @staticmethod
    def _say(writer: asyncio.StreamWriter, answer: dict[str, Any]) -> None:
        if not writer.is_closing():
            writer.write(json.dumps(answer).encode() + b"\n")

    async def leave(self) -> None:
        """Abandon what is running, and wait until it let go of the database."""
        self._leaving = True
        await asyncio.gather(*self._tasks, return_exceptions=True)
