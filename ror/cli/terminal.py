"""What the commands share: how far they are, what they print, the files that they write."""

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
from ror.model.freshness import PARIS
from ror.model.progress import OnProgress

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, for scripts.")]
"""The option of every command that gives a result."""

LINES_REFUSED = 3
"""Exit code of what was done but for some lines of a file."""

NOT_CHECKED = 4
"""Exit code of a verification that found nothing wrong, but could not check the mark that it was given."""

console = Console(highlight=False)
_progress = Console(stderr=True)


@contextmanager
def progress(what: str) -> Iterator[OnProgress]:
    """A bar on a terminal, nothing elsewhere; gives what is told how much is done, of how much."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_progress, transient=True, disable=not _progress.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def notice() -> Callable[[str], None]:
    """Return a function that prints a sentence on the standard error, the first time that it is given."""
    printed: set[str] = set()

    def tell(words: str) -> None:
        if words not in printed:
            printed.add(words)
            _progress.print(words, soft_wrap=True, markup=False, highlight=False)

    return tell


def show(result: Mapping[str, Any], as_json: bool, *words: str | Table) -> None:
    """Print what a command gave: as one JSON object, in ASCII whatever the terminal, or in words, a line each."""
    if as_json:
        typer.echo(json.dumps(result))
        return
    for one in words:
        if isinstance(one, Table):
            console.print(one)
        else:
            console.print(one, soft_wrap=True, markup=False)


def listing(key: str, *others: str) -> Table:
    """A table to fill, whose first column is never cut short: other commands ask for what stands there."""
    return Table(Column(key, no_wrap=True), *(Column(title, overflow="fold") for title in others))


def in_paris(instant: str | None) -> str:
    """An instant as a table shows it."""
    return f"{datetime.fromisoformat(instant).astimezone(PARIS):%Y-%m-%d %H:%M}" if instant else "never"


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@contextmanager
def written(path: Path, *, replace: bool = False) -> Iterator[IO[bytes]]:
    """A new file, whole or not there at all. Raises `BadFile` when it cannot be, or when one stands there already."""
    part = path.with_name(f"{path.name}.part") if replace else path
    try:
        with open(part, "wb" if replace else "xb", opener=_for_its_owner) as file:
            try:
                yield file
                if replace:
                    file.flush()
                    part.replace(path)
            except BaseException:
                part.unlink()
                raise
    except FileExistsError as error:
        raise BadFile(f"{path} exists: choose another name, or say --replace where the command has it.") from error
    except OSError as error:
        raise BadFile(f"{path} cannot be written ({error.strerror}): choose another name or folder.") from error
