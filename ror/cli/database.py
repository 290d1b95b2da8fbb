"""The commands `backup`, `restore`, `copy` and `recover`, on the whole database. Only `backup` runs beside a server."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from ror import control
from ror.cli.terminal import AsJson, print_result, progress
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
    folder = (to or backups.default_folder()).expanduser().resolve()
    with progress("Backing up") as on_progress:
        result = control.run("backup", {"to": str(folder), "keep": keep or settings().backup_keep}, on_progress)
    lines = [f"Backed up and read again: {result['rows']} rows, position {result['position']}."]
    if result["removed"]:
        lines.append(f"Older backups removed: {', '.join(result['removed'])}")
    print_result(result, as_json, *lines, f"To restore it: python -m ror restore {result['file']}")


def restore(
    file: Annotated[Path, typer.Argument(help="File of a backup; its manifest is beside it.")],
    to: Into = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the database at that path, which is set aside first.")
    ] = False,
    other: Annotated[
        bool, typer.Option("--other-database", help="The database to replace is not the one that was backed up.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Only check that the backup is whole: nothing is written.")] = False,
    as_json: AsJson = False,
) -> None:
    """Restore a backup, once checked. Example: python -m ror restore backups/ror-20261123T020000Z.duckdb --check."""
    if check:
        manifest = backups.check(file)
        print_result(_manifest_result(manifest), as_json, *_manifest_lines(manifest, f"{file} is whole."))
        return
    path = to.expanduser().resolve() if to else database_file()
    if path is None:
        raise Refused(
            "A backup is restored into a file: name one with --to, then move it to the server with python -m ror copy."
        )
    restored = backups.restore(file, path, datetime.now(UTC), replace=replace, other=other)
    lines = _manifest_lines(restored.manifest, f"Restored into {path}.")
    if restored.aside:
        lines.append(f"The previous database is in {restored.aside}")
    aside = str(restored.aside) if restored.aside else None
    result = _manifest_result(restored.manifest) | {"database": str(path), "aside": aside, "mark": restored.journal}
    print_result(result, as_json, *lines, f"The journal holds. Mark to keep elsewhere: {restored.journal}")


def copy(
    to: Annotated[str, typer.Option(help="Where to copy: postgresql://user:password@host:port/name, or a new file.")],
    source: From = None,
    as_json: AsJson = False,
) -> None:
    """Copy a database file into an empty store; its server must be stopped. Example: python -m ror copy --to moved.duckdb."""
    path = source.expanduser().resolve() if source else database_file()
    if path is None or not path.is_file():
        raise Refused("There is no database file to copy: name one with --from.")
    with progress("Copying") as on_progress:
        copied = copy_database.copy(path, open_database(to), datetime.now(UTC), on_progress)
    tables = {table: {"rows": content.rows, "checksum": str(content.checksum)} for table, content in copied.items()}
    lines = [
        f"{table:<20} {content.rows:>12} rows, checksum {content.checksum} on both sides" for table, content in copied.items()
    ]
    print_result({"tables": tables}, as_json, *lines, "Copied. Set ROR_DATABASE to the new address, then start the server.")


def recover(as_json: AsJson = False) -> None:
    """Recover what can be read of a damaged database; set the damaged files aside. Example: python -m ror recover."""
    if settings().database.startswith(("postgresql://", "postgres://")):
        raise Refused("PostgreSQL recovers by itself when it starts: look at its log, or restore a backup of it.")
    path = Path(settings().database).expanduser().resolve()
    recovered = recovery.recover(path, datetime.now(UTC))
    lines = [f"{path} goes on from position {recovered.position} and line {recovered.line} of its journal."]
    if recovered.acknowledged is None or recovered.acknowledged_line is None:
        lines.append(
            "ITS MARK WAS LOST: nobody can tell what was declared, revoked, disabled or changed last. Ask those who declare; "
            f"{_TO_CHECK} The next positions leave a gap of {recovery.GAP}."
        )
    else:
        if recovered.acknowledged > recovered.position:
            lines.append(
                f"LOST: what was declared at positions {recovered.position + 1} to {recovered.acknowledged}. Those units are "
                "to be declared again."
            )
        if recovered.acknowledged_line > recovered.line:
            lines.append(
                f"LOST: what lines {recovered.line + 1} to {recovered.acknowledged_line} of the journal recorded. Before the "
                f"server starts, {_TO_CHECK}"
            )
    result = asdict(recovered) | {"database": str(path), "aside": str(recovered.aside)}
    print_result(result, as_json, *lines, f"The damaged files are in {recovered.aside}")


def _manifest_result(manifest: Manifest) -> dict[str, Any]:
    return {
        "made_at": manifest.made_at.isoformat(),
        "position": manifest.position,
        "tables": {table: content.rows for table, content in manifest.tables.items()},
    }


def _manifest_lines(manifest: Manifest, first: str) -> list[str]:
    """Return the lines that describe the content of a backup; `first` begins the last one."""
    rows = [f"{table:<20} {content.rows:>12} rows" for table, content in manifest.tables.items()]
    return [*rows, f"{first} Created {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC, position {manifest.position}."]
