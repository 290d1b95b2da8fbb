"""Command line: backing up, restoring, moving to another store."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from ror import control
from ror.errors import Refused
from ror.model.backup import Manifest
from ror.services import backup, copying
from ror.settings import database_file, settings
from ror.store.backup import Tell
from ror.store.database import open_database

console = Console(highlight=False)


@contextmanager
def _progress(what: str) -> Iterator[Tell]:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def make(
    to: Path | None = typer.Option(None, help="Folder to write into; default: the setting ROR_BACKUP_FOLDER."),  # noqa: B008
    keep: int | None = typer.Option(None, min=1, help="Backups left in that folder; default: the setting ROR_BACKUP_KEEP."),
) -> None:
    """Back the database up, whether or not the server runs. Example: python -m ror backup --to /backups --keep 14."""
    arguments = {"to": str((to or backup.folder()).expanduser().resolve()), "keep": keep or settings().backup_keep}
    with _progress("Backing up") as tell:
        made = control.run("backup", arguments, tell)
    _print(f"Backed up and read again: {made['rows']} rows, position {made['position']}.")
    if made["removed"]:
        _print(f"Older backups removed: {', '.join(made['removed'])}")
    _print(f"To restore it: python -m ror restore {made['file']}")


def restore(
    file: Path = typer.Argument(help="File of a backup; its manifest stands beside it."),  # noqa: B008
    to: Path | None = typer.Option(None, help="Database file to write; default: that of the setting ROR_DATABASE."),  # noqa: B008
    replace: bool = typer.Option(False, help="Set the database that stands there aside, and take its place."),
    check: bool = typer.Option(False, help="Only check that the backup is whole: nothing is written."),
) -> None:
    """Make a database of a backup, once it was checked. Example: python -m ror restore backups/ror-20261123T020000Z.duckdb."""
    if check:
        _describe(backup.check(file), f"{file} is whole.")
        return
    path = to.expanduser().resolve() if to else database_file()
    if path is None:
        raise Refused(
            "A backup is restored into a file: name one with --to, then move it to the server with python -m ror copy."
        )
    restored = backup.restore(file, path, datetime.now(UTC), replace=replace)
    _describe(restored.manifest, f"Restored into {path}.")
    if restored.aside:
        _print(f"What stood there is kept in {restored.aside}")
    _print(f"The journal holds. Mark to keep elsewhere: {restored.journal}")


def copy(
    to: str = typer.Option(help="Where: postgresql://user:password@host:port/name, or a new file."),
    source: Path | None = typer.Option(None, "--from", help="Database file; default: that of the setting ROR_DATABASE."),  # noqa: B008
) -> None:
    """Move a database file into an empty store; its server must be stopped. Example: python -m ror copy --to postgresql://..."""
    path = source.expanduser().resolve() if source else database_file()
    if path is None or not path.is_file():
        raise Refused("There is no database file to copy: name one with --from.")
    with _progress("Copying") as tell:
        copied = copying.copy(path, open_database(to), datetime.now(UTC), tell)
    for table, content in copied.items():
        _print(f"{table:<20} {content.rows:>12} rows, checksum {content.checksum} on both sides")
    _print("Copied. Set ROR_DATABASE to the new address, then start the server.")


def _describe(manifest: Manifest, first: str) -> None:
    """What a backup holds."""
    for table, content in manifest.tables.items():
        _print(f"{table:<20} {content.rows:>12} rows")
    _print(f"{first} Made {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC, position {manifest.position}.")


def _print(text: str) -> None:
    console.print(text, soft_wrap=True, markup=False)


COMMANDS: dict[str, Callable[..., None]] = {"backup": make, "restore": restore, "copy": copy}
"""The functions, by the names of their commands."""
