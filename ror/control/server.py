"""Run the commands of the command line inside the server, which has the database open."""

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
from ror.control.context import Command, CommandContext
from ror.control.protocol import CHUNK, LONGEST_LINE, check_peer, socket_path
from ror.errors import RorError
from ror.exchange.report import LARGEST_STREAMED
from ror.services.journal import CONSOLE, acting_from
from ror.settings import database_file
from ror.store.engine.database import Database

log = logging.getLogger(__name__)

_IN_MEMORY = 2**20
"""Bytes of a written file that are held in memory before it goes to the disk."""


@asynccontextmanager
async def listening(db: Database) -> AsyncIterator[None]:
    """Run the commands that the command line sends, until the block ends; then abandon those that still run.

    The command line is informed of a command that was abandoned.
    """
    path = socket_path()
    if path is None:
        if database_file() is not None:
            log.warning("The path of the database is too long for a socket: commands wait until this server is stopped.")
        yield
        return
    control = _ControlServer(db)
    # A server that was killed leaves its socket; one that still runs would hold the database.
    path.unlink(missing_ok=True)
    server = await asyncio.start_unix_server(control.serve, path, limit=LONGEST_LINE)
    path.chmod(0o600)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)
        await control.stop()


class _ControlServer:
    """Runs one command per connection."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._stopping = False
        self._tasks: set[asyncio.Task[Any]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection: read a command, run it, write its answers."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with tempfile.SpooledTemporaryFile(_IN_MEMORY, prefix="ror-") as target:
                # A connection without a request only tests whether a server is there.
                if answer := await self._answer(reader, writer, target):
                    _write_line(writer, answer)
                    await _send_file(writer, target, answer.get("size", 0))
        except ConnectionError:
            return
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: IO[bytes]
    ) -> dict[str, Any] | None:
        """Return the last answer of a connection, None when it sent no request."""
        try:
            check_peer(writer.get_extra_info("socket"))
            line = await _read_line(reader)
            return await self._run(line, reader, writer, target) if line else None
        except RorError as error:
            return {"error": error.user_message}
        except ConnectionError:
            raise
        except Exception as error:
            # The request may hold a password: the log has the place of the error, never its data.
            log.exception("A command sent through the socket failed.")
            if isinstance(error, OSError):
                folder = tempfile.gettempdir()
                return {"error": f"The server cannot keep a file of the command ({error.strerror}): make room in {folder}."}
            return {"error": "The server met an error: its log says which."}

    async def _run(
        self, line: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: IO[bytes]
    ) -> dict[str, Any]:
        request = _parse_request(line)
        async with _received_file(reader, request.get("file")) as source:
            command, arguments = _find_command(request)
            loop = asyncio.get_running_loop()

            def notify(answer: dict[str, Any]) -> None:
                if self._stopping or reader.at_eof():
                    raise RorError("The server is stopping: the command was abandoned. Start it again, then try again.")
                loop.call_soon_threadsafe(_write_line, writer, answer)

            def on_progress(done: int, total: int) -> None:
                notify({"done": done, "total": total})

            def on_wait(sentence: str) -> None:
                notify({"waiting": sentence})

            context = CommandContext(self._db, datetime.now(UTC), on_progress, source, target, in_server=True, on_wait=on_wait)
            result = await asyncio.to_thread(_run_as_console, command, context, arguments)
        return {"result": result, "size": target.tell()}

    async def stop(self) -> None:
        """Abandon the running commands, and wait until they have released the database."""
        self._stopping = True
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _run_as_console(command: Command, context: CommandContext, arguments: dict[str, Any]) -> dict[str, Any]:
    acting_from(CONSOLE)
    return command(context, **arguments)


async def _read_line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readline()
    except ValueError:
        raise _unknown_command() from None


def _parse_request(line: bytes) -> dict[str, Any]:
    try:
        request = json.loads(line)
    except ValueError:
        raise _unknown_command() from None
    if not isinstance(request, dict):
        raise _unknown_command()
    return request


def _find_command(request: dict[str, Any]) -> tuple[Command, dict[str, Any]]:
    """Return the command of a request and its arguments. Raises `RorError` for a request of another version."""
    try:
        command, arguments = COMMANDS[request["command"]], request["arguments"]
        inspect.signature(command).bind(None, **arguments)
    except (KeyError, TypeError):
        raise _unknown_command() from None
    return command, arguments


def _unknown_command() -> RorError:
    return RorError("The server does not know this command: it is of another version. Restart it.")


@asynccontextmanager
async def _received_file(reader: asyncio.StreamReader, announced: Any) -> AsyncIterator[Path | None]:
    """Yield a copy of the file that follows a request, under its own name, for messages; None when none was announced."""
    if announced is None:
        yield None
        return
    try:
        name, size = PurePath(str(announced["name"])).name, int(announced["size"])
    except (KeyError, TypeError, ValueError):
        raise _unknown_command() from None
    if size > LARGEST_STREAMED:
        raise _unknown_command()
    with tempfile.TemporaryDirectory(prefix="ror-") as folder:
        path = Path(folder) / name
        await _receive_file(reader, path, size)
        yield path


async def _receive_file(reader: asyncio.StreamReader, path: Path, size: int) -> None:
    with path.open("xb") as file:
        while size:
            chunk = await reader.read(min(CHUNK, size))
            if not chunk:
                raise ConnectionResetError
            file.write(chunk)
            size -= len(chunk)


def _write_line(writer: asyncio.StreamWriter, answer: dict[str, Any]) -> None:
    if not writer.is_closing():
        writer.write(json.dumps(answer).encode() + b"\n")


async def _send_file(writer: asyncio.StreamWriter, file: IO[bytes], size: int) -> None:
    """Send a written file in chunks, as fast as the client reads it."""
    file.seek(0)
    await writer.drain()
    while size > 0 and (chunk := file.read(min(CHUNK, size))):
        writer.write(chunk)
        size -= len(chunk)
        await writer.drain()
