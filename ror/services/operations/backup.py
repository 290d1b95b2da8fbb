"""Backing the database up while it serves, reading a backup again, and putting one in the place of a database."""

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
from ror.store.engine.mark import born
from ror.store.engine.recovery import log_of, set_aside

_PARTS = f"*.duckdb*{files.PART}*"
"""What a backup that was cut off may have left."""


@dataclass(frozen=True, slots=True)
class Made:
    """A backup: its file, what its manifest says, and the names of the older ones that rotation took away."""

    file: Path
    manifest: Manifest
    removed: list[str]


@dataclass(frozen=True, slots=True)
class Restored:
    """A database that a backup was put in the place of: where what stood there is kept, None when nothing did."""

    path: Path
    manifest: Manifest
    aside: Path | None
    journal: str


def folder() -> Path:
    """Where backups go when nobody says: the setting `ROR_BACKUP_FOLDER`, or `backups` beside the database."""
    known = settings().backup_folder
    return Path(known).expanduser().resolve() if known else beside_database("backups")


def make(db: Database, to: Path, keep: int, now: datetime, on_progress: OnProgress = ignore_progress) -> Made:
    """Write a backup of one state of the database into a folder; leave the newest `keep` of this database there.

    Nobody waits meanwhile. It has its name once its file is on the disk, was read again and holds what the database held:
    half a backup is never taken for one. Raises `BackupFailed`; nothing of it stays then. Of the command line alone.
    """
    with files.alone_in(to):
        files.forget(to, _PARTS)
        try:
            made = _make(db, to / file_name(_called(db), now), now, on_progress)
        except OSError as error:
            raise BackupFailed(f"{to} cannot be written ({error.strerror}): make room, or name another folder.") from error
        finally:
            files.forget(to, _PARTS)
        removed = backups_to_remove((one.name for one in to.iterdir()), made.file.name, keep)
        for name in removed:
            # The manifest first: a file without one is not a backup.
            (to / manifest_name(name)).unlink(missing_ok=True)
            (to / name).unlink(missing_ok=True)
    with db.transaction() as transaction:
        said = {"position": made.manifest.position, "sha256": made.manifest.sha256, "removed": len(removed)}
        journal.record(transaction, Act.BACKUP, None, f"file:{made.file.name}", now, after=said)
    return Made(made.file, made.manifest, removed)


def _called(db: Database) -> str:
    """What its backups are called by: databases that share a folder leave those of each other alone."""
    return Path(urlsplit(db.engine.name).path).stem


def _make(db: Database, file: Path, now: datetime, on_progress: OnProgress) -> Made:
    if file.exists():
        raise BackupFailed(f"{file} is there already: try again in a second.")
    part = files.part_of(file)
    copied = backup.write(db, part, on_progress)
    position, head, held = backup.read(part)
    if held != copied:
        raise BackupFailed(f"What was written into {file.parent} is not what the database holds: check its disk.")
    manifest = Manifest(now, backup.ENGINE, position, str(head), held, files.sha256(part))
    files.settle(part, file)
    try:
        files.settle_text(manifest.to_json(), file.with_name(manifest_name(file.name)))
    except OSError:
        file.unlink()
        raise
    return Made(file, manifest, [])


def check(file: Path) -> Manifest:
    """What a backup says it holds, once its file was read whole and found to hold it. Raises `BackupFailed`."""
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
    position, head, held = backup.read(file)
    if (position, str(head)) != (manifest.position, manifest.journal) or not _same(held, manifest):
        raise BackupFailed(f"{file} does not hold what its manifest says: take another backup.")
    return manifest


def _same(held: dict[str, TableContent], manifest: Manifest) -> bool:
    """Whether the tables are those of the manifest; another DuckDB may compute other checksums, and counts the same rows."""
    if manifest.engine == backup.ENGINE:
        return held == manifest.tables
    return {name: one.rows for name, one in held.items()} == {name: one.rows for name, one in manifest.tables.items()}


def restore(file: Path, path: Path, now: datetime, *, replace: bool = False, other: bool = False) -> Restored:
    """Make a database of a backup, which is checked first. With `replace`, what stands at `path` is set aside before.

    `other`: the backup may be of another database than the one that stands there. Raises `BackupFailed` for a backup that
    is not whole, `Refused` when a database stands there and `replace` is not said, or when it is another one and `other`
    is not, `DatabaseError` when a server has it open: nothing is changed then. Of the command line alone.
    """
    manifest = check(file)
    taken = path.exists() or log_of(path).exists()
    if taken and not replace:
        raise Refused(f"{path} is a database already: name another file, or say --replace and it is set aside first.")
    if taken and not other:
        _check_same(file, path)
    with files.nobody_else_in(path):
        aside = _replace(file, path, manifest, now, taken=taken)
    return Restored(path, manifest, aside, _opened(path, manifest, now))


def _check_same(file: Path, path: Path) -> None:
    """Raises `Refused` unless a backup is of the database at a path, as far as that one still says which it is."""
    backed_up, standing = born(file), born(path)
    if standing and standing != backed_up:
        raise Refused(
            f"{file} is a backup of another database than {path}: one was made at {_instant(backed_up)}, the other at "
            f"{_instant(standing)}. Nothing was changed. Look for the right backup; to put this one there all the same, say "
            "--other-database too."
        )


def _instant(microseconds: int) -> str:
    return f"{datetime.fromtimestamp(microseconds / 1_000_000, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _replace(file: Path, path: Path, manifest: Manifest, now: datetime, *, taken: bool) -> Path | None:
    part = files.part_of(path)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if files.copy(file, part) != manifest.sha256:
            raise BackupFailed(f"What was written beside {path} is not the backup: check the disk. Nothing was changed.")
        aside = set_aside(path, now) if taken else None
        files.put_in_place(part, path)
        return aside
    except OSError as error:
        raise BackupFailed(f"{path} cannot be written ({error.strerror}): make room, or name another file.") from error
    finally:
        part.unlink(missing_ok=True)


def _opened(path: Path, manifest: Manifest, now: datetime) -> str:
    """Open what was restored as a server does, write that it was into its journal; returns the mark of the last line."""
    db = Database(path)
    try:
        with db.transaction() as transaction:
            said = {"position": manifest.position, "made_at": manifest.made_at.isoformat(), "sha256": manifest.sha256}
            journal.record(transaction, Act.RESTORE, None, "database", now, after=said)
        verified = journal.verify(db)
    finally:
        db.close()
    if verified.broken is not None:
        raise JournalBroken(f"The journal of the backup does not hold at line {verified.broken.number}: it was changed before.")
    return str(verified.head)
