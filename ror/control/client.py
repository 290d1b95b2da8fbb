"""Run a command: in the server that has the database open, or in this process when no server runs."""

import json
import socket
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from ror.control.commands import COMMANDS
from ror.control.context import Arguments, CommandContext
from ror.control.protocol import CHUNK, check_peer, other_account, socket_path
from ror.errors import RorError
from ror.exchange.report import LARGEST_STREAMED, check_file_size, open_file
from ror.model.progress import OnProgress, ignore_progress
from ror.services import file_turn
from ror.services.file_turn import OnWait
from ror.store.engine.database import open_database


def run(
    name: str,
    arguments: Arguments,
    on_progress: OnProgress = ignore_progress,
    *,
    source: Path | None = None,
    target: IO[bytes] | None = None,
    on_wait: OnWait = file_turn.ignore_wait,
) -> dict[str, Any]:
    """Run a command and return its result. `source` is the file to read, `target` receives the file that it writes.

    `on_wait` receives a sentence, once a second, while the command waits for other work. Raises `RorError` as the command
    does, and when the server refuses the connection or stops meanwhile.
    """
    connection = _connect()
    if connection is None:
        context = CommandContext(open_database(), datetime.now(UTC), on_progress, source, target)
        return COMMANDS[name](context, **arguments)
    with connection, ExitStack() as files:
        check_peer(connection)
        request: dict[str, Any] = {"command": name, "arguments": dict(arguments)}
        file = None
        if source is not None:
            # Read in this process: the server may have no access to that folder.
            size = check_file_size(source, "le fichier à importer", LARGEST_STREAMED)
            file = files.enter_context(open_file(source))
            request["file"] = {"name": source.name, "size": size}
        try:
            # A server that refuses may answer and close before it has read everything.
            with suppress(BrokenPipeError):
                connection.sendall(json.dumps(request).encode() + b"\n")
                if file is not None:
                    connection.sendfile(file, count=size)
            with connection.makefile("rb") as answers:
                return _read_answers(answers, on_progress, on_wait, target)
        except ConnectionError as error:
            raise _server_stopped() from error


def _connect() -> socket.socket | None:
    """Connect to the server; return None when none listens."""
    path = socket_path()
    if path is None:
        return None
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(path))
    except OSError as error:
        connection.close()
        if isinstance(error, PermissionError):
            raise other_account() from error
        if isinstance(error, FileNotFoundError | ConnectionRefusedError):
            return None
        raise
    return connection


def _read_answers(answers: IO[bytes], on_progress: OnProgress, on_wait: OnWait, target: IO[bytes] | None) -> dict[str, Any]:
    for answer in map(json.loads, answers):
        if "done" in answer:
            on_progress(answer["done"], answer["total"])
        elif "waiting" in answer:
            on_wait(answer["waiting"])
        elif "error" in answer:
            raise RorError(answer["error"])
        else:
            if target is not None:
                _copy(answers, target, answer["size"])
            result: dict[str, Any] = answer["result"]
            return result
    raise _server_stopped()


def _copy(answers: IO[bytes], target: IO[bytes], size: int) -> None:
    while size:
        chunk = answers.read(min(CHUNK, size))
        if not chunk:
            raise _server_stopped()
        target.write(chunk)
        size -= len(chunk)


def _server_stopped() -> RorError:
    return RorError("The server stopped before it had answered: start it again, then try again.")
