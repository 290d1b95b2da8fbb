"""A write-ahead log that was cut, damaged, lost or put beside another file is refused in a sentence, never read in part."""

import os
import random
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ror.errors import DatabaseError, NotFound, Unavailable
from ror.services.operations import recovery
from ror.store.engine.database import Database
from ror.store.engine.mark import MarkFile
from ror.store.engine.recovery import log_of, mark_of
from tests.cli.helpers import runner
from tests.region import NOW, WARD, board_rows, rows, write

DECLARED = 12


@pytest.fixture
def crashed(region, tmp_path):
    """Return the file, log and mark that a server leaves when it is killed after twelve declarations."""
    for number in range(DECLARED):
        write(region, WARD, number)
    folder = tmp_path / "crashed"
    folder.mkdir()
    for one in (region.path, log_of(region.path), mark_of(region.path)):
        shutil.copy(one, folder)
    assert log_of(region.path).stat().st_size > 1000
    return folder / region.path.name


def contents(path):
    """Return the content of each file beside a database, to check that a refusal changes nothing."""
    return {one.name: one.read_bytes() for one in path.parent.iterdir()}


def assert_refused(path, sentence):
    before = contents(path)
    with pytest.raises(DatabaseError, match=sentence) as refusal:
        Database(path)
    assert contents(path) == before
    return refusal.value.user_message


def declared_numbers(path):
    db = Database(path)
    result = [row[0] for row in rows(db, "(SELECT available FROM declaration)")]
    db.close()
    return sorted(map(int, result))


def test_a_log_left_by_a_crash_is_read_whole(crashed):
    assert declared_numbers(crashed) == list(range(DECLARED))


@pytest.mark.parametrize("cut", [1, 20, 150, 0.3, 0.5, 0.9])
def test_a_log_cut_before_what_was_acknowledged_is_refused_and_left_alone(crashed, cut):
    size = log_of(crashed).stat().st_size
    os.truncate(log_of(crashed), size - cut if isinstance(cut, int) else int(size * cut))
    message = assert_refused(crashed, "was acknowledged")
    assert "python -m ror recover" in message


def test_what_was_being_written_and_never_acknowledged_may_be_cut(crashed):
    with log_of(crashed).open("ab") as log:
        log.write(bytes([200, 0, 0, 0, 0, 0, 0, 0]) + b"half of something")
    assert declared_numbers(crashed) == list(range(DECLARED))


def test_a_log_that_is_gone_is_refused(crashed):
    log_of(crashed).unlink()
    assert_refused(crashed, "ends at position 1, but position 13 was acknowledged")


def test_a_log_emptied_is_refused(crashed):
    os.truncate(log_of(crashed), 0)
    with pytest.raises(DatabaseError, match="position 13 was acknowledged"):
        Database(crashed)


def test_no_flipped_bit_of_a_log_goes_unseen(crashed, tmp_path):
    whole, rng, outcomes = log_of(crashed).read_bytes(), random.Random(4), set()
    for place in rng.sample(range(len(whole)), 40):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << rng.randrange(8)
        log_of(crashed).write_bytes(damaged)
        message = assert_refused(crashed, "recover")
        outcomes.add("is damaged" if "is damaged" in message else "was acknowledged")
    # DuckDB detects most of them; a wrong length it takes for the end of the log: only the mark reveals that.
    assert "is damaged" in outcomes


