"""The protocol between the command line and the server: HTTP over a Unix socket beside the database file.

A request is `POST /` with the name and the arguments of a command in a header (JSON), and the file to read as its body. The
answer is lines of JSON: progress (`done`, `total`) and waiting notices (`waiting`), the file that the command wrote in parts
(`part`, base64), then `result` or `error`.
"""

import os
import socket
import struct
from pathlib import Path

from ror.errors import RorError
from ror.settings import database_file

COMMAND = "ror-command"
"""The header with the command: an object of JSON with `name`, `arguments`, and `file` with the name of the file, if any."""

MAX_COMMAND_BYTES = 2**20
"""The most bytes of that header."""

PART = 2**18
"""Bytes of a written file in one line of the answer."""

_MAX_PATH_LENGTH = 100
"""The most bytes of the path of a Unix socket that every system accepts."""


def socket_path() -> Path | None:
    """Return the path that the server listens on; None without a database file, or when the path is too long for a socket."""
    file = database_file()
    path = file.with_name(f"{file.name}.sock") if file else None
    return path if path and len(os.fsencode(path)) <= _MAX_PATH_LENGTH else None


def check_peer(connection: socket.socket) -> None:
    """Raise `RorError` unless the process at the other end belongs to the same account of the machine, or to root."""
    if not hasattr(socket, "SO_PEERCRED"):
        return
    credentials = struct.Struct("3i")
    _, user, _ = credentials.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, credentials.size))
    if user not in (0, os.geteuid()):
        raise other_account()


def other_account() -> RorError:
    """Build the error for a socket whose other end belongs to another account."""
    return RorError("The other side is another account of this machine: run the command as the account of the service.")
