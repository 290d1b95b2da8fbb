"""A disk that is full, read-only or failing: users and administrators get a sentence, and nothing acknowledged is lost."""

import errno
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from ror.errors import DatabaseError, Unavailable
from ror.model.journal import Act, JournalMark
from ror.services import journal
from ror.store import files
from ror.store.engine import recovery
from ror.store.engine.database import Database
from ror.store.engine.duckdb_file import DuckDBFile
from ror.store.engine.mark import MarkFile
from ror.store.engine.recovery import log_of, mark_of
from tests.region import CAMILLE, NOW, WARD, board_rows, only_on_a_file, write

pytestmark = pytest.mark.usefixtures("region")


@pytest.fixture(autouse=True)
def path(db):
    return only_on_a_file(db)


def failing(number):
    def fail(*_):
        raise OSError(number, os.strerror(number))

    return fail


# What users read


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("Could not write all bytes to file: No space left on device", "Le disque du serveur est plein"),
        ("Could not write file: DuckDBFile too large", "Le disque du serveur est plein"),
        ("Could not write file: Disk quota exceeded", "Le disque du serveur est plein"),
        ("Could not write file: Read-only file system", "Le disque du serveur ne peut plus être écrit"),
        ("Could not write file: Input/output error", "Le disque du serveur ne peut plus être écrit"),
        ("Corrupt database file: computed checksum 1 does not match", "ne peut pas être lue"),
        ("Could not read enough bytes from file", "ne peut pas être lue"),
    ],
)
def test_an_error_of_the_disk_is_a_sentence(db, error, sentence):
    with pytest.raises(Unavailable, match=sentence), db.reader():
        raise duckdb.IOException(error)


def test_an_unexpected_error_is_raised_as_it_is(db):
    with pytest.raises(duckdb.IOException, match="unexpected"), db.reader():
        raise duckdb.IOException("Something unexpected")


# What administrators read


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        ("Failure while replaying WAL file", "python -m ror recover"),
        (
            "This WAL was created for this database file, but the WAL checkpoint iteration does not match",
            "python -m ror recover",
        ),
        (
            "Corrupt database file: computed checksum 1 does not match",
            "is damaged. Nothing was changed. Restore the last backup",
        ),
        ("Could not write file: No space left on device", "is full: free some space"),
        ("Cannot open file: Read-only file system", "Mend the disk"),
        ("Cannot open file: Permission denied", "chmod 600"),
        ("Could not read from file: Is a directory", "check that it is a database of this service"),
    ],
)
def test_a_file_that_cannot_be_opened_is_refused_with_its_remedy(error, remedy):
    refusal = recovery.refusal(Path("ror.duckdb"), duckdb.IOException(error))
    assert remedy in refusal.user_message
    assert "ror.duckdb" in refusal.user_message


def test_a_folder_is_not_locked_as_the_file_of_a_database(tmp_path):
    with pytest.raises(DatabaseError, match=r"cannot be opened \(Is a directory\)"), files.lock_database_file(tmp_path):
        pass


def test_a_file_is_set_aside_once_in_a_second(path):
    first = recovery.set_aside(path, NOW)
    assert (first / path.name).read_bytes() == path.read_bytes()
    with pytest.raises(DatabaseError, match=rf"cannot be set aside in {first} \(File exists\): nothing was changed"):
        recovery.set_aside(path, NOW)


def test_a_file_that_is_damaged_itself_is_not_recovered(db, path):
    db.close()
    os.truncate(path, 5_000)
    before = path.read_bytes()
    with pytest.raises(DatabaseError, match="Restore the last backup"):
        recovery.cut_log(path)
    assert path.read_bytes() == before


# The database goes on


@pytest.fixture
def opened(db, monkeypatch):
    """Return the list of the connections opened again to the file, each opened slowly."""
    connect, connections = db.engine.connect, []

    def connect_slowly():
        connections.append(connect())
        # Other readers may come to wait meanwhile.
        time.sleep(0.5)
        return connections[-1]

    monkeypatch.setattr(db.engine, "connect", connect_slowly)
    return connections


