"""Journalling, and finding by `verify` what somebody did to the journal's file behind the service's back."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from ror.errors import Forbidden
from ror.model.journal import Act, JournalLine, JournalMark, Outcome
from ror.model.rights import Action
from ror.services import journal
from ror.services.journal import JournalQuery
from ror.store import journal as stored
from tests.region import ADELE as ADMIN
from tests.region import CAMILLE, DOMINIQUE, NOW, WARD, abandoned, rows, write

LINES = 9

pytestmark = pytest.mark.usefixtures("region")


@pytest.fixture
def full(db):
    """A journal of nine lines, a day apart."""
    for day in range(LINES):
        with db.transaction() as transaction:
            at = NOW + timedelta(days=day)
            journal.record(transaction, Act.DECLARE, CAMILLE, f"unit:{WARD}", at, after={"available": day})
    return db


def tamper(db, statement, *values):
    """What somebody with the file in hand does to it."""
    with db.transaction() as transaction:
        assert transaction.cursor.execute(statement, list(values)).fetchone() != (0,), "nothing was touched"


def found_break(db, noted=None):
    broken = journal.verify(db, noted).broken
    return (broken.number, broken.reason) if broken else None


def lines(db):
    with db.reader() as cursor:
        return [line for line, _ in stored.in_order(cursor)]


def rewritten(db, line):
    """Put a line in place of that of its number, its hash computed again."""
    tamper(db, "DELETE FROM journal WHERE number = ?", line.number)
    inserted(db, line)


def inserted(db, line):
    columns = [getattr(line, name) for name in JournalLine.__dataclass_fields__]
    tamper(db, "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", *columns, line.hash)


def head_at(db, mark):
    tamper(db, "UPDATE journal_head SET number = ?, hash = ?", mark.number, mark.hash)


def test_an_untouched_journal_holds_and_its_mark_is_its_last_line(full):
    verified = journal.verify(full)
    assert verified.broken is None
    assert verified.start == JournalMark()
    assert verified.head == JournalMark(LINES, lines(full)[-1].hash)
    assert found_break(full, verified.head) is None
    assert found_break(full, JournalMark(4, lines(full)[3].hash)) is None


def test_an_empty_journal_holds(db):
    assert journal.verify(db).broken is None
    assert journal.verify(db).head == JournalMark()


COLUMNS = {
    "happened_at": "happened_at - INTERVAL 1 SECOND",
    "act": "'undo'",
    "outcome": "'refused'",
    "actor": "'dominique'",
    "origin": "'0'",
    "subject": "'unit:other'",
    "before": "'{}'",
    "after": "'{\"available\": 99}'",
    "previous": "hash",
    "hash": "previous",
}


@pytest.mark.parametrize("number", [1, 5, LINES])
@pytest.mark.parametrize("column", COLUMNS)
def test_a_changed_line_is_found(full, column, number):
    tamper(full, f"UPDATE journal SET {column} = {COLUMNS[column]} WHERE number = ?", number)  # noqa: S608
    assert found_break(full) == (number, "changed")


@pytest.mark.parametrize("number", [1, 5, LINES])
def test_a_changed_line_whose_hash_is_computed_again_is_found(full, number):
    rewritten(full, replace(lines(full)[number - 1], after='{"available": 99}'))
    assert found_break(full)[0] == min(number + 1, LINES)


@pytest.mark.parametrize("number", [1, 5, LINES])
def test_a_removed_line_is_found(full, number):
    tamper(full, "DELETE FROM journal WHERE number = ?", number)
    assert found_break(full) == (number, "missing")


def test_a_removed_line_whose_gap_is_closed_is_found(full):
    tamper(full, "DELETE FROM journal WHERE number = 5")
    tamper(full, "UPDATE journal SET number = number - 1 WHERE number > 5")
    assert found_break(full) == (5, "changed")


@pytest.mark.parametrize("number", [1, 5])
def test_an_inserted_line_is_found(full, number):
    inserted(full, replace(lines(full)[number - 1], subject="unit:other"))
    assert found_break(full) is not None
    assert found_break(full)[0] in (number, number + 1)


def test_a_line_added_at_the_end_is_found(full):
    last = lines(full)[-1]
    inserted(full, replace(last, number=LINES + 1, previous=last.hash))
    assert found_break(full) == (LINES + 1, "inserted")


def test_two_lines_swapped_are_found(full):
    tamper(full, "UPDATE journal SET number = CASE number WHEN 4 THEN 6 ELSE 4 END WHERE number IN (4, 6)")
    assert found_break(full) == (4, "changed")


def test_the_contents_of_two_lines_swapped_with_hashes_computed_again_are_found(full):
    fourth, sixth = lines(full)[3], lines(full)[5]
    rewritten(full, replace(fourth, after=sixth.after))
    rewritten(full, replace(sixth, after=fourth.after))
    assert found_break(full)[0] == 5


def test_a_tail_cut_off_is_found_and_with_the_head_moved_back_by_a_mark_noted_elsewhere(full):
    noted = journal.verify(full).head
    tamper(full, "DELETE FROM journal WHERE number > 6")
    assert found_break(full) == (7, "missing")
    head_at(full, JournalMark(6, lines(full)[-1].hash))
    assert found_break(full) is None, "nothing left in the file tells"
    assert found_break(full, noted) == (7, "missing")


def test_a_tail_written_again_is_found_by_a_mark_noted_elsewhere(full):
    noted = journal.verify(full).head
    last = replace(lines(full)[-1], after='{"available": 0}')
    rewritten(full, last)
    head_at(full, JournalMark(LINES, last.hash))
    assert found_break(full) is None
    assert found_break(full, noted) == (LINES, "is not the line that was noted elsewhere")


def test_a_journal_emptied_is_found(full):
    noted = journal.verify(full).head
    tamper(full, "DELETE FROM journal")
    assert found_break(full) == (1, "missing")
    tamper(full, "DELETE FROM journal_head")
    assert found_break(full, noted) == (1, "missing")


def purged(db, days=4):
    return journal.purge(db, None, NOW + timedelta(days=days), NOW + timedelta(days=LINES))


def test_a_purge_leaves_a_checkpoint_a_line_of_itself_and_a_chain_that_holds(full):
    noted = {line.number: JournalMark(line.number, line.hash) for line in lines(full)}
    assert purged(full) == 4
    verified = journal.verify(full)
    assert verified.start == noted[4]
    assert verified.broken is None
    assert [line.number for line in lines(full)] == [5, 6, 7, 8, 9, 10]
    last = lines(full)[-1]
    assert (last.act, '"purged": 4' in last.after) == ("journal", True)
    assert found_break(full, noted[4]) is None
    assert found_break(full, noted[7]) is None
    assert found_break(full, JournalMark(4, "0" * 64)) == (4, "is not the line that was noted elsewhere")


def test_a_mark_older_than_the_purge_is_not_checkable(full):
    old = JournalMark(2, lines(full)[1].hash)
    assert journal.verify(full, old).checkable(old)
    purged(full)
    verified = journal.verify(full, old)
    assert verified.broken is None
    assert not verified.checkable(old)


def test_what_is_done_to_the_journal_after_a_purge_is_found(full):
    purged(full)
    tamper(full, "UPDATE journal SET actor = 'dominique' WHERE number = 6")
    assert found_break(full) == (6, "changed")


@pytest.mark.parametrize("number", [5, 7, 10])
def test_a_line_removed_after_a_purge_is_found(full, number):
    purged(full)
    tamper(full, "DELETE FROM journal WHERE number = ?", number)
    assert found_break(full) == (number, "missing")


def test_lines_removed_as_a_purge_would_but_without_its_checkpoint_are_found(full):
    purged(full, 2)
    tamper(full, "DELETE FROM journal WHERE number <= 4")
    assert found_break(full) == (3, "missing")


def test_a_checkpoint_that_was_changed_is_found(full):
    purged(full)
    tamper(full, "UPDATE journal_checkpoint SET hash = ?", "f" * 64)
    assert found_break(full)[0] == 5


UNTOLD = "removed with those before it by no purge of the journal"


def test_the_oldest_lines_removed_with_a_forged_checkpoint_are_found_with_and_without_a_newer_mark(full):
    noted, fourth = journal.verify(full).head, lines(full)[3]
    tamper(full, "DELETE FROM journal WHERE number <= 4")
    tamper(full, "INSERT INTO journal_checkpoint VALUES (4, ?, ?)", fourth.hash, NOW)
    assert found_break(full) == found_break(full, noted) == (4, UNTOLD)


def test_a_checkpoint_moved_forward_after_a_purge_is_found(full):
    purged(full, 2)
    noted, fifth = journal.verify(full).head, lines(full)[2]
    tamper(full, "DELETE FROM journal WHERE number <= 5")
    tamper(full, "UPDATE journal_checkpoint SET number = 5, hash = ?", fifth.hash)
    assert found_break(full) == found_break(full, noted) == (5, UNTOLD)


def test_a_second_purge_goes_on_from_the_first(full):
    purged(full, 2)
    assert purged(full, 5) == 3
    assert journal.verify(full).broken is None
    assert journal.verify(full).start.number == 5


def test_a_purge_that_finds_nothing_older_writes_nothing(full):
    assert journal.purge(full, None, NOW - timedelta(days=1), NOW) == 0
    assert len(lines(full)) == LINES


def test_a_line_has_account_instant_and_address_and_is_committed_with_its_operation(db):
    journal.acting_from("192.0.2.7")
    with abandoned(db) as transaction:
        journal.record(transaction, Act.DECLARE, CAMILLE, f"unit:{WARD}", NOW)
    assert lines(db) == []
    with db.transaction() as transaction:
        journal.record(transaction, Act.DECLARE, CAMILLE, f"unit:{WARD}", NOW, before={"available": 1}, after={"available": 2})
    journal.acting_from(journal.CONSOLE)
    (row,) = journal.read(db, None, JournalQuery(), NOW).to_pylist()
    assert (row["actor_name"], row["address"], row["happened_at"]) == ("Camille Exemple", "192.0.2.7", NOW)
    assert (row["before"], row["after"]) == ('{"available": 1}', '{"available": 2}')


def test_a_line_holds_no_name_and_no_address(db):
    journal.acting_from("192.0.2.7")
    with db.transaction() as transaction:
        journal.record(transaction, Act.SIGN_IN, CAMILLE, "session", NOW)
    journal.acting_from(journal.CONSOLE)
    stored_lines = str(rows(db, "journal"))
    for named in ("192.0.2.7", "Camille Exemple"):
        assert named not in stored_lines


@pytest.mark.parametrize(
    ("passed", "stored"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:DB8::0:7", "2001:db8::7"),
        ("fe80::7%<b>zone</b>", "fe80::7"),
        ("192.0.2.7, 192.0.2.8", "inconnue"),
        ("192.0.2.7:4321", "inconnue"),
        ("<script>alert(1)</script>", "inconnue"),
        ("=cmd()", "inconnue"),
        ("console", "inconnue"),
        ("service", "inconnue"),
        ("inconnue", "inconnue"),
        ("", "inconnue"),
        ("é" * 5_000, "inconnue"),
        (journal.CONSOLE, "console"),
        (journal.SERVICE, "service"),
    ],
)
def test_an_address_made_up_by_a_proxy_is_stored_as_unknown_and_never_as_an_origin(db, passed, stored):
    journal.acting_from(passed)
    with db.transaction() as transaction:
        journal.record(transaction, Act.SIGN_IN, CAMILLE, "session", NOW)
    assert [row["address"] for row in journal.read(db, None, JournalQuery(), NOW).to_pylist()] == [stored]


def test_only_an_administrator_verifies(full):
    with pytest.raises(Forbidden):
        journal.verify(full, account=DOMINIQUE)
    assert journal.verify(full, account=ADMIN).broken is None


@pytest.mark.parametrize("operation", [journal.read, journal.export])
def test_only_an_administrator_reads_and_exports_and_the_refusal_is_a_line(full, operation):
    with pytest.raises(Forbidden):
        operation(full, DOMINIQUE, JournalQuery(), NOW)
    last = lines(full)[-1]
    assert (last.actor, last.outcome) == (DOMINIQUE.id, str(Outcome.REFUSED))
    assert operation(full, ADMIN, JournalQuery(acts=("declare",)), NOW).num_rows == LINES


def test_the_lines_after_a_number_are_read_oldest_first_and_not_journalled(full):
    read = journal.following(full, ADMIN, 6, NOW, 2)
    assert read["number"].to_pylist() == [7, 8]
    assert journal.last(full, ADMIN, NOW) == LINES


def test_an_export_is_journalled_with_its_number_of_lines(full):
    assert journal.export(full, ADMIN, JournalQuery(acts=("declare",)), NOW).num_rows == LINES
    last = lines(full)[-1]
    assert (last.act, last.actor, last.after) == ("export", ADMIN.id, f'{{"lines": {LINES}}}')


def test_others_write_while_an_export_is_read(full, monkeypatch):
    read, pool = stored.lines, ThreadPoolExecutor(1)

    def lines_while_somebody_writes(*args, **limits):
        pool.submit(write, full, WARD, 5).result(timeout=10)
        return read(*args, **limits)

    monkeypatch.setattr(stored, "lines", lines_while_somebody_writes)
    assert journal.export(full, ADMIN, JournalQuery(), NOW).num_rows == LINES
    pool.shutdown()
    assert len(rows(full, "declaration")) == 1


def test_only_an_administrator_purges_and_the_refusal_is_a_line(full):
    with pytest.raises(Forbidden):
        journal.purge(full, CAMILLE, NOW + timedelta(days=4), NOW)
    assert lines(full)[-1].outcome == "refused"
    assert len(lines(full)) == LINES + 1
    assert journal.purge(full, ADMIN, NOW + timedelta(days=4), NOW) == 4


def test_a_right_that_is_missing_is_refused_in_a_transaction_of_its_own(db):
    with (
        pytest.raises(Forbidden),
        journal.authorized_transaction(db, CAMILLE, Action.MANAGE_ACCOUNTS, Act.ACCOUNT, "account:x", NOW),
    ):
        pytest.fail("the operation went on")
    (line,) = lines(db)
    assert (line.act, line.outcome, line.actor, line.subject) == ("account", "refused", CAMILLE.id, "account:x")