def test_a_length_that_is_wrong_is_found_by_the_mark_alone(crashed):
    """DuckDB takes it for the end of the log, and opens with the declarations before it."""
    log = bytearray(log_of(crashed).read_bytes())
    entries, last = [], 0
    for place in range(len(log) - 16):
        size = int.from_bytes(log[place : place + 8], "little")
        if place >= last and 0 < size < 2000 and place + 16 + size <= len(log) and log[place + 16 : place + 18] == b"\x64\x00":
            entries.append(place)
            last = place + 16 + size
    log[entries[len(entries) // 2] + 3] ^= 1
    log_of(crashed).write_bytes(log)
    message = assert_refused(crashed, "was acknowledged")
    assert int(re.search(r"ends at position (\d+)", message)[1]) > 1


@pytest.mark.parametrize("noise", ["random", "zeros"])
def test_a_log_overwritten_in_the_middle_is_refused(crashed, noise):
    log = log_of(crashed).read_bytes()
    middle = len(log) // 2
    log_of(crashed).write_bytes(
        log[:middle] + (random.Random(4).randbytes(64) if noise == "random" else bytes(64)) + log[middle + 64 :]
    )
    assert_refused(crashed, "recover")


def test_the_log_of_another_database_is_refused(crashed, tmp_path):
    other = Database(tmp_path / "other" / "ror.duckdb")
    with other.transaction() as transaction:
        transaction.cursor.execute("CREATE TABLE other (x INTEGER)")
    shutil.copy(log_of(other.path), log_of(crashed))
    other.close()
    assert_refused(crashed, "belongs to another state")


def test_a_log_that_was_brought_into_the_file_already_is_not_read_twice(crashed):
    log = log_of(crashed).read_bytes()
    Database(crashed).close()
    log_of(crashed).write_bytes(log)
    assert_refused(crashed, "belongs to another state")


def test_a_log_newer_than_its_file_is_refused(crashed, tmp_path):
    older = crashed.read_bytes()
    db = Database(crashed)
    db.checkpoint()
    write(db, WARD, 19)
    log = log_of(crashed).read_bytes()
    db.close()
    crashed.write_bytes(older)
    log_of(crashed).write_bytes(log)
    assert_refused(crashed, "belongs to another state")


def test_an_older_copy_of_the_file_is_refused_in_its_place(crashed):
    older = crashed.read_bytes()
    Database(crashed).close()
    crashed.write_bytes(older)
    assert_refused(crashed, "an older copy was put in its place")


def test_a_database_closed_in_order_is_opened_elsewhere_without_its_mark(crashed, tmp_path):
    Database(crashed).close()
    (tmp_path / "elsewhere").mkdir()
    assert declared_numbers(Path(shutil.copy(crashed, tmp_path / "elsewhere"))) == list(range(DECLARED))


def test_the_mark_of_a_database_that_was_replaced_by_another_says_nothing(crashed):
    crashed.unlink()
    log_of(crashed).unlink()
    db = Database(crashed)
    assert db.position == 0
    db.close()


@pytest.mark.parametrize("content", [None, b"", b"half", b"\xff" * 42, b"0" * 42 + b"\n"])
@pytest.mark.parametrize("log", ["kept", "lost"])
def test_without_its_mark_a_database_that_was_cut_off_is_refused(crashed, content, log):
    mark_of(crashed).unlink()
    if content is not None:
        mark_of(crashed).write_bytes(content)
    if log == "lost":
        log_of(crashed).unlink()
    assert "python -m ror recover" in assert_refused(crashed, "its mark .* is missing, unreadable or another database's")
    assert MarkFile(crashed).read() is None


def test_the_mark_of_another_database_is_none(crashed, tmp_path):
    other = Database(tmp_path / "other" / "ror.duckdb")
    shutil.copy(mark_of(other.path), mark_of(crashed))
    other.close()
    assert_refused(crashed, "another database's")


def test_a_log_without_its_file_is_refused_and_kept(crashed):
    crashed.unlink()
    assert_refused(crashed, "is missing, but its write-ahead log")
    with pytest.raises(NotFound, match="restore"):
        recovery.recover(crashed, NOW)


def read_or_refused(path):
    """Return "refused" for a file refused as damaged, "whole" for one that lost nothing, else its numbers or the error."""
    try:
        result = declared_numbers(path)
    except (DatabaseError, Unavailable) as error:
        return (
            "refused" if re.search("damaged|cannot be opened|ne peut pas être lue", error.user_message) else error.user_message
        )
    finally:
        log_of(path).unlink(missing_ok=True)
    return "whole" if result == list(range(DECLARED)) else result


@pytest.mark.parametrize("part", [0.2, 0.5, 0.8])
def test_a_file_cut_short_is_refused(crashed, part):
    Database(crashed).close()
    os.truncate(crashed, int(crashed.stat().st_size * part))
    assert read_or_refused(crashed) == "refused"


def test_no_flipped_bit_of_the_file_makes_another_number(crashed):
    Database(crashed).close()
    whole, rng, outcomes = crashed.read_bytes(), random.Random(4), []
    for place in rng.sample(range(len(whole)), 25):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << rng.randrange(8)
        crashed.write_bytes(damaged)
        outcomes.append(read_or_refused(crashed))
    assert "refused" in outcomes
    assert {"refused", "whole"} >= set(outcomes)


def damage(path):
    """Change a letter of a declaration in the log, so that the checksum of its entry is wrong; return the log."""
    log = bytearray(log_of(path).read_bytes())
    log[log.index(WARD.encode(), len(log) * 2 // 3)] ^= 4
    log_of(path).write_bytes(log)
    return bytes(log)


def test_the_readable_part_of_a_damaged_log_is_recovered_and_the_rest_set_aside(crashed):
    damaged, file = damage(crashed), crashed.read_bytes()
    result = recovery.recover(crashed, datetime.now(UTC))
    assert 1 < result.position < result.acknowledged == 13
    assert (result.aside / log_of(crashed).name).read_bytes() == damaged
    assert (result.aside / crashed.name).read_bytes() == file
    db = Database(crashed)
    assert sorted(int(row[0]) for row in rows(db, "(SELECT available FROM declaration)")) == list(range(result.position - 1))
    assert board_rows(db)[WARD]["available"] == result.position - 2
    db.close()


def test_lost_positions_are_not_given_again_and_the_journal_records_the_loss(crashed):
    log_of(crashed).unlink()
    result = recovery.recover(crashed, datetime.now(UTC))
    assert (result.position, result.acknowledged) == (1, 13)
    db = Database(crashed)
    (line,) = [row for row in rows(db, "journal") if "restore" in row]
    assert any('"acknowledged": 13' in value and '"position": 1' in value for value in line if value)
    assert write(db, WARD, 3).position > 14
    db.close()


def test_the_command_prints_what_was_lost_and_the_next_start_continues(crashed):
    damage(crashed)
    done = runner(crashed.parent)("recover")
    assert done.returncode == 0, done.stderr
    assert re.search(r"LOST: what was declared at positions \d+ to 13", done.stdout)
    assert "aside-" in done.stdout
    Database(crashed).close()


def test_a_recovery_without_the_mark_cannot_tell_what_was_acknowledged(crashed):
    mark_of(crashed).unlink()
    result = recovery.recover(crashed, datetime.now(UTC))
    assert (result.position, result.acknowledged, result.acknowledged_line) == (13, None, None)


def test_after_mark_and_log_were_lost_together_no_position_is_given_again(crashed):
    log_of(crashed).unlink()
    mark_of(crashed).unlink()
    done = runner(crashed.parent)("recover")
    assert done.returncode == 0, done.stderr
    assert "ITS MARK WAS LOST" in done.stdout
    db = Database(crashed)
    assert write(db, WARD, 3).position > 1 + recovery.GAP
    db.close()


def test_a_recovery_that_is_cut_off_is_refused_until_it_is_done_again(crashed, monkeypatch):
    log_of(crashed).unlink()
    with monkeypatch.context() as cut:
        cut.setattr(recovery.registry_changes, "record_change", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            recovery.recover(crashed, datetime.now(UTC))
    with pytest.raises(DatabaseError, match="position 13 was acknowledged"):
        Database(crashed)
    assert recovery.recover(crashed, NOW).acknowledged == 13
    Database(crashed).close()
