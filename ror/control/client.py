"""Run a command: in the server that has the database open, or in this process when no server runs."""

import json
from base64 import b64decode
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import httpx2

from ror.control.commands import COMMANDS
from ror.control.context import Arguments, CommandContext
from ror.control.protocol import COMMAND, check_peer, other_account, socket_path
from ror.errors import RorError
from ror.exchange.import_file import MAX_STREAMED_BYTES, check_file_size, open_file
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
    with ExitStack() as opened:
        try:
            if lines := _send(opened, {"name": name, "arguments": dict(arguments)}, source):
                return _read_answers(lines, on_progress, on_wait, target)
        except httpx2.TransportError as error:
            raise _server_stopped() from error
    context = CommandContext(open_database(), datetime.now(UTC), on_progress, source, target)
    return COMMANDS[name](context, **arguments)


def _send(opened: ExitStack, command: dict[str, Any], source: Path | None) -> Iterable[str] | None:
    """Send a command to the server; return the lines of its answer, None when no server listens."""
    path = socket_path()
    if path is None:
        return None
    content: IO[bytes] | None = None
    headers = {}
    if source is not None:
        # Read in this process: the server may have no access to that folder.
        size = check_file_size(source, "le fichier à importer", MAX_STREAMED_BYTES)
        content = opened.enter_context(open_file(source))
        command, headers = {**command, "file": source.name}, {"content-length": str(size)}
    client = opened.enter_context(httpx2.Client(transport=httpx2.HTTPTransport(uds=str(path)), timeout=None, trust_env=False))
    request = client.stream(
        "POST",
        "http://server/",
        headers={COMMAND: json.dumps(command), **headers},
        content=content,
        extensions={"trace": _check_server},
    )
    try:
        return opened.enter_context(request).iter_lines()
    except httpx2.ConnectError as error:
        if _caused_by(error, PermissionError):
            raise other_account() from error
        if _caused_by(error, FileNotFoundError, ConnectionRefusedError):
            return None
        raise


def _check_server(event: str, info: dict[str, Any]) -> None:
    """Check the account of the listening process as soon as it is connected, before anything is sent."""
    if event == "connection.connect_unix_socket.complete":
        check_peer(info["return_value"].get_extra_info("socket"))


def _caused_by(error: BaseException | None, *kinds: type[OSError]) -> bool:
    while error is not None and not isinstance(error, kinds):
        error = error.__cause__ or error.__context__
    return error is not None


def _read_answers(lines: Iterable[str], on_progress: OnProgress, on_wait: OnWait, target: IO[bytes] | None) -> dict[str, Any]:
    for answer in map(json.loads, lines):
        if "done" in answer:
            on_progress(answer["done"], answer["total"])
        elif "waiting" in answer:
            on_wait(answer["waiting"])
        elif "part" in answer:
            assert target is not None
            target.write(b64decode(answer["part"]))
        elif "error" in answer:
            raise RorError(answer["error"])
        else:
            result: dict[str, Any] = answer["result"]
            return result
    raise _server_stopped()


def _server_stopped() -> RorError:
    return RorError("The server stopped before it had answered: start it again, then try again.")
