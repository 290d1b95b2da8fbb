"""Helpers of the commands: progress, printed results, files that they write."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from ror.errors import BadFile
from ror.model.progress import OnProgress
from ror.services.region_time import region_zone

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, for scripts.")]
"""The option `--json` of every command with a result."""

LINES_REFUSED = 3
"""Exit code of an import that refused some lines."""

NOT_CHECKED = 4
"""Exit code of a verification without error that could not check the given mark."""

console = Console(highlight=False)
_progress = Console(stderr=True)


@contextmanager
def progress(title: str) -> Iterator[OnProgress]:
    """Show a progress bar on a terminal, nothing elsewhere; yield the callback that moves it."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_progress, transient=True, disable=not _progress.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def print_once() -> Callable[[str], None]:
    """Return a function that prints a sentence on standard error, once for each distinct sentence."""
    printed: set[str] = set()

    def print_sentence(sentence: str) -> None:
        if sentence not in printed:
            printed.add(sentence)
            _progress.print(sentence, soft_wrap=True, markup=False, highlight=False)

    return print_sentence


def print_result(result: Mapping[str, Any], as_json: bool, *lines: str | Table) -> None:
    """Print the result of a command: as one JSON object, in ASCII on any terminal, or as lines of text and tables."""
    if as_json:
        typer.echo(json.dumps(result))
        return
    for line in lines:
        if isinstance(line, Table):
            console.print(line)
        else:
            console.print(line, soft_wrap=True, markup=False)


def new_table(key: str, *others: str) -> Table:
    """Build an empty table whose first column is never truncated: it holds the arguments of other commands."""
    return Table(Column(key, no_wrap=True), *(Column(title, overflow="fold") for title in others))


def format_instant(instant: str | None) -> str:
    """Format an instant (ISO 8601) in the time of the region; "never" for None."""
    return f"{datetime.fromisoformat(instant).astimezone(region_zone()):%Y-%m-%d %H:%M}" if instant else "never"


def _owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@contextmanager
def new_file(path: Path, *, replace: bool = False) -> Iterator[IO[bytes]]:
    """Yield a new file to write, which is removed when the block fails.

    Raises `BadFile` when it cannot be written, and when a file stands there already and `replace` is False.
    """
    part = path.with_name(f"{path.name}.part") if replace else path
    try:
        with open(part, "wb" if replace else "xb", opener=_owner_only) as file:
            try:
                yield file
                if replace:
                    file.flush()
                    part.replace(path)
            except BaseException:
                part.unlink()
                raise
    except FileExistsError as error:
        raise BadFile(f"{path} exists: choose another name, or give --replace where the command has it.") from error
    except OSError as error:
        raise BadFile(f"{path} cannot be written ({error.strerror}): choose another name or folder.") from error
