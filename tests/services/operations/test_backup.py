"""Backups are complete or absent; a restored database equals the one backed up; no file is overwritten."""

import errno
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from ror.errors import BackupFailed, JournalBroken, Refused
from ror.model.backup import TableContent, file_name, manifest_name
from ror.model.journal import Act
from ror.services import journal
from ror.services.operations import backup, copy
from ror.settings import settings
from ror.store import files
from ror.store.engine import backup as stored
from ror.store.engine.database import Database
from ror.store.engine.postgresql import PostgreSQL
from tests.region import NOW, WARD, build, rows, write


def back_up(db, folder, at=NOW, keep=14):
    return backup.create(db, folder, keep, at)


def restore_and_open(created, path, **how):
    backup.restore(created.file, path, NOW, **how)
    return Database(path)


def acts(db):
    with db.reader() as cursor:
        return [act for (act,) in cursor.execute("SELECT act FROM journal ORDER BY number").fetchall()]


def prefix_of(db):
    return db.path.stem if db.path else urlsplit(db.engine.name).path.strip("/")


def differing_tables(db, other, besides=()):
    """Return the tables that do not hold the same rows; a file names its own tables alone."""
    with (other if other.path else db).reader() as cursor:
        tables = [name for (name,) in cursor.execute("SELECT DISTINCT table_name FROM duckdb_tables()").fetchall()]
    return [table for table in tables if table not in besides and rows(db, table) != rows(other, table)]


JOURNAL = ("journal", "journal_head", "origin")
"""The tables that the journal line of a backup or a restore is written to."""


def test_a_restored_database_is_the_one_that_was_backed_up(region, tmp_path):
    write(region, WARD, 4)
    created = back_up(region, tmp_path / "backups")
    other = restore_and_open(created, tmp_path / "elsewhere.duckdb")
    assert differing_tables(region, other, JOURNAL) == []
    assert other.position == region.position == created.manifest.position
    assert journal.verify(other).broken is None
    other.close()


def test_backup_and_restore_are_recorded_in_the_journals(region, tmp_path):
    created = back_up(region, tmp_path / "backups")
    assert acts(region)[-1] == Act.BACKUP
    other = restore_and_open(created, tmp_path / "elsewhere.duckdb")
    assert acts(other)[-1] == Act.RESTORE
    other.close()


def test_only_the_newest_backups_stay(region, tmp_path):
    for day in range(4):
        created = back_up(region, tmp_path, NOW + timedelta(days=day), keep=2)
    expected = [file_name(prefix_of(region), NOW + timedelta(days=day)) for day in (2, 3)]
    assert sorted(one.name for one in tmp_path.glob("*T*Z.duckdb*")) == sorted([*expected, *map(manifest_name, expected)])
    assert created.removed == [file_name(prefix_of(region), NOW + timedelta(days=1))]
    assert backup.check(created.file) == created.manifest


def test_a_backup_belongs_to_its_owner_alone(region, tmp_path):
    created = back_up(region, tmp_path / "backups")
    for path in (created.file, created.file.with_name(manifest_name(created.file.name))):
        assert path.stat().st_mode & 0o777 == 0o600
    assert created.file.parent.stat().st_mode & 0o777 == 0o700


def truncate_file(created):
    with created.file.open("r+b") as file:
        file.truncate(created.file.stat().st_size - 1)


def change_byte(created):
    with created.file.open("r+b") as file:
        file.seek(created.file.stat().st_size // 2)
        byte = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte[0] ^ 1]))


def remove_manifest(created):
    created.file.with_name(manifest_name(created.file.name)).unlink()


def truncate_manifest(created):
    manifest = created.file.with_name(manifest_name(created.file.name))
    manifest.write_text(manifest.read_text()[:100])


def change_manifest(created):
    manifest = created.file.with_name(manifest_name(created.file.name))
    manifest.write_text(manifest.read_text().replace(created.manifest.tables["unit"].checksum, "abc"))


@pytest.mark.parametrize("harm", [truncate_file, change_byte, remove_manifest, truncate_manifest, change_manifest])
def test_a_backup_that_is_not_whole_is_refused_and_nothing_is_written(region, tmp_path, harm):
    created = back_up(region, tmp_path / "backups")
    harm(created)
    with pytest.raises(BackupFailed):
        backup.restore(created.file, tmp_path / "elsewhere" / "ror.duckdb", NOW)
    assert not (tmp_path / "elsewhere").exists()