def test_after_a_fatal_error_the_file_is_opened_again(db, opened):
    write(db, WARD, 3)
    with pytest.raises(Unavailable, match="La base de données a dû être rouverte"), db.reader():
        raise duckdb.FatalException("The database has been invalidated")
    assert board_rows(db)[WARD]["available"] == 3
    assert len(opened) == 1
    assert write(db, WARD, 4).position == 3


def test_readers_that_meet_a_fatal_error_together_open_the_file_once(db, opened):
    together = threading.Barrier(4)

    def read(_):
        together.wait()
        with db.reader() as cursor:
            return cursor.execute("SELECT available FROM declaration").fetchone()

    write(db, WARD, 3)
    with suppress(Unavailable), db.reader():
        raise duckdb.FatalException("The database has been invalidated")
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(read, range(4))) == [(3,)] * 4
    assert len(opened) == 1


def test_a_commit_whose_log_cannot_go_into_the_file_is_acknowledged_and_the_file_opened_again(db, opened, monkeypatch):
    class Cursor:
        def commit(self):
            raise duckdb.FatalException("COMMIT succeeded and is durable, but the checkpoint failed")

    with monkeypatch.context() as full:
        commit, answer = db.engine.commit, []
        full.setattr(db.engine, "commit", lambda cursor: answer.append(commit(cursor)) or commit(Cursor()))
        write(db, WARD, 3)
    assert answer == [True]
    assert board_rows(db)[WARD]["available"] == 3
    assert len(opened) == 1
    assert write(db, WARD, 4).position == 3


def test_a_commit_that_failed_fatally_is_not_acknowledged(path):
    class Cursor:
        def commit(self):
            raise duckdb.FatalException("Failed to commit: something else")

    with pytest.raises(duckdb.FatalException, match="something else"):
        DuckDBFile(path).commit(Cursor())


def test_the_log_stays_beside_the_file_while_there_is_no_room_for_it(db, path, monkeypatch):
    with monkeypatch.context() as full:
        full.setattr(recovery, "has_room", lambda _: False)
        write(db, WARD, 3)
        db.checkpoint()
        assert log_of(path).exists()
    db.checkpoint()
    assert not log_of(path).exists()


def test_a_file_opened_on_a_full_disk_lets_its_log_grow(db, path, monkeypatch):
    db.close()
    monkeypatch.setattr(recovery, "has_room", lambda _: False)
    again = Database(path)
    with again.reader() as cursor:
        assert cursor.execute("SELECT current_setting('checkpoint_threshold')").fetchone() == ("931.3 GiB",)
    write(again, WARD, 3)
    again.close()
    assert log_of(path).exists()


# The mark


@pytest.mark.parametrize(
    ("more", "lack"),
    [(1, "ends at line 1 of its journal, but line 2 was acknowledged"), (0, "has another line 1 in its journal")],
)
def test_a_file_without_the_journal_line_that_was_acknowledged_is_refused(db, path, more, lack):
    with db.transaction() as transaction:
        journal.record(transaction, Act.SIGN_IN, CAMILLE, "session", NOW)
    db.close()
    mark = MarkFile(path)
    noted = mark.read()
    mark._write(replace(noted, head=JournalMark(noted.head.number + more, "f" * 64)))
    with pytest.raises(DatabaseError, match=lack):
        Database(path)


def test_a_commit_whose_mark_cannot_be_written_is_there_but_not_acknowledged(db, path, monkeypatch):
    with monkeypatch.context() as disk:
        disk.setattr(os, "pwrite", failing(errno.EIO))
        with pytest.raises(Unavailable, match="elle pourrait se perdre"):
            write(db, WARD, 3)
    assert board_rows(db)[WARD]["available"] == 3
    assert MarkFile(path).read().position == 1
    last = write(db, WARD, 4)
    assert MarkFile(path).read().position == last.position == 3


def test_a_file_whose_mark_cannot_be_written_is_not_opened(db, path):
    db.close()
    mark_of(path).unlink()
    mark_of(path).mkdir()
    with pytest.raises(DatabaseError, match=r"cannot be written \(Is a directory\): give it to the account"):
        Database(path)


def test_a_file_is_opened_although_its_mark_finds_no_room(db, path, monkeypatch):
    db.close()
    mark_of(path).unlink()
    monkeypatch.setattr(os, "pwrite", failing(errno.ENOSPC))
    again = Database(path)
    assert again.position == 1
    again.close()
