"""Back the database up while it serves, check a backup, and restore one."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from ror.errors import BackupFailed, JournalBroken, Refused
from ror.model.backup import Manifest, TableContent, backups_to_remove, file_name, manifest_name
from ror.model.journal import Act
from ror.model.progress import OnProgress, ignore_progress
from ror.services import journal
from ror.settings import beside_database, settings
from ror.store import files
from ror.store.engine import backup
from ror.store.engine.database import Database
from ror.store.engine.mark import creation_instant
from ror.store.engine.recovery import log_of, set_aside

_PARTS = f"*.duckdb*{files.PART}*"
"""Files that an interrupted backup may leave."""


@dataclass(frozen=True, slots=True)
class BackupResult:
    """A backup: its file, its manifest, and the names of the older backups that were removed."""

    file: Path
    manifest: Manifest
    removed: list[str]


@dataclass(frozen=True, slots=True)
class RestoreResult:
    """A restored database: its path, the manifest of the backup, and the mark of the last line of its journal.

    `aside` is the folder that holds the database that stood there before, None when there was none.
    """

    path: Path
    manifest: Manifest
    aside: Path | None
    journal: str


def default_folder() -> Path:
    """Return the folder of the setting `ROR_BACKUP_FOLDER`, or `backups` beside the database."""
    folder = settings().backup_folder
    return Path(folder).expanduser().resolve() if folder else beside_database("backups")


def create(db: Database, to: Path, keep: int, now: datetime, on_progress: OnProgress = ignore_progress) -> BackupResult:
    """Write a backup of one state of the database into a folder, and keep the newest `keep` of this database there.

    Readers and writers do not wait. The backup gets its name only once its file is on the disk, was read again and holds
    the same content as the database, so an incomplete one is never mistaken for a backup. Raises `BackupFailed` and leaves
    no file then. Checks no right: only the command line calls it.
    """
    with files.lock_folder(to):
        files.delete_matching(to, _PARTS)
        try:
            file, manifest = _write(db, to / file_name(_backup_prefix(db), now), now, on_progress)
        except OSError as error:
            raise BackupFailed(f"{to} cannot be written ({error.strerror}): make room, or name another folder.") from error
        finally:
            files.delete_matching(to, _PARTS)
        removed = backups_to_remove((path.name for path in to.iterdir()), file.name, keep)
        for name in removed:
            # The manifest first: a file without one is not a backup.
            (to / manifest_name(name)).unlink(missing_ok=True)
            (to / name).unlink(missing_ok=True)
    with db.transaction() as transaction:
        details = {"position": manifest.position, "sha256": manifest.sha256, "removed": len(removed)}
        journal.record(transaction, Act.BACKUP, None, f"file:{file.name}", now, after=details)
    return BackupResult(file, manifest, removed)


def _backup_prefix(db: Database) -> str:
    """Return how the names of a database's backups begin: databases that share a folder leave each other's alone."""
    return Path(urlsplit(db.engine.name).path).stem


def _write(db: Database, file: Path, now: datetime, on_progress: OnProgress) -> tuple[Path, Manifest]:
    if file.exists():
        raise BackupFailed(f"{file} is there already: try again in a second.")
    part = files.part_path(file)
    copied = backup.write(db, part, on_progress)
    position, head, tables = backup.read(part)
    if tables != copied:
        raise BackupFailed(f"What was written into {file.parent} is not what the database holds: check its disk.")
    manifest = Manifest(now, backup.ENGINE, position, str(head), tables, files.sha256(part))
    files.finish(part, file)
    try:
        files.write_text(manifest.to_json(), file.with_name(manifest_name(file.name)))
    except OSError:
        file.unlink()
        raise
    return file, manifest


def check(file: Path) -> Manifest:
    """Read a whole backup and compare it with its manifest; return the manifest. Raises `BackupFailed` when they differ."""
    beside = file.with_name(manifest_name(file.name))
    try:
        manifest = Manifest.read(beside.read_text("utf-8"))
        if manifest is None:
            raise BackupFailed(f"{beside} is torn, or is no manifest of a backup: take another backup.")
        if files.sha256(file) != manifest.sha256:
            raise BackupFailed(f"{file} is not the file that its manifest was written for: it is torn or was changed.")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", "not text")
        raise BackupFailed(f"{file} and its manifest {beside.name} cannot both be read ({why}).") from error
    position, head, tables = backup.read(file)
    if (position, str(head)) != (manifest.position, manifest.journal) or not _match(tables, manifest):
        raise BackupFailed(f"{file} does not hold what its manifest says: take another backup.")
    return manifest


def _match(tables: dict[str, TableContent], manifest: Manifest) -> bool:
    """Compare tables with those of a manifest; only their rows when it is of another DuckDB, whose checksums may differ."""
    if manifest.engine == backup.ENGINE:
        return tables == manifest.tables
    rows, expected = ({name: content.rows for name, content in side.items()} for side in (tables, manifest.tables))
    return rows == expected


def restore(file: Path, path: Path, now: datetime, *, replace: bool = False, other: bool = False) -> RestoreResult:
    """Check a backup, then restore it to `path`. With `replace`, the database that stands there is set aside first.

    `other` accepts a backup of another database than the one that stands there. Raises `BackupFailed` for a damaged backup,
    `Refused` when a database stands there and `replace` is False, or when it is another one and `other` is False,
    `DatabaseError` when a server has it open; changes nothing then. Checks no right: only the command line calls it.
    """
    manifest = check(file)
    occupied = path.exists() or log_of(path).exists()
    if occupied and not replace:
        raise Refused(f"{path} is a database already: name another file, or say --replace and it is set aside first.")
    if occupied and not other:
        _check_same_database(file, path)
    with files.lock_database_file(path):
        aside = _replace(file, path, manifest, now, occupied=occupied)
    return RestoreResult(path, manifest, aside, _record_restore(path, manifest, now))


def _check_same_database(file: Path, path: Path) -> None:
    """Raise `Refused` unless a backup is of the database at a path; a database too damaged to identify is accepted."""
    backed_up, current = creation_instant(file), creation_instant(path)
    if current and current != backed_up:
        raise Refused(
            f"{file} is a backup of another database than {path}: one was created at {_instant(backed_up)}, the other at "
            f"{_instant(current)}. Nothing was changed. Look for the right backup; to put this one there all the same, say "
            "--other-database too."
        )


def _instant(microseconds: int) -> str:
    return f"{datetime.fromtimestamp(microseconds / 1_000_000, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _replace(file: Path, path: Path, manifest: Manifest, now: datetime, *, occupied: bool) -> Path | None:
    part = files.part_path(path)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            if files.copy(file, part) != manifest.sha256:
                raise BackupFailed(f"What was written beside {path} is not the backup: check the disk. Nothing was changed.")
            aside = set_aside(path, now) if occupied else None
            files.install_database(part, path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise BackupFailed(f"{path} cannot be written ({error.strerror}): make room, or name another file.") from error
    return aside


def _record_restore(path: Path, manifest: Manifest, now: datetime) -> str:
    """Open a restored database as a server does, and record the restore in its journal; return the mark of the last line."""
    db = Database(path)
    try:
        with db.transaction() as transaction:
            details = {"position": manifest.position, "made_at": manifest.made_at.isoformat(), "sha256": manifest.sha256}
            journal.record(transaction, Act.RESTORE, None, "database", now, after=details)
        verified = journal.verify(db)
    finally:
        db.close()
    if verified.broken is not None:
        raise JournalBroken(f"The journal of the backup does not hold at line {verified.broken.number}: it was changed before.")
    return str(verified.head)
