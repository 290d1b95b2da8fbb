"""What goes through the socket, and who may be at its other end.

A question is a line of JSON, followed by the file that goes with it, if any. Answers are lines too: how far it is or what
it waits for, then what it gives or why it failed; a file that was made follows the last one. A file is announced by its size
in bytes.
"""

import os
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from ror.errors import RorError
from ror.model.progress import OnProgress
from ror.services.file_turn import OnWait, ignore_wait
from ror.settings import database_file
from ror.store.engine.database import Database

Arguments = Mapping[str, Any]
"""The words of a command, as JSON has them."""

LONGEST_LINE = 2**20
"""Bytes of a question, without its file."""

CHUNK = 2**18
_LONGEST_PATH = 100
"""Bytes of the path of a Unix socket that every system takes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a command works with, besides its words.

    `source` is the file to read, the user's own or its copy; `target` what a file is written into; `serving` says that a
    server does the command, for somebody in another process. `on_wait` is given a sentence while the command waits for
    others.
    """

    db: Database
    now: datetime
    on_progress: OnProgress
    source: Path | None = None
    target: IO[bytes] | None = None
    serving: bool = False
    on_wait: OnWait = ignore_wait

    @property
    def file(self) -> Path:
        """The file to read, of a command that has one."""
        assert self.source is not None
        return self.source

    @property
    def output(self) -> IO[bytes]:
        """What to write into, of a command that makes a file."""
        assert self.target is not None
        return self.target


Command = Callable[..., dict[str, Any]]
"""A function of `Asked` and of the words of the command by name; words and answer go through JSON."""


def socket_path() -> Path | None:
    """Where the server listens; None where anybody may open the database, or where the path is too long for a socket."""
    file = database_file()
    path = file.with_name(f"{file.name}.sock") if file else None
    return path if path and len(os.fsencode(path)) <= _LONGEST_PATH else None


def check_peer(line: socket.socket) -> None:
    """Raise `RorError` unless the other side is of the same account of the machine, or of its administrator."""
    if not hasattr(socket, "SO_PEERCRED"):
        return
    credentials = struct.Struct("3i")
    _, user, _ = credentials.unpack(line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, credentials.size))
    if user not in (0, os.geteuid()):
        raise another_account()


def another_account() -> RorError:
    """Why nothing is said through a socket of somebody else."""
    return RorError("The other side is another account of this machine: run the command as the account of the service.")
