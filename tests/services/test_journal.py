"""The journal, and the changes made to its file outside the service, which `verify` finds."""

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
from tests.region import CAMILLE, DOMINIQUE, NOW, WARD, rolled_back, rows, write

LINES = 9

pytestmark = pytest.mark.usefixtures("region")


@pytest.fixture
def nine_lines(db):
    """Write a journal of nine lines, a day apart."""
    for day in range(LINES):
        with db.transaction() as transaction:
            at = NOW + timedelta(days=day)
            journal.record(transaction, Act.DECLARE, CAMILLE, f"unit:{WARD}", at, after={"available": day})
    return db


def tamper(db, statement, *values):
    """Execute a statement without the service, as somebody with access to the file could."""
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


def test_an_untouched_journal_holds_and_its_mark_is_its_last_line(nine_lines):
    verified = journal.verify(nine_lines)
    assert verified.broken is None
    assert verified.start == JournalMark()
    assert verified.head == JournalMark(LINES, lines(nine_lines)[-1].hash)
    assert found_break(nine_lines, verified.head) is None
    assert found_break(nine_lines, JournalMark(4, lines(nine_lines)[3].hash)) is None


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
def test_a_changed_line_is_found(nine_lines, column, number):
    tamper(nine_lines, f"UPDATE journal SET {column} = {COLUMNS[column]} WHERE number = ?", number)  # noqa: S608
    assert found_break(nine_lines) == (number, "changed")


@pytest.mark.parametrize("number", [1, 5, LINES])
def test_a_changed_line_whose_hash_is_computed_again_is_found(nine_lines, number):
    rewritten(nine_lines, replace(lines(nine_lines)[number - 1], after='{"available": 99}'))
    assert found_break(nine_lines)[0] == min(number + 1, LINES)


@pytest.mark.parametrize("number", [1, 5, LINES])
def test_a_removed_line_is_found(nine_lines, number):
    tamper(nine_lines, "DELETE FROM journal WHERE number = ?", number)
    assert found_break(nine_lines) == (number, "missing")


def test_a_removed_line_whose_gap_is_closed_is_found(nine_lines):
    tamper(nine_lines, "DELETE FROM journal WHERE number = 5")
    tamper(nine_lines, "UPDATE journal SET number = number - 1 WHERE number > 5")
    assert found_break(nine_lines) == (5, "changed")


@pytest.mark.parametrize("number", [1, 5])
def test_an_inserted_line_is_found(nine_lines, number):
    inserted(nine_lines, replace(lines(nine_lines)[number - 1], subject="unit:other"))
    assert found_break(nine_lines) is not None
    assert found_break(nine_lines)[0] in (number, number + 1)


def test_a_line_added_at_the_end_is_found(nine_lines):
    last = lines(nine_lines)[-1]
    inserted(nine_lines, replace(last, number=LINES + 1, previous=last.hash))
    assert found_break(nine_lines) == (LINES + 1, "inserted")


def test_two_lines_swapped_are_found(nine_lines):
    tamper(nine_lines, "UPDATE journal SET number = CASE number WHEN 4 THEN 6 ELSE 4 END WHERE number IN (4, 6)")
    assert found_break(nine_lines) == (4, "changed")


def test_the_contents_of_two_lines_swapped_with_hashes_computed_again_are_found(nine_lines):
    fourth, sixth = lines(nine_lines)[3], lines(nine_lines)[5]
    rewritten(nine_lines, replace(fourth, after=sixth.after))
    rewritten(nine_lines, replace(sixth, after=fourth.after))
    assert found_break(nine_lines)[0] == 5


def test_a_tail_cut_off_is_found_and_with_the_head_moved_back_by_a_mark_noted_elsewhere(nine_lines):
    noted = journal.verify(nine_lines).head
    tamper(nine_lines, "DELETE FROM journal WHERE number > 6")
    assert found_break(nine_lines) == (7, "missing")
    head_at(nine_lines, JournalMark(6, lines(nine_lines)[-1].hash))
    assert found_break(nine_lines) is None, "nothing left in the file tells"
    assert found_break(nine_lines, noted) == (7, "missing")


