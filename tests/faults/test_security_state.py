"""After a crash with a damaged log, nothing that was revoked, disabled or changed is valid again without an error."""

import os
import re
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from ror.errors import DatabaseError, Unavailable
from ror.model.journal import Act
from ror.model.rights import Perimeter
from ror.model.tokens import TokenScope
from ror.services import journal
from ror.services.accounts import administer, passwords, tokens
from ror.services.operations import recovery, retention
from ror.store.engine.database import Database
from ror.store.engine.mark import MarkFile
from ror.store.engine.recovery import log_of, mark_of
from tests.region import ADELE, CAMILLE, DOMINIQUE, NOW, PASSWORD, WARD, only_on_a_file, rows, write


def revoke_a_token(db):
    account, _ = tokens.create_token(db, ADELE, "Système fictif", [TokenScope.READ], Perimeter(), 30, NOW)
    db.checkpoint()
    tokens.revoke(db, ADELE, account.id, NOW)


def disable_an_account(db):
    administer.disable(db, ADELE, DOMINIQUE.id, NOW)


def change_a_password(db):
    passwords.change(db, CAMILLE, PASSWORD, "Un-autre-mot-fictif-2026", NOW)


ACTS = [revoke_a_token, disable_an_account, change_a_password]


def copy_as_killed(db, folder):
    """Copy the files as `kill -9` would leave them now."""
    folder.mkdir()
    for one in (db.path, log_of(db.path), mark_of(db.path)):
        if one.exists():
            shutil.copy(one, folder)
    return folder / db.path.name


@pytest.fixture(params=ACTS)
def crashed(request, region, tmp_path):
    """Return a crashed database with a declaration in its file and, in its log alone, an act that changed rights."""
    only_on_a_file(region)
    write(region, WARD, 7)
    region.checkpoint()
    request.param(region)
    return copy_as_killed(region, tmp_path / "crashed")


def refusal_message(path):
    with pytest.raises(DatabaseError) as refusal:
        Database(path)
    return refusal.value.user_message


def test_with_its_log_it_starts_again(crashed):
    Database(crashed).close()


def test_a_log_that_is_gone_is_refused(crashed):
    log_of(crashed).unlink()
    assert re.search(r"line \d+ was acknowledged.*revoked, disabled or changed.*ror recover", refusal_message(crashed))


@pytest.mark.parametrize("cut", [1, 40, 0.5])
def test_a_log_whose_end_was_cut_is_refused(crashed, cut):
    size = log_of(crashed).stat().st_size
    os.truncate(log_of(crashed), size - cut if isinstance(cut, int) else int(size * cut))
    assert "was acknowledged" in refusal_message(crashed)


@pytest.mark.parametrize("place", [0.3, 0.6, 0.95])
def test_a_log_of_which_a_bit_flipped_is_refused(crashed, place):
    damaged = bytearray(log_of(crashed).read_bytes())
    damaged[int(len(damaged) * place)] ^= 16
    log_of(crashed).write_bytes(damaged)
    assert re.search("was acknowledged|is damaged", refusal_message(crashed))


def test_the_recovery_says_which_lines_of_the_journal_are_lost(crashed):
    log_of(crashed).unlink()
    noted = MarkFile(crashed).read()
    result = recovery.recover(crashed, datetime.now(UTC))
    assert result.position == result.acknowledged
    assert result.acknowledged_line == noted.head.number == result.line + 1
    db = Database(crashed)
    (line,) = [row for row in rows(db, "journal") if str(Act.RESTORE) in row]
    assert f'"acknowledged_line": {noted.head.number}' in line[8]
    assert journal.verify(db).broken is None
    db.close()


def test_another_line_of_the_same_number_is_refused(region, tmp_path):
    """The copy has as many lines in its journal as the original, but its last one is another."""
    only_on_a_file(region)
    copy = copy_as_killed(region, tmp_path / "copy")
    disable_an_account(region)
    diverged = Database(copy)
    change_a_password(diverged)
    diverged.close()
    shutil.copy(mark_of(region.path), mark_of(copy))
    assert "has another line 1 in its journal" in refusal_message(copy)


def test_the_mark_is_on_the_disk_before_the_act_is_acknowledged(region, monkeypatch):
    only_on_a_file(region)
    synced, fdatasync = [], os.fdatasync

    def record_mark(file):
        fdatasync(file)
        synced.append(MarkFile(region.path).read().head)

    monkeypatch.setattr(os, "fdatasync", record_mark)
    disable_an_account(region)
    assert synced[-1] == journal.verify(region).head


def test_an_act_whose_mark_cannot_be_written_is_not_acknowledged_and_the_next_one_notes_it(region):
    only_on_a_file(region)
    mark_of(region.path).unlink()
    mark_of(region.path).mkdir()
    with pytest.raises(Unavailable, match="vérifiez qu'elle y est"):
        write(region, WARD, 7)
    mark_of(region.path).rmdir()
    assert write(region, WARD, 8).position == region.position == MarkFile(region.path).read().position
    assert [row[0] for row in rows(region, "(SELECT available FROM declaration)")] == ["7", "8"]


def test_the_mark_survives_a_purge_of_the_journal(region, tmp_path):
    only_on_a_file(region)
    for days in range(400, -1, -20):
        with region.transaction() as transaction:
            journal.record(transaction, Act.SIGN_IN, CAMILLE, "session", NOW - timedelta(days=days))
    before = mark_of(region.path).read_bytes()
    retention.erase_unless_doubtful(region, retention.Clock(NOW, 0.0), NOW, 0.0)
    assert len(rows(region, "journal_checkpoint")) == 1
    path = copy_as_killed(region, tmp_path / "purged")
    Database(path).close()
    # As if killed between the purge and the write of its mark.
    mark_of(path).write_bytes(before)
    Database(path).close()


def as_of_an_older_version(path):
    """Rewrite the mark of a database as an older version did, with positions alone."""
    mark_of(path).write_bytes(mark_of(path).read_bytes()[:41] + b"\n")


def test_a_mark_of_an_older_version_is_checked_for_its_positions_and_then_holds_the_journal_too(crashed):
    as_of_an_older_version(crashed)
    assert MarkFile(crashed).read().head.number == 0
    Database(crashed).close()
    assert MarkFile(crashed).read().head.number > 0
    as_of_an_older_version(crashed)
    mark_of(crashed).write_bytes(mark_of(crashed).read_bytes().replace(b" 0000", b" 0009", 1))
    assert "was acknowledged" in refusal_message(crashed)
