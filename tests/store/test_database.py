import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from ror.errors import DatabaseError
from ror.store import declarations, files
from ror.store.board.board import BoardCache
from ror.store.engine import duckdb_file, postgresql
from ror.store.engine.database import Database, close_all, open_database
from ror.store.engine.recovery import mark_of
from tests.region import CARDIAC, NOW, RESUSCITATION, UNITS, WARD, board_rows, event, only_on_a_file, rolled_back, rows, write

ROOT = Path(__file__).resolve().parents[2]
WRITERS, EACH = 8, 25

HOLD = """
import sys
from pathlib import Path
from ror.store.engine.database import Database
from ror.store.engine import duckdb_file
db = Database(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def held(tmp_path):
    """Return the path of the file that `holder` keeps open."""
    return tmp_path / "held.duckdb"


@pytest.fixture
def holder(held):
    """Yield a process that keeps the file `held` open until its input is closed."""
    command = [sys.executable, "-c", HOLD, str(held)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, env=environment, text=True, **pipes) as process:
        assert process.stdout.readline() == "held\n"
        yield process


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(duckdb_file, "OPENING_SECONDS", 0.3)


def test_positions_are_the_commit_order_and_nothing_is_lost_when_eight_threads_write(db, region):
    start = db.position
    committed, gaps = [], []
    done = threading.Event()

    def declare(number: int) -> list[int]:
        own = []
        for turn in range(EACH):
            with db.transaction() as transaction:
                written = event(transaction, UNITS[number].id, turn)
                declarations.append(transaction, written)
                committed.append(written.position)
            own.append(written.position)
        return own

    def watch() -> None:
        while not done.is_set():
            position = db.position
            with db.reader() as cursor:
                count, last = cursor.execute("SELECT count(*), coalesce(max(position), ?) FROM declaration", [start]).fetchone()
            if count != last - start or last < position:
                gaps.append((position, count, last))

    with ThreadPoolExecutor(WRITERS + 1) as pool:
        watcher = pool.submit(watch)
        try:
            own = list(pool.map(declare, range(WRITERS)))
        finally:
            done.set()
        watcher.result()

    expected = list(range(start + 1, start + 1 + WRITERS * EACH))
    assert committed == expected
    assert sorted(position for positions in own for position in positions) == expected
    assert all(positions == sorted(positions) for positions in own)
    assert gaps == []
    assert db.position == expected[-1]
    assert [board_rows(db)[unit.id]["available"] for unit in UNITS[:WRITERS]] == [EACH - 1] * WRITERS


def test_a_writer_that_fails_leaves_nothing_and_does_not_move_the_position(db, region):
    write(db, WARD, 3)
    before, stand = db.position, rows(db, "declaration")
    with rolled_back(db) as transaction:
        declarations.append(transaction, event(transaction, WARD, 9))
        declarations.append(transaction, event(transaction, CARDIAC, 9))
    assert db.position == before
    assert rows(db, "declaration") == stand
    assert board_rows(db)[WARD]["available"] == 3
    assert write(db, CARDIAC, 1).position == before + 1


def test_readers_do_not_see_what_is_not_committed(db, region):
    with db.transaction() as transaction:
        declarations.append(transaction, event(transaction, WARD, 9))
        with db.reader() as cursor:
            assert declarations.latest(cursor, [WARD]) == []
    with db.reader() as cursor:
        assert declarations.latest(cursor, [WARD])[0].counts.available == 9


def test_a_reader_never_sees_the_rows_of_another_thread(db, region):
    for number, unit in enumerate(UNITS):
        write(db, unit.id, number)
    together = threading.Barrier(8)

    def read(number: int) -> set[tuple[str, int]]:
        together.wait()
        rows_found = set()
        for _ in range(60):
            with db.reader() as cursor:
                query = "SELECT unit, available FROM declaration, range(50) WHERE unit = ?"
                rows_found |= set(cursor.execute(query, [UNITS[number].id]).fetchall())
        return rows_found

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, range(8))) == [{(UNITS[number].id, number)} for number in range(8)]


def test_the_readers_of_one_board_cache_share_the_board_of_the_present_position(db, region):
    cache = BoardCache(db)
    with ThreadPoolExecutor(8) as pool:
        boards = list(pool.map(lambda _: cache.get(), range(32)))
    assert all(one is boards[0] for one in boards)
    written = write(db, WARD, 4)
    assert cache.get().position == written.position > boards[0].position


def test_the_position_goes_on_after_the_file_is_opened_again(db, region):
    last = write(db, WARD, 3).position
    db.close()
    again = Database(only_on_a_file(db))
    assert again.position == last
    assert write(again, WARD, 4).position == last + 1
    assert board_rows(again)[WARD]["available"] == 4
    again.close()


@pytest.mark.usefixtures("holder", "impatient")
def test_a_second_process_gets_an_error_while_the_file_is_in_use(held):
    with pytest.raises(DatabaseError, match=f"The database {held} is already in use by another server.*ROR_DATABASE"):
        Database(held)


@pytest.mark.usefixtures("holder")
def test_a_file_in_use_by_a_server_is_not_locked(held):
    with pytest.raises(DatabaseError, match=f"A server has {held} open: stop it first"), files.lock_database_file(held):
        pass


def test_a_file_released_during_the_wait_is_opened(holder, held):
    threading.Timer(0.5, holder.stdin.close).start()
    Database(held).close()
    assert holder.wait(30) == 0


@pytest.mark.parametrize(
    "name",
    [
        "text.duckdb",
        pytest.param("clock.duckdb"),
    ],
)
def test_a_file_that_is_no_database_is_refused_as_such_and_left_alone(tmp_path, impatient, name):
    path = tmp_path / name
    path.write_bytes(b"finess;etalab;93;2026-01-01\n" * 500)
    with pytest.raises(DatabaseError, match="check that it is a database of this service") as refusal:
        Database(path)
    assert str(path) in refusal.value.user_message
    assert path.read_bytes() == b"finess;etalab;93;2026-01-01\n" * 500


def test_a_folder_is_no_database(tmp_path, impatient):
    with pytest.raises(DatabaseError, match="cannot be opened"):
        Database(tmp_path)


def test_a_path_that_cannot_be_created_is_refused_in_a_sentence(tmp_path, impatient):
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseError, match="ROR_DATABASE"):
        Database(tmp_path / "file" / "ror.duckdb")


def test_the_folder_of_a_new_database_is_created(tmp_path):
    path = tmp_path / "a" / "b" / "ror.duckdb"
    Database(path).close()
    assert path.is_file()


def test_the_file_is_for_its_owner_alone(db, region):
    assert only_on_a_file(db).stat().st_mode & 0o077 == 0


def test_everything_beside_the_file_is_for_its_owner_alone(tmp_path):
    before = os.umask(0o022)
    try:
        opened = Database(tmp_path / "own" / "ror.duckdb")
        write(opened, WARD, 3)
        modes = {path.name: path.stat().st_mode & 0o077 for path in opened.path.parent.iterdir()}
        opened.close()
    finally:
        os.umask(before)
    assert len(modes) > 1
    assert set(modes.values()) == {0}


@pytest.mark.parametrize("address", ["postgresql://ror@127.0.0.1:1/ror", "postgres://127.0.0.1:1/ror"])
def test_an_address_where_no_postgresql_answers_is_refused_with_the_setting_to_look_at(monkeypatch, address):
    monkeypatch.setattr(postgresql, "OPENING_SECONDS", 0.5)
    with pytest.raises(DatabaseError, match="ROR_DATABASE"):
        open_database(address)


def test_the_database_of_the_settings_is_opened_once(tmp_path):
    opened = open_database()
    assert opened is open_database()
    assert opened.path == tmp_path / "ror.duckdb"
    open_database.cache_clear()
    opened.close()


def test_the_databases_of_a_process_are_closed_in_order_at_its_end():
    opened = open_database()
    close_all()
    with pytest.raises(duckdb.ConnectionException, match="closed"), opened.reader():
        pass
    mark_of(opened.path).unlink()
    Database(opened.path).close()


def test_a_closed_database_answers_nothing(db, region):
    db.close()
    with pytest.raises(Exception, match="closed"), db.reader() as cursor:
        declarations.latest(cursor, [RESUSCITATION])


def test_instants_are_read_in_utc(db, region):
    write(db, WARD, 1, NOW)
    with db.reader() as cursor:
        (last,) = declarations.latest(cursor, [WARD])
    assert last.observed_at == NOW
    assert last.observed_at.utcoffset().total_seconds() == 0


def test_the_write_ahead_log_goes_into_the_file_even_after_a_row_was_changed(db):
    with db.transaction() as transaction:
        transaction.cursor.execute("INSERT INTO legal_entity (finess, name) VALUES ('990000101', 'Groupe fictif')")
    with db.transaction() as transaction:
        transaction.cursor.execute("UPDATE legal_entity SET name = 'Autre groupe fictif'")
    path = only_on_a_file(db)
    log = path.with_name(f"{path.name}.wal")
    assert log.exists()
    db.checkpoint()
    assert not log.exists()
