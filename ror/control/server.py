"""Run the commands of the command line inside the server, which has the database open."""

import asyncio
import inspect
import json
import logging
import tempfile
import threading
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import IO, Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from ror.control.commands import COMMANDS
from ror.control.context import Command, CommandContext
from ror.control.protocol import COMMAND, MAX_COMMAND_BYTES, PART, check_peer, socket_path
from ror.errors import RorError
from ror.exchange.import_file import MAX_STREAMED_BYTES
from ror.model.progress import ignore_progress
from ror.services.journal import CONSOLE, acting_from
from ror.settings import database_file
from ror.store.engine.database import Database

log = logging.getLogger(__name__)

_LINES = "application/x-ndjson"

_IN_MEMORY = 2**20
"""Bytes of a written file that are held in memory before it goes to the disk."""


@asynccontextmanager
async def listening(db: Database) -> AsyncIterator[None]:
    """Run the commands that the command line sends, until the block ends; then abandon those that still run.

    The command line receives an error for each abandoned command.
    """
    path = socket_path()
    if path is None:
        if database_file() is not None:
            log.warning("The path of the database is too long for a socket: commands wait until this server is stopped.")
        yield
        return
    control, state = _ControlServer(db), ServerState()
    application = Starlette(routes=[Route("/", control.answer, methods=["POST"])])
    config = uvicorn.Config(
        application, lifespan="off", log_config=None, access_log=False, h11_max_incomplete_event_size=MAX_COMMAND_BYTES
    )
    config.load()
    # A server that was killed leaves its socket; one that still runs would hold the database.
    path.unlink(missing_ok=True)
    server = await asyncio.get_running_loop().create_unix_server(lambda: _Connection(config, state, {}), path)
    path.chmod(0o600)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)
        for connection in list(state.connections):
            connection.shutdown()
        await control.stop()
        await asyncio.gather(*state.tasks, return_exceptions=True)


class _Connection(H11Protocol):
    """The HTTP protocol of uvicorn, for processes of the same account of the machine alone."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Close a connection from another account, which is possible only if the mode of the socket was changed."""
        super().connection_made(transport)
        try:
            check_peer(transport.get_extra_info("socket"))
        except RorError:
            log.warning("Another account of this machine connected to the socket of the commands.")
            transport.close()


class _ControlServer:
    """Runs one command per request."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._stopping = False
        self._running: set[asyncio.Task[dict[str, Any]]] = set()

    async def answer(self, request: Request) -> Response:
        """Receive the file of a request, then answer line by line while its command runs."""
        files = ExitStack()
        try:
            command, arguments, file_name = _parse(request)
            folder = Path(files.enter_context(tempfile.TemporaryDirectory(prefix="ror-")))
            source = await _receive_file(request, folder / file_name) if file_name else None
            context = CommandContext(
                self._db,
                datetime.now(UTC),
                ignore_progress,
                source,
                files.enter_context(tempfile.SpooledTemporaryFile(_IN_MEMORY, prefix="ror-")),  # noqa: SIM115
                in_server=True,
            )
        except BaseException as error:
            files.close()
            if not isinstance(error, Exception) or isinstance(error, ClientDisconnect):
                raise
            return Response(_line(_error_answer(error)), media_type=_LINES)
        return StreamingResponse(self._run(files, command, context, arguments), media_type=_LINES)

    async def _run(
        self, files: ExitStack, command: Command, context: CommandContext, arguments: dict[str, Any]
    ) -> AsyncIterator[bytes]:
        """Run a command in a thread; yield its notices, then the file that it wrote, then its result or its error."""
        answers: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        loop, disconnected = asyncio.get_running_loop(), threading.Event()

        def notify(answer: dict[str, Any]) -> None:
            if self._stopping or disconnected.is_set():
                raise RorError("The server is stopping: the command was abandoned. Start it again, then try again.")
            loop.call_soon_threadsafe(answers.put_nowait, answer)

        context = replace(
            context,
            on_progress=lambda done, total: notify({"done": done, "total": total}),
            on_wait=lambda sentence: notify({"waiting": sentence}),
        )
        running = asyncio.create_task(asyncio.to_thread(_run_as_console, command, context, arguments))
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        running.add_done_callback(lambda _: answers.put_nowait(None))
        try:
            while answer := await answers.get():
                yield _line(answer)
            result = running.result()
            for part in _parts(context.output):
                yield _line({"part": part})
            yield _line({"result": result})
        except Exception as error:
            yield _line(_error_answer(error))
        finally:
            # The client may have disconnected before the end of the command: the thread still uses the files.
            disconnected.set()
            if running.done():
                files.close()
            else:
                running.add_done_callback(lambda _: files.close())

    async def stop(self) -> None:
        """Abandon the running commands, and wait until they have released the database."""
        self._stopping = True
        await asyncio.gather(*self._running, return_exceptions=True)


def _run_as_console(command: Command, context: CommandContext, arguments: dict[str, Any]) -> dict[str, Any]:
    acting_from(CONSOLE)
    return command(context, **arguments)


def _parse(request: Request) -> tuple[Command, dict[str, Any], str]:
    """Return the command of a request, its arguments and the name of its file, if any.

    Raises `RorError` for a request of another version.
    """
    try:
        sent = json.loads(request.headers[COMMAND])
        command, arguments, file = COMMANDS[sent["name"]], sent["arguments"], sent.get("file", "")
        inspect.signature(command).bind(None, **arguments)
        name = PurePath(file).name
    except (KeyError, TypeError, ValueError, AttributeError):
        raise RorError("The server does not know this command: it is of another version. Restart it.") from None
    return command, arguments, name


async def _receive_file(request: Request, path: Path) -> Path:
    """Write the body of a request to a path, whose name stays that of the user's file, for messages."""
    size = 0
    with path.open("xb") as file:
        async for chunk in request.stream():
            size += len(chunk)
            if size > MAX_STREAMED_BYTES:
                raise RorError(f"« {path.name} » is larger than {MAX_STREAMED_BYTES} bytes: split it.")
            file.write(chunk)
    return path


def _error_answer(error: Exception) -> dict[str, Any]:
    """Return the answer to a command that failed, and log an unexpected error."""
    if isinstance(error, RorError):
        return {"error": error.user_message}
    # The request may hold a password: the log has the place of the error, never its data.
    log.error("A command sent through the socket failed.", exc_info=error)
    if isinstance(error, OSError):
        folder = tempfile.gettempdir()
        return {"error": f"The server cannot keep a file of the command ({error.strerror}): make room in {folder}."}
    return {"error": "The server met an error: its log says which."}


def _line(answer: dict[str, Any]) -> bytes:
    return json.dumps(answer).encode() + b"\n"


def _parts(file: IO[bytes]) -> Iterator[str]:
    """Yield a written file in parts of `PART` bytes, in base64."""
    file.seek(0)
    while chunk := file.read(PART):
        yield b64encode(chunk).decode()
