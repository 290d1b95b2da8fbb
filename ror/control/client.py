"""The side of the command line: have the server do a command when there is one, else do it here."""

import json
import socket
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from ror.control.commands import COMMANDS
from ror.control.protocol import CHUNK, Arguments, Asked, another_account, check_peer, socket_path
from ror.errors import RorError
from ror.exchange.report import LARGEST_STREAMED, checked_size, opened
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
    """What a command gives. `source` is the file that it reads, `target` what it writes a file into.

    `on_progress` is called with how far it is, `on_wait` the sentence of a command that waits for others, once a second.

    Raises `RorError` as the command does, and when the server cannot be spoken to or stops meanwhile.
    """
    line = _server()
    if line is None:
        asked = Asked(open_database(), datetime.now(UTC), on_progress, source, target)
        return COMMANDS[name](asked, **arguments)
    with line, ExitStack() as files:
        check_peer(line)
        question: dict[str, Any] = {"command": name, "arguments": dict(arguments)}
        file = None
        if source is not None:
            # Read here, by who typed its name: the server may not be let into that folder.
            size = checked_size(source, "le fichier à importer", LARGEST_STREAMED)
            file = files.enter_context(opened(source))
            question["file"] = {"name": source.name, "size": size}
        try:
            # A server that refuses may say so, and close, before it has read all of it.
            with suppress(BrokenPipeError):
                line.sendall(json.dumps(question).encode() + b"\n")
                if file is not None:
                    line.sendfile(file, count=size)
            with line.makefile("rb") as answers:
                return _answered(answers, on_progress, on_wait, target)
        except ConnectionError as error:
            raise _silent() from error


def _server() -> socket.socket | None:
    """A line to the server, None when none listens."""
    path = socket_path()
    if path is None:
        return None
    line = socket.socket(socket.AF_UNIX)
    try:
        line.connect(str(path))
    except OSError as error:
        line.close()
        if isinstance(error, PermissionError):
            raise another_account() from error
        if isinstance(error, FileNotFoundError | ConnectionRefusedError):
            return None
        raise
    return line


def _answered(answers: IO[bytes], on_progress: OnProgress, on_wait: OnWait, target: IO[bytes] | None) -> dict[str, Any]:
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
    raise _silent()


def _copy(answers: IO[bytes], target: IO[bytes], size: int) -> None:
    while size:
        chunk = answers.read(min(CHUNK, size))
        if not chunk:
            raise _silent()
        target.write(chunk)
        size -= len(chunk)


def _silent() -> RorError:
    return RorError("The server stopped before it had answered: start it again, then try again.")
