"""The side of the server: a desk where the command line asks."""

import asyncio
import inspect
import json
import logging
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import IO, Any

from ror.control.commands import COMMANDS
from ror.control.protocol import CHUNK, LONGEST_LINE, Asked, Command, check_peer, socket_path
from ror.errors import RorError
from ror.exchange.report import LARGEST_STREAMED
from ror.services.journal import CONSOLE, acting_from
from ror.settings import database_file
from ror.store.engine.database import Database

log = logging.getLogger(__name__)

_IN_MEMORY = 2**20
"""Bytes of a file made for the command line that need no disk."""


@asynccontextmanager
async def listening(db: Database) -> AsyncIterator[None]:
    """Answer the command line while inside. What is still running at the end is abandoned, and told so."""
    path = socket_path()
    if path is None:
        if database_file() is not None:
            log.warning("The path of the database is too long for a socket: commands wait until this server is stopped.")
        yield
        return
    desk = _Desk(db)
    # What a server that was killed has left there; a server that runs would still hold the database.
    path.unlink(missing_ok=True)
    server = await asyncio.start_unix_server(desk.answer, path, limit=LONGEST_LINE)
    path.chmod(0o600)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)
        await desk.leave()


class _Desk:
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
            with tempfile.SpooledTemporaryFile(_IN_MEMORY, prefix="ror-") as target:
                # A connection that says nothing is one that tries whether somebody is there.
                if answer := await self._answer(reader, writer, target):
                    self._say(writer, answer)
                    await _send(writer, target, answer.get("size", 0))
        except ConnectionError:
            return
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: IO[bytes]
    ) -> dict[str, Any] | None:
        """What is said at the end, None to who asked nothing."""
        try:
            check_peer(writer.get_extra_info("socket"))
            line = await _line(reader)
            return await self._done(line, reader, writer, target) if line else None
        except RorError as error:
            return {"error": error.message}
        except ConnectionError:
            raise
        except Exception as error:
            # What was asked may hold a password: the log has where it went wrong, never with what.
            log.exception("A command asked through the socket failed.")
            if isinstance(error, OSError):
                where = tempfile.gettempdir()
                return {"error": f"The server cannot keep a file of the command ({error.strerror}): make room in {where}."}
            return {"error": "The server met an error: its log says which."}

    async def _done(
        self, line: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: IO[bytes]
    ) -> dict[str, Any]:
        question = _question(line)
        async with _received(reader, question.get("file")) as source:
            command, arguments = _command(question)
            loop = asyncio.get_running_loop()

            def say(answer: dict[str, Any]) -> None:
                if self._leaving or reader.at_eof():
                    raise RorError("The server is stopping: the command was abandoned. Start it again, then try again.")
                loop.call_soon_threadsafe(self._say, writer, answer)

            def on_progress(done: int, total: int) -> None:
                say({"done": done, "total": total})

            def on_wait(words: str) -> None:
                say({"waiting": words})

            asked = Asked(self._db, datetime.now(UTC), on_progress, source, target, serving=True, on_wait=on_wait)
            result = await asyncio.to_thread(_run, command, asked, arguments)
        return {"result": result, "size": target.tell()}

    @staticmethod
    def _say(writer: asyncio.StreamWriter, answer: dict[str, Any]) -> None:
        if not writer.is_closing():
            writer.write(json.dumps(answer).encode() + b"\n")

    async def leave(self) -> None:
        """Abandon what is running, and wait until it let go of the database."""
        self._leaving = True
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _run(command: Command, asked: Asked, arguments: dict[str, Any]) -> dict[str, Any]:
    acting_from(CONSOLE)
    return command(asked, **arguments)


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readline()
    except ValueError:
        raise _unknown() from None


def _question(line: bytes) -> dict[str, Any]:
    try:
        question = json.loads(line)
    except ValueError:
        raise _unknown() from None
    if not isinstance(question, dict):
        raise _unknown()
    return question


def _command(question: dict[str, Any]) -> tuple[Command, dict[str, Any]]:
    """The command that is asked, and its words by name. Raises `RorError` for what another version would ask."""
    try:
        command, arguments = COMMANDS[question["command"]], question["arguments"]
        inspect.signature(command).bind(None, **arguments)
    except (KeyError, TypeError):
        raise _unknown() from None
    return command, arguments


def _unknown() -> RorError:
    return RorError("The server does not know this command: it is of another version. Restart it.")


@asynccontextmanager
async def _received(reader: asyncio.StreamReader, announced: Any) -> AsyncIterator[Path | None]:
    """The file that follows a question, under its own name, which sentences quote; None when none was announced."""
    if announced is None:
        yield None
        return
    try:
        name, size = PurePath(str(announced["name"])).name, int(announced["size"])
    except (KeyError, TypeError, ValueError):
        raise _unknown() from None
    if size > LARGEST_STREAMED:
        raise _unknown()
    with tempfile.TemporaryDirectory(prefix="ror-") as folder:
        path = Path(folder) / name
        await _keep(reader, path, size)
        yield path


async def _keep(reader: asyncio.StreamReader, path: Path, left: int) -> None:
    with path.open("xb") as file:
        while left:
            chunk = await reader.read(min(CHUNK, left))
            if not chunk:
                raise ConnectionResetError
            file.write(chunk)
            left -= len(chunk)


async def _send(writer: asyncio.StreamWriter, made: IO[bytes], size: int) -> None:
    """What was made, a piece at a time, as fast as the other side takes it."""
    made.seek(0)
    await writer.drain()
    while size > 0 and (chunk := made.read(min(CHUNK, size))):
        writer.write(chunk)
        size -= len(chunk)
        await writer.drain()