def test_a_tail_written_again_is_found_by_a_mark_noted_elsewhere(nine_lines):
    noted = journal.verify(nine_lines).head
    last = replace(lines(nine_lines)[-1], after='{"available": 0}')
    rewritten(nine_lines, last)
    head_at(nine_lines, JournalMark(LINES, last.hash))
    assert found_break(nine_lines) is None
    assert found_break(nine_lines, noted) == (LINES, "is not the line that was noted elsewhere")


def test_a_journal_emptied_is_found(nine_lines):
    noted = journal.verify(nine_lines).head
    tamper(nine_lines, "DELETE FROM journal")
    assert found_break(nine_lines) == (1, "missing")
    tamper(nine_lines, "DELETE FROM journal_head")
    assert found_break(nine_lines, noted) == (1, "missing")


def purged(db, days=4):
    return journal.purge(db, None, NOW + timedelta(days=days), NOW + timedelta(days=LINES))


def test_a_purge_leaves_a_checkpoint_a_line_of_itself_and_a_chain_that_holds(nine_lines):
    noted = {line.number: JournalMark(line.number, line.hash) for line in lines(nine_lines)}
    assert purged(nine_lines) == 4
    verified = journal.verify(nine_lines)
    assert verified.start == noted[4]
    assert verified.broken is None
    assert [line.number for line in lines(nine_lines)] == [5, 6, 7, 8, 9, 10]
    last = lines(nine_lines)[-1]
    assert (last.act, '"purged": 4' in last.after) == ("journal", True)
    assert found_break(nine_lines, noted[4]) is None
    assert found_break(nine_lines, noted[7]) is None
    assert found_break(nine_lines, JournalMark(4, "0" * 64)) == (4, "is not the line that was noted elsewhere")


def test_a_mark_older_than_the_purge_is_not_checkable(nine_lines):
    old = JournalMark(2, lines(nine_lines)[1].hash)
    assert journal.verify(nine_lines, old).checkable(old)
    purged(nine_lines)
    verified = journal.verify(nine_lines, old)
    assert verified.broken is None
    assert not verified.checkable(old)


def test_what_is_done_to_the_journal_after_a_purge_is_found(nine_lines):
    purged(nine_lines)
    tamper(nine_lines, "UPDATE journal SET actor = 'dominique' WHERE number = 6")
    assert found_break(nine_lines) == (6, "changed")


@pytest.mark.parametrize("number", [5, 7, 10])
def test_a_line_removed_after_a_purge_is_found(nine_lines, number):
    purged(nine_lines)
    tamper(nine_lines, "DELETE FROM journal WHERE number = ?", number)
    assert found_break(nine_lines) == (number, "missing")


def test_lines_removed_as_a_purge_would_but_without_its_checkpoint_are_found(nine_lines):
    purged(nine_lines, 2)
    tamper(nine_lines, "DELETE FROM journal WHERE number <= 4")
    assert found_break(nine_lines) == (3, "missing")


def test_a_checkpoint_that_was_changed_is_found(nine_lines):
    purged(nine_lines)
    tamper(nine_lines, "UPDATE journal_checkpoint SET hash = ?", "f" * 64)
    assert found_break(nine_lines)[0] == 5


UNTOLD = "removed with those before it by no purge of the journal"


def test_the_oldest_lines_removed_with_a_forged_checkpoint_are_found_with_and_without_a_newer_mark(nine_lines):
    noted, fourth = journal.verify(nine_lines).head, lines(nine_lines)[3]
    tamper(nine_lines, "DELETE FROM journal WHERE number <= 4")
    tamper(nine_lines, "INSERT INTO journal_checkpoint VALUES (4, ?, ?)", fourth.hash, NOW)
    assert found_break(nine_lines) == found_break(nine_lines, noted) == (4, UNTOLD)