def test_a_database_is_replaced_only_on_request_and_set_aside_first(region, tmp_path):
    created = back_up(region, tmp_path / "backups")
    there = restore_and_open(created, tmp_path / "there" / "ror.duckdb")
    write(there, WARD, 9)
    expected = rows(there, "declaration")
    there.close()
    with pytest.raises(Refused, match="--replace"):
        backup.restore(created.file, there.path, NOW)
    again = backup.restore(created.file, there.path, NOW, replace=True)
    new, old = Database(there.path), Database(again.aside / "ror.duckdb")
    assert rows(old, "declaration") == expected
    assert rows(new, "declaration") == rows(region, "declaration") != expected
    new.close()
    old.close()


def test_backups_go_beside_the_database_or_where_the_setting_says(tmp_path, monkeypatch):
    assert backup.default_folder() == tmp_path / "backups"
    monkeypatch.setenv("ROR_BACKUP_FOLDER", str(tmp_path / "elsewhere"))
    settings.cache_clear()
    assert backup.default_folder() == tmp_path / "elsewhere"


def test_two_backups_do_not_share_a_second(region, tmp_path):
    first = back_up(region, tmp_path)
    content = first.file.read_bytes()
    with pytest.raises(BackupFailed, match="is there already: try again in a second"):
        back_up(region, tmp_path)
    assert first.file.read_bytes() == content


def test_what_an_interrupted_backup_left_is_removed_by_the_next(region, tmp_path):
    part = tmp_path / "ror-20261122T090000Z.duckdb.part"
    part.touch()
    back_up(region, tmp_path)
    assert not part.exists()


def test_a_folder_that_is_a_file_is_refused(region, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BackupFailed, match="cannot be used"):
        back_up(region, tmp_path / "file")


