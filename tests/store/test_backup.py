"""A copy holds one state of every table; checksums differ when states differ, and only then."""

from datetime import timedelta

import pytest

from ror.errors import BackupFailed, DatabaseError, Refused
from ror.store.engine import backup
from ror.store.engine.database import Database
from tests.region import DAY_HOSPITAL, NOW, WARD, only_on_a_file, rows, write


def stop(done, total):
    raise Refused("enough")


def test_a_copy_holds_every_row_of_every_table(region, tmp_path):
    write(region, WARD, 3, comment="Travaux ; l'aile « B » \\N\n")
    write(region, WARD, None, observed_at=None)
    copied = backup.write(region, tmp_path / "copy.duckdb")
    position, _, held = backup.read(tmp_path / "copy.duckdb")
    assert (held, position) == (copied, region.position)
    copy = Database(tmp_path / "copy.duckdb")
    for table in copied:
        assert rows(copy, table) == rows(region, table), table
    with copy.reader() as cursor:
        assert cursor.execute("SELECT count(*) FROM duckdb_indexes() WHERE index_name = 'declaration_unit'").fetchone() == (1,)
    copy.close()


def test_a_copy_leaves_nothing_open_and_can_be_repeated(region, tmp_path):
    for name in ("first", "second"):
        backup.write(region, tmp_path / name)
        write(region, WARD, 2)
    with region.reader() as cursor:
        attached = [path for (path,) in cursor.execute("SELECT path FROM duckdb_databases() WHERE NOT internal").fetchall()]
    assert not [path for path in attached if path and str(tmp_path / "first") in path]
    assert not (tmp_path / "first.wal").exists()


def test_what_is_committed_during_a_copy_is_not_in_it_and_does_not_wait(region, tmp_path):
    write(region, WARD, 1)
    before = region.position
    steps = []

    def on_progress(done, total):
        if not steps:
            # The first table is not copied yet: what is committed from now on is of another state.
            write(region, DAY_HOSPITAL, 2)
        steps.append(done)

    backup.write(region, tmp_path / "copy.duckdb", on_progress)
    position, _, held = backup.read(tmp_path / "copy.duckdb")
    assert position in (before, region.position)
    assert held["declaration"].rows == position - 1
    assert region.position == before + 1
    assert steps[-1] == len(held)


def test_a_copy_that_is_abandoned_leaves_the_database_as_it_was(region, tmp_path):
    with pytest.raises(Refused, match="enough"):
        backup.write(region, tmp_path / "copy.duckdb", stop)
    write(region, WARD, 2)
    backup.write(region, tmp_path / "again.duckdb")


def test_the_sum_of_a_table_does_not_depend_on_the_order_of_its_rows(region, tmp_path):
    held = []
    for name, order in (("forth", "ASC"), ("back", "DESC")):
        with region.transaction() as transaction:
            transaction.cursor.execute(f"CREATE OR REPLACE TEMP TABLE turned AS FROM unit ORDER BY id {order}")
            transaction.cursor.execute("DELETE FROM unit")
            transaction.cursor.execute("INSERT INTO unit FROM turned")
        held.append(backup.write(region, tmp_path / name)["unit"])
    assert held[0] == held[1]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE unit SET name = name || ' ' WHERE id = '990750001-02'",
        "UPDATE structure SET latitude = nextafter(latitude, 90) WHERE finess = '990750001'",
        "UPDATE unit SET installed = NULL WHERE id = '990750001-02'",
        "INSERT INTO unit SELECT * FROM unit WHERE id = '990750001-02'",
        "UPDATE declaration SET observed_at = observed_at + INTERVAL 1 MICROSECOND",
    ],
)
def test_the_least_change_changes_the_sum(region, tmp_path, change):
    only_on_a_file(region)
    write(region, WARD, 2)
    before = backup.write(region, tmp_path / "before")
    with region.transaction() as transaction:
        transaction.cursor.execute(change)
    assert backup.write(region, tmp_path / "after") != before


def test_a_file_of_something_else_is_not_read(tmp_path):
    (tmp_path / "text").write_text("ni base ni sauvegarde" * 1000)
    with pytest.raises(BackupFailed, match="cannot be read"):
        backup.read(tmp_path / "text")


def test_the_copy_of_a_newer_version_is_refused(region, tmp_path):
    with region.transaction() as transaction:
        transaction.cursor.execute("INSERT INTO migration VALUES (999, 'later', ?)", [NOW + timedelta(days=900)])
    backup.write(region, tmp_path / "copy.duckdb")
    with pytest.raises(DatabaseError, match="newer version"):
        backup.read(tmp_path / "copy.duckdb")


def test_a_missing_folder_is_refused(region):
    with pytest.raises(BackupFailed, match="cannot be written"):
        backup.write(region, only_on_a_file(region) / "below" / "copy.duckdb")