def test_a_checkpoint_moved_forward_after_a_purge_is_found(nine_lines):
    purged(nine_lines, 2)
    noted, fifth = journal.verify(nine_lines).head, lines(nine_lines)[2]
    tamper(nine_lines, "DELETE FROM journal WHERE number <= 5")
    tamper(nine_lines, "UPDATE journal_checkpoint SET number = 5, hash = ?", fifth.hash)
    assert found_break(nine_lines) == found_break(nine_lines, noted) == (5, UNTOLD)


def test_a_second_purge_goes_on_from_the_first(nine_lines):
    purged(nine_lines, 2)
    assert purged(nine_lines, 5) == 3
    assert journal.verify(nine_lines).broken is None
    assert journal.verify(nine_lines).start.number == 5


def test_a_purge_that_finds_nothing_older_writes_nothing(nine_lines):
    assert journal.purge(nine_lines, None, NOW - timedelta(days=1), NOW) == 0
    assert len(lines(nine_lines)) == LINES


def test_a_line_has_account_instant_and_address_and_is_committed_with_its_operation(db):
    journal.acting_from("192.0.2.7")
    with rolled_back(db) as transaction:
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


def test_only_an_administrator_verifies(nine_lines):
    with pytest.raises(Forbidden):
        journal.verify(nine_lines, account=DOMINIQUE)
    assert journal.verify(nine_lines, account=ADMIN).broken is None


@pytest.mark.parametrize("operation", [journal.read, journal.export])
def test_only_an_administrator_reads_and_exports_and_the_refusal_is_a_line(nine_lines, operation):
    with pytest.raises(Forbidden):
        operation(nine_lines, DOMINIQUE, JournalQuery(), NOW)
    last = lines(nine_lines)[-1]
    assert (last.actor, last.outcome) == (DOMINIQUE.id, str(Outcome.REFUSED))
    assert operation(nine_lines, ADMIN, JournalQuery(acts=("declare",)), NOW).num_rows == LINES


def test_the_lines_after_a_number_are_read_oldest_first_and_not_journalled(nine_lines):
    read = journal.following(nine_lines, ADMIN, 6, NOW, 2)
    assert read["number"].to_pylist() == [7, 8]
    assert journal.last(nine_lines, ADMIN, NOW) == LINES


def test_an_export_is_journalled_with_its_number_of_lines(nine_lines):
    assert journal.export(nine_lines, ADMIN, JournalQuery(acts=("declare",)), NOW).num_rows == LINES
    last = lines(nine_lines)[-1]
    assert (last.act, last.actor, last.after) == ("export", ADMIN.id, f'{{"lines": {LINES}}}')


def test_others_write_while_an_export_is_read(nine_lines, monkeypatch):
    read, pool = stored.lines, ThreadPoolExecutor(1)

    def lines_while_somebody_writes(*args, **limits):
        pool.submit(write, nine_lines, WARD, 5).result(timeout=10)
        return read(*args, **limits)

    monkeypatch.setattr(stored, "lines", lines_while_somebody_writes)
    assert journal.export(nine_lines, ADMIN, JournalQuery(), NOW).num_rows == LINES
    pool.shutdown()
    assert len(rows(nine_lines, "declaration")) == 1


def test_only_an_administrator_purges_and_the_refusal_is_a_line(nine_lines):
    with pytest.raises(Forbidden):
        journal.purge(nine_lines, CAMILLE, NOW + timedelta(days=4), NOW)
    assert lines(nine_lines)[-1].outcome == "refused"
    assert len(lines(nine_lines)) == LINES + 1
    assert journal.purge(nine_lines, ADMIN, NOW + timedelta(days=4), NOW) == 4


def test_a_right_that_is_missing_is_refused_in_a_transaction_of_its_own(db):
    with (
        pytest.raises(Forbidden),
        journal.authorized_transaction(db, CAMILLE, Action.MANAGE_ACCOUNTS, Act.ACCOUNT, "account:x", NOW),
    ):
        pytest.fail("the operation went on")
    (line,) = lines(db)
    assert (line.act, line.outcome, line.actor, line.subject) == ("account", "refused", CAMILLE.id, "account:x")
