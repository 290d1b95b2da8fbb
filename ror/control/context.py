"""The context that a command runs in, and the shape of a command."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from ror.model.progress import OnProgress
from ror.services.file_turn import OnWait, ignore_wait
from ror.store.engine.database import Database

Arguments = Mapping[str, Any]
"""Arguments of a command by name, as JSON has them."""


@dataclass(frozen=True, slots=True)
class CommandContext:
    """The database, the clock and the files of one command.

    `source` is the file to read: the user's own, or its copy. `target` receives the file that the command writes.
    `in_server` is True when a server runs the command for another process. `on_wait` receives a sentence while the command
    waits for other work.
    """

    db: Database
    now: datetime
    on_progress: OnProgress
    source: Path | None = None
    target: IO[bytes] | None = None
    in_server: bool = False
    on_wait: OnWait = ignore_wait

    @property
    def file(self) -> Path:
        """Return the file to read, of a command that has one."""
        assert self.source is not None
        return self.source

    @property
    def output(self) -> IO[bytes]:
        """Return the stream to write into, of a command that writes a file."""
        assert self.target is not None
        return self.target


Command = Callable[..., dict[str, Any]]
"""A function of a `CommandContext` and of keyword arguments; arguments and result are JSON values."""
