from datetime import timedelta

import duckdb
import pytest

from ror.errors import DatabaseError, Unavailable
from ror.model.capacity import Counts
from ror.model.journal import JournalLine, JournalMark, first_break, parse_purge
from ror.store import chain, declarations, journal
from ror.store.engine import migrations
from ror.store.engine.database import Database
from ror.store.engine.duckdb_file import DuckDBFile
from ror.store.engine.mark import current_mark
from ror.store.engine.migrations import MIGRATIONS, Migration
from tests.region import NOW, WARD, board_rows, build, write

NEXT = MIGRATIONS[-1].number + 1
HALF = Migration(NEXT, "half", ("CREATE TABLE half (x INTEGER)", "INSERT INTO half VALUES ('not a number')"))
WHOLE = Migration(NEXT, "whole", ("CREATE TABLE half (x INTEGER)", "INSERT INTO half VALUES (1)"))


def tables(cursor) -> set[str]:
    return {name for (name,) in cursor.execute("SELECT table_name FROM duckdb_tables()").fetchall()}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "migrated.duckdb"


def test_steps_are_numbered_from_one_without_gap():
    assert [step.number for step in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))


def test_a_new_database_is_migrated_once(path):
    with duckdb.connect(path) as cursor:
        assert migrations.pending(cursor) == list(MIGRATIONS)
        migrations.apply(cursor, DuckDBFile(path))
        assert migrations.pending(cursor) == []
        assert migrations.applied(cursor) == {step.number for step in MIGRATIONS}
        records = cursor.execute("SELECT number, name FROM migration ORDER BY number").fetchall()
        migrations.apply(cursor, DuckDBFile(path))
        assert cursor.execute("SELECT number, name FROM migration ORDER BY number").fetchall() == records
    assert records == [(step.number, step.name) for step in MIGRATIONS]


@pytest.mark.parametrize("migrated", [False, True])
def test_listing_applied_or_pending_steps_only_reads(path, migrated):
    with duckdb.connect(path) as cursor:
        if migrated:
            migrations.apply(cursor, DuckDBFile(path))
    before = path.read_bytes()
    with duckdb.connect(path, read_only=True) as cursor:
        assert len(migrations.applied(cursor)) == (len(MIGRATIONS) if migrated else 0)
        assert len(migrations.pending(cursor)) == (0 if migrated else len(MIGRATIONS))
    with duckdb.connect(path) as cursor:
        names = tables(cursor)
        migrations.applied(cursor)
        migrations.pending(cursor)
        assert tables(cursor) == names
    assert path.read_bytes() == before


def test_a_step_that_fails_leaves_nothing_of_itself_and_keeps_those_before(path, monkeypatch):
    monkeypatch.setattr(migrations, "MIGRATIONS", (*MIGRATIONS, HALF))
    with duckdb.connect(path) as cursor:
        with pytest.raises(duckdb.Error):
            migrations.apply(cursor, DuckDBFile(path))
        assert migrations.pending(cursor) == [HALF]
        assert "half" not in tables(cursor)
        assert "declaration" in tables(cursor)
        monkeypatch.setattr(migrations, "MIGRATIONS", (*MIGRATIONS, WHOLE))
        migrations.apply(cursor, DuckDBFile(path))
        assert cursor.execute("SELECT x FROM half").fetchall() == [(1,)]


def test_a_database_that_cannot_be_brought_to_this_version_is_refused_with_the_step(path, monkeypatch):
    monkeypatch.setattr(migrations, "MIGRATIONS", (*MIGRATIONS, HALF))
    with pytest.raises(DatabaseError, match=rf"step {NEXT} \(half\) failed.*nothing of it stays"):
        Database(path)


def test_a_step_that_finds_the_disk_full_is_refused_as_such(path, monkeypatch):
    full = Migration(NEXT, "full", ("SELECT error('No space left on device')",))
    monkeypatch.setattr(migrations, "MIGRATIONS", (*MIGRATIONS, full))
    with pytest.raises(Unavailable, match="disque du serveur est plein"):
        Database(path)


def test_a_step_that_is_interrupted_leaves_nothing_of_itself(path, monkeypatch):
    class Interrupted(tuple):
        def __iter__(self):
            yield self[0]
            raise KeyboardInterrupt

    cut = Migration(HALF.number, "cut", Interrupted(HALF.statements))
    monkeypatch.setattr(migrations, "MIGRATIONS", (*MIGRATIONS, cut))
    with duckdb.connect(path) as cursor:
        with pytest.raises(KeyboardInterrupt):
            migrations.apply(cursor, DuckDBFile(path))
        assert migrations.pending(cursor) == [cut]
        assert "half" not in tables(cursor)