def fail(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("step", ["finish", "write_text"])
def test_a_backup_that_finds_no_room_leaves_nothing(region, tmp_path, monkeypatch, step):
    monkeypatch.setattr(files, step, fail)
    with pytest.raises(BackupFailed, match=r"cannot be written \(No space left on device\): make room"):
        back_up(region, tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


def lose_a_row(position, head, tables):
    return position, head, tables | {"unit": TableContent(tables["unit"].rows - 1, tables["unit"].checksum)}


def test_a_backup_that_the_disk_changed_leaves_nothing(region, tmp_path, monkeypatch):
    read = stored.read
    monkeypatch.setattr(stored, "read", lambda path: lose_a_row(*read(path)))
    with pytest.raises(BackupFailed, match="is not what the database holds: check its disk"):
        back_up(region, tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


@pytest.mark.parametrize(("rows", "whole"), [(0, True), (1, False)])
def test_a_backup_of_another_duckdb_is_compared_by_its_rows_alone(region, tmp_path, rows, whole):
    """Another version of DuckDB may compute other checksums of the same rows."""
    created = back_up(region, tmp_path / "backups")
    content = created.manifest.tables["unit"]
    tables = created.manifest.tables | {"unit": TableContent(content.rows + rows, "abc")}
    manifest = replace(created.manifest, engine="0.0.1", tables=tables)
    created.file.with_name(manifest_name(created.file.name)).write_text(manifest.to_json())
    with nullcontext() if whole else pytest.raises(BackupFailed, match="does not hold what its manifest says"):
        assert backup.check(created.file) == manifest


def test_a_restore_that_the_disk_changed_changes_nothing(region, tmp_path, monkeypatch):
    created = back_up(region, tmp_path / "backups")
    monkeypatch.setattr(files, "copy", lambda source, part: part.touch() or "another sum")
    with pytest.raises(BackupFailed, match=r"is not the backup: check the disk\. Nothing was changed"):
        backup.restore(created.file, tmp_path / "there" / "ror.duckdb", NOW)
    assert list((tmp_path / "there").iterdir()) == []


def test_a_restore_to_where_nothing_can_be_written_is_refused(region, tmp_path):
    created = back_up(region, tmp_path / "backups")
    (tmp_path / "file").touch()
    with pytest.raises(BackupFailed, match=r"cannot be written .*name another file"):
        backup.restore(created.file, tmp_path / "file" / "ror.duckdb", NOW)


def test_a_restore_tells_that_the_journal_was_changed_before_the_backup(region, tmp_path):
    back_up(region, tmp_path / "backups")
    with region.transaction() as transaction:
        transaction.cursor.execute("UPDATE journal SET actor = 'somebody'")
    created = back_up(region, tmp_path / "backups", NOW + timedelta(hours=1))
    with pytest.raises(JournalBroken, match="does not hold at line 1: it was changed before"):
        backup.restore(created.file, tmp_path / "elsewhere.duckdb", NOW)


@pytest.fixture
def another(tmp_path):
    """Create a database of another origin than the region's, with declarations of its own."""
    db = Database(tmp_path / "another" / "ror.duckdb")
    build(db)
    with db.transaction() as transaction:
        transaction.cursor.execute("UPDATE migration SET applied_at = applied_at - INTERVAL 1 DAY")
    write(db, WARD, 7)
    yield db
    db.close()


@pytest.mark.parametrize("harm", ["none", "torn"])
def test_the_backup_of_another_database_is_restored_only_on_request(region, another, tmp_path, harm):
    created = back_up(region, tmp_path / "backups")
    another.close()
    if harm == "torn":
        # A damaged file cannot be opened, but the mark beside it still says which database it is.
        another.path.write_bytes(another.path.read_bytes()[:5_000])
    content = another.path.read_bytes()
    with pytest.raises(Refused, match=r"another database than .*--other-database"):
        backup.restore(created.file, another.path, NOW, replace=True)
    assert another.path.read_bytes() == content
    assert list(another.path.parent.glob("*.aside-*")) == []
    restored = backup.restore(created.file, another.path, NOW, replace=True, other=True)
    assert (restored.aside / "ror.duckdb").read_bytes() == content
    new = Database(another.path)
    assert rows(new, "declaration") == rows(region, "declaration")
    new.close()


def test_a_backup_from_before_a_restore_is_of_the_same_database(region, tmp_path):
    first = back_up(region, tmp_path / "backups")
    restored = restore_and_open(first, tmp_path / "there" / "ror.duckdb")
    write(restored, WARD, 9)
    second = back_up(restored, tmp_path / "backups", NOW + timedelta(hours=1))
    restored.close()
    for hours, created in enumerate((first, second, first)):
        backup.restore(created.file, restored.path, NOW + timedelta(hours=hours), replace=True)


def test_the_log_of_a_database_that_is_gone_never_enters_the_one_restored(region, tmp_path):
    created = back_up(region, tmp_path / "backups")
    path = tmp_path / "there" / "ror.duckdb"
    path.parent.mkdir()
    log = path.with_name("ror.duckdb.wal")
    log.write_bytes(b"what a lost database left")
    with pytest.raises(Refused):
        backup.restore(created.file, path, NOW)
    again = backup.restore(created.file, path, NOW, replace=True)
    assert (again.aside / log.name).read_bytes() == b"what a lost database left"
    other = Database(path)
    assert other.position == region.position
    other.close()


def test_two_backups_are_not_written_into_a_folder_at_once(region, tmp_path):
    with files.lock_folder(tmp_path / "backups"), pytest.raises(BackupFailed, match="Another backup"):
        back_up(region, tmp_path / "backups")
    assert back_up(region, tmp_path / "backups").file.exists()


def test_a_database_moves_to_postgresql_whole(region, tmp_path, postgres_address):
    write(region, WARD, 4, comment="L'aile « B » ; 100 %\n\tdeux")
    created = back_up(region, tmp_path / "backups")
    source = restore_and_open(created, tmp_path / "source.duckdb")
    before = {table: rows(source, table) for table in created.manifest.tables}
    source.close()
    target = Database(PostgreSQL(postgres_address))
    copied = copy.copy(tmp_path / "source.duckdb", target, NOW)
    assert {table: one.rows for table, one in copied.items()} == {table: len(one) for table, one in before.items()}
    assert [table for table in before if table not in JOURNAL and rows(target, table) != before[table]] == []
    assert target.position == region.position
    assert journal.verify(target).broken is None
    assert acts(target)[-1] == Act.COPY
    assert write(target, WARD, 5).position == region.position + 1
    with pytest.raises(Refused, match="not empty"):
        copy.copy(tmp_path / "source.duckdb", target, NOW)
    back = restore_and_open(back_up(target, tmp_path / "backups", NOW + timedelta(days=1)), tmp_path / "back.duckdb")
    assert differing_tables(back, target, JOURNAL) == []
    back.close()
    target.close()
