"""`backup`, `restore`, `copy`, `recover`: the database as a whole. Only the first goes on beside a running server."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from ror import control
from ror.cli.terminal import AsJson, progress, show
from ror.errors import Refused
from ror.model.backup import Manifest
from ror.services.operations import backup as backups
from ror.services.operations import copy as copy_database
from ror.services.operations import recovery
from ror.settings import database_file, settings
from ror.store.engine.database import open_database

Into = Annotated[Path | None, typer.Option("--to", help="Database file to write; default: that of the setting ROR_DATABASE.")]
From = Annotated[Path | None, typer.Option("--from", help="Database file; default: that of the setting ROR_DATABASE.")]


_TO_CHECK = (
    "revoke again the tokens, disable again the accounts and withdraw again the rights that were taken away since; passwords "
    "that were changed are the old ones again."
)


def backup(
    to: Annotated[Path | None, typer.Option(help="Folder to write into; default: the setting ROR_BACKUP_FOLDER.")] = None,
    keep: Annotated[
        int | None, typer.Option(min=1, help="Backups left in that folder; default: the setting ROR_BACKUP_KEEP.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Back the database up, whether or not the server runs. Example: python -m ror backup --to backups --keep 14."""
    arguments = {"to": str((to or backups.folder()).expanduser().resolve()), "keep": keep or settings().backup_keep}
    with progress("Backing up") as on_progress:
        made = control.run("backup", arguments, on_progress)
    words = [f"Backed up and read again: {made['rows']} rows, position {made['position']}."]
    if made["removed"]:
        words.append(f"Older backups removed: {', '.join(made['removed'])}")
    show(made, as_json, *words, f"To restore it: python -m ror restore {made['file']}")


def restore(
    file: Annotated[Path, typer.Argument(help="File of a backup; its manifest stands beside it.")],
    to: Into = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Set the database that stands there aside, and take its place.")
    ] = False,
    other: Annotated[
        bool, typer.Option("--other-database", help="The database to replace is not the one that was backed up.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Only check that the backup is whole: nothing is written.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a database of a backup, once checked. Example: python -m ror restore backups/ror-20261123T020000Z.duckdb --check."""
    if check:
        manifest = backups.check(file)
        show(_held(manifest), as_json, *_described(manifest, f"{file} is whole."))
        return
    path = to.expanduser().resolve() if to else database_file()
    if path is None:
        raise Refused(
            "A backup is restored into a file: name one with --to, then move it to the server with python -m ror copy."
        )
    restored = backups.restore(file, path, datetime.now(UTC), replace=replace, other=other)
    words = _described(restored.manifest, f"Restored into {path}.")
    if restored.aside:
        words.append(f"What stood there is kept in {restored.aside}")
    aside = str(restored.aside) if restored.aside else None
    result = _held(restored.manifest) | {"database": str(path), "aside": aside, "mark": restored.journal}
    show(result, as_json, *words, f"The journal holds. Mark to keep elsewhere: {restored.journal}")


def copy(
    to: Annotated[str, typer.Option(help="Where: postgresql://user:password@host:port/name, or a new file.")],
    source: From = None,
    as_json: AsJson = False,
) -> None:
    """Move a database file into an empty store; its server must be stopped. Example: python -m ror copy --to moved.duckdb."""
    path = source.expanduser().resolve() if source else database_file()
    if path is None or not path.is_file():
        raise Refused("There is no database file to copy: name one with --from.")
    with progress("Copying") as on_progress:
        copied = copy_database.copy(path, open_database(to), datetime.now(UTC), on_progress)
    tables = {table: {"rows": content.rows, "checksum": str(content.checksum)} for table, content in copied.items()}
    words = [f"{table:<20} {one['rows']:>12} rows, checksum {one['checksum']} on both sides" for table, one in tables.items()]
    show({"tables": tables}, as_json, *words, "Copied. Set ROR_DATABASE to the new address, then start the server.")


def recover(as_json: AsJson = False) -> None:
    """Go on with what can be read of a damaged database; what stood there is set aside. Example: python -m ror recover."""
    if settings().database.startswith(("postgresql://", "postgres://")):
        raise Refused("PostgreSQL recovers by itself when it starts: look at its log, or restore a backup of it.")
    path = Path(settings().database).expanduser().resolve()
    found = recovery.recover(path, datetime.now(UTC))
    words = [f"{path} goes on from position {found.position} and line {found.line} of its journal."]
    if found.acknowledged is None or found.acknowledged_line is None:
        words.append(
            "ITS MARK WAS LOST: nobody can tell what was declared, revoked, disabled or changed last. Ask those who declare; "
            f"{_TO_CHECK} The next positions leave a gap of {recovery.GAP}."
        )
    else:
        if found.acknowledged > found.position:
            words.append(
                f"LOST: what was declared at positions {found.position + 1} to {found.acknowledged}. Those units are to be "
                "declared again."
            )
        if found.acknowledged_line > found.line:
            words.append(
                f"LOST: what lines {found.line + 1} to {found.acknowledged_line} of the journal told of. Before the server "
                f"starts, {_TO_CHECK}"
            )
    result = asdict(found) | {"database": str(path), "aside": str(found.aside)}
    show(result, as_json, *words, f"What stood there is in {found.aside}")


def _held(manifest: Manifest) -> dict[str, Any]:
    return {
        "made_at": manifest.made_at.isoformat(),
        "position": manifest.position,
        "tables": {table: content.rows for table, content in manifest.tables.items()},
    }


def _described(manifest: Manifest, first: str) -> list[str]:
    """What a backup holds, in words."""
    rows = [f"{table:<20} {content.rows:>12} rows" for table, content in manifest.tables.items()]
    return [*rows, f"{first} Made {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC, position {manifest.position}."]