def test_a_first_step_that_fails_leaves_an_empty_database(path, monkeypatch):
    monkeypatch.setattr(migrations, "MIGRATIONS", (HALF,))
    with duckdb.connect(path) as cursor:
        with pytest.raises(duckdb.Error):
            migrations.apply(cursor, DuckDBFile(path))
        assert tables(cursor) == set()


def test_a_step_added_later_is_applied_to_a_database_in_use_and_keeps_its_rows(path, monkeypatch):
    opened = Database(path)
    build(opened)
    write(opened, WARD, 7)
    opened.close()
    monkeypatch.setattr(migrations, "MIGRATIONS", (*MIGRATIONS, WHOLE))
    opened = Database(path)
    with opened.reader() as cursor:
        assert cursor.execute("SELECT x FROM half").fetchall() == [(1,)]
    assert board_rows(opened)[WARD]["available"] == 7
    opened.close()


def as_before_step_6(path):
    """Create a database of an earlier version, with two purges whose journal lines do not contain the checkpoint."""
    db = Database(path)
    for at in (0, 1, 2, 3):
        with db.transaction() as transaction:
            last = chain.head(transaction.cursor)
            line = JournalLine(
                last.number + 1, NOW + timedelta(days=at), "sign_in", "done", "", "", "session", "", "", last.hash
            )
            journal.append(transaction, line)
    with db.transaction() as transaction:
        cursor = transaction.cursor
        for number in (1, 2):
            cursor.execute("INSERT INTO journal_checkpoint SELECT number, hash, now() FROM journal WHERE number = ?", [number])
        cursor.execute("DELETE FROM journal WHERE number <= 2")
        cursor.execute("DELETE FROM migration WHERE number = 6")
    db.close()


def test_the_last_purge_of_an_earlier_version_is_recorded_once(path):
    as_before_step_6(path)
    for _ in range(2):
        db = Database(path)
        with db.reader() as cursor:
            checkpoints, lines = chain.checkpoints(cursor), list(journal.in_order(cursor))
            assert first_break(lines, checkpoints, chain.head(cursor)) is None
        assert [line.number for line, _ in lines] == [3, 4, 5]
        assert [parse_purge(line) for line, _ in lines] == [None, None, *checkpoints]
        db.close()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(path):
    Database(path).close()
    with duckdb.connect(path) as cursor:
        cursor.execute("INSERT INTO migration VALUES (99, 'from the future', now())")
        names = tables(cursor)
    with pytest.raises(DatabaseError, match=r"newer version.*99"):
        Database(path)
    with duckdb.connect(path) as cursor:
        assert tables(cursor) == names
        assert 99 in migrations.applied(cursor)


def test_the_declarations_of_an_earlier_version_have_no_parts_and_are_confirmed_as_they_are(path, monkeypatch):
    """A migration step added parts and capacity types: an event written before it is read without them."""
    before = next(number for number, step in enumerate(MIGRATIONS) if "parts of the counts" in step.name)
    with monkeypatch.context() as earlier:
        earlier.setattr(migrations, "MIGRATIONS", MIGRATIONS[:before])
        opened = Database(path)
        with opened.transaction() as transaction:
            position = transaction.next_position()
            transaction.cursor.execute(
                """
                INSERT INTO declaration BY NAME SELECT $position AS position, 'declared' AS kind, $unit AS unit,
                    '01' AS temporality, 7 AS available, '' AS comment, '01' AS source_type, '' AS account,
                    $at AS observed_at, $at AS recorded_at
                """,
                {"position": position, "unit": WARD, "at": NOW},
            )
        opened.close()
    opened = Database(path)
    build(opened)
    row = board_rows(opened)[WARD]
    assert (row["available"], row["parts"], row["women"], row["others"]) == (7, "", None, None)
    with opened.reader() as cursor:
        (event,) = declarations.latest(cursor, [WARD])
    assert (event.counts, event.capacity_type) == (Counts(7), "")
    opened.close()


def test_the_mark_of_a_version_without_a_journal_has_no_line_of_it(path):
    Database(path).close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("DROP TABLE journal_head")
        assert current_mark(connection).head == JournalMark()
