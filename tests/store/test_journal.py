"""The journal in a real file: reading, origins, purge."""

from datetime import timedelta

import pytest

from ror.model.journal import JournalLine, JournalMark, first_break
from ror.store import chain, journal, journal_search
from ror.store.journal import JournalQuery
from tests.region import (
    BLANCHE,
    CAMILLE,
    CARDIAC,
    CLOSED_UNIT,
    DAY_HOSPITAL,
    HALT,
    HOSPITAL,
    NOW,
    STRUCTURES,
    WARD,
    rolled_back,
)

pytestmark = pytest.mark.usefixtures("region")


def write(db, *subjects, actor=CAMILLE.id, origin="", act="declare", outcome="done", start=NOW, after=""):
    """Write a line for each subject, a minute apart."""
    for minutes, subject in enumerate(subjects):
        with db.transaction() as transaction:
            last = journal.head(transaction.cursor)
            at = start + timedelta(minutes=minutes)
            line = JournalLine(last.number + 1, at, act, outcome, actor, origin, subject, "", after, last.hash)
            journal.append(transaction, line)


def numbers(db, limit=100, **criteria):
    with db.reader() as cursor:
        return journal.lines(cursor, JournalQuery(**criteria), limit)["number"].to_pylist()


def test_a_line_is_read_as_it_was_written_and_moves_the_head(db):
    write(db, "unit:1", "unit:2", after='{"é": 1}')
    with db.reader() as cursor:
        (first, first_hash), (second, second_hash) = journal.in_order(cursor)
        assert journal.head(cursor) == JournalMark(2, second_hash)
        assert chain.checkpoints(cursor) == []
    assert (first.hash, second.hash) == (first_hash, second_hash)
    assert (second.previous, second.happened_at, second.after) == (first_hash, NOW + timedelta(minutes=1), '{"é": 1}')


def test_lines_written_at_once_are_one_chain_with_those_before(db):
    write(db, "unit:1")
    with db.transaction() as transaction:
        last, lines = journal.head(transaction.cursor), []
        for number in (2, 3):
            line = JournalLine(number, NOW, "rights", "done", "", "", f"account:{number}", "", '{"é": 1}', last.hash)
            last = JournalMark(number, line.hash)
            lines.append(line)
        journal.append_all(transaction, lines)
    with db.reader() as cursor:
        assert [line for line, _ in journal.in_order(cursor)][1:] == lines
        assert first_break(journal.in_order(cursor), [], journal.head(cursor)) is None


def test_a_line_of_an_operation_that_fails_is_not_written(db):
    with rolled_back(db) as transaction:
        journal.append(transaction, JournalLine(1, NOW, "declare", "done", "", "", "", "", "", JournalMark().hash))
    assert numbers(db) == []
    with db.reader() as cursor:
        assert journal.head(cursor) == JournalMark()


def test_the_newest_lines_come_first_up_to_the_limit(db):
    write(db, "a", "b", "c")
    assert numbers(db) == [3, 2, 1]
    assert numbers(db, limit=2) == [3, 2]


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ({"since": NOW + timedelta(minutes=1)}, [5, 4, 3, 2]),
        ({"until": NOW + timedelta(minutes=1)}, [1]),
        ({"acts": ("sign_in", "undo")}, [5, 4]),
        ({"outcome": "refused"}, [5]),
        ({"account": BLANCHE.id}, [5, 3]),
        ({"text": "750001-02"}, [1]),
        ({"text": "CAUSE"}, [5]),
        ({"text": "%"}, []),
        ({"acts": ("sign_in",), "outcome": "refused", "account": CAMILLE.id}, []),
    ],
)
def test_lines_are_filtered_by_period_act_outcome_account_and_text(db, criteria, expected):
    write(db, f"unit:{WARD}", f"structure:{HOSPITAL}", f"account:{BLANCHE.id}")
    later = NOW + timedelta(minutes=5)
    write(db, "session", act="sign_in", start=later)
    write(db, "session", act="sign_in", outcome="refused", actor=BLANCHE.id, start=later, after='{"cause": "password"}')
    assert numbers(db, **criteria) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("medecine", [5, 1]),
        ("MÉDECINE tilleuls", [5, 1]),
        ("hopital fictif", [5, 2, 1]),
        ("bobigny", [3]),
        ("modele", [6, 4]),
        ("camille soins intensifs", [3]),
        ("adele medecine", []),
        ("st denis", [7]),
        (WARD, [5, 1]),
        ("cardiologie tilleuls", []),
    ],
)
def test_lines_are_found_by_the_names_of_units_structures_and_people(db, text, expected):
    write(db, f"unit:{WARD}", f"structure:{HOSPITAL}", f"unit:{CARDIAC}", f"account:{BLANCHE.id}")
    write(db, "declaration:4", act="mask", actor="adele2", after=f'{{"declarations": 1, "unit": "{WARD}"}}')
    write(db, f"unit:{CLOSED_UNIT}", act="handover", after=f'{{"action": "give", "receiver": "{BLANCHE.id}"}}')
    write(db, f"unit:{HALT}", actor="")
    assert numbers(db, text=text) == expected


def test_older_lines_are_looked_at_when_the_newest_do_not_fill_the_page(db, monkeypatch):
    monkeypatch.setattr(journal_search, "RECENT", 2)
    write(db, f"unit:{WARD}", "a", "b", f"unit:{WARD}", "c")
    assert numbers(db, limit=2) == [5, 4]
    assert numbers(db, limit=1, text="medecine") == [4]
    assert numbers(db, limit=2, text="medecine") == [4, 1]
    assert numbers(db, limit=3, text="medecine") == [4, 1]


def test_a_line_about_a_unit_has_its_structure_and_what_it_counts(db):
    write(db, f"unit:{WARD}", f"unit:{DAY_HOSPITAL}", f"structure:{HOSPITAL}")
    with db.reader() as cursor:
        rows = journal.lines(cursor, JournalQuery(), 10).to_pylist()
    assert [row["capacity_type"] for row in rows] == [None, "02", "01"]
    assert [row["structure_name"] for row in rows] == ["", STRUCTURES[0].name, STRUCTURES[0].name]


def test_a_line_is_read_with_the_names_of_its_actor_and_subject_and_its_address(db):
    with db.transaction() as transaction:
        origin = journal.origin(transaction, CAMILLE.id, "192.0.2.7", NOW)
    write(db, f"unit:{WARD}", f"structure:{HOSPITAL}", f"account:{BLANCHE.id}", "account:gone", origin=origin)
    with db.reader() as cursor:
        rows = journal.lines(cursor, JournalQuery(), 10).to_pylist()
    named = ["", "Blanche Modèle", "Hôpital fictif des Tilleuls", "Médecine interne"]
    assert [row["subject_name"] for row in rows] == named
    assert {(row["actor_name"], row["address"]) for row in rows} == {("Camille Exemple", "192.0.2.7")}


def test_an_address_has_one_id_an_account_and_another_for_another_account(db):
    with db.transaction() as transaction:
        mine = journal.origin(transaction, CAMILLE.id, "192.0.2.7", NOW)
        assert journal.origin(transaction, CAMILLE.id, "192.0.2.7", NOW + timedelta(days=1)) == mine
        assert journal.origin(transaction, BLANCHE.id, "192.0.2.7", NOW) != mine
        assert journal.origin(transaction, CAMILLE.id, "192.0.2.8", NOW) != mine
        assert journal.origin(transaction, CAMILLE.id, "", NOW) == ""


def test_erasing_addresses_leaves_the_lines_and_the_chain(db):
    with db.transaction() as transaction:
        old = journal.origin(transaction, CAMILLE.id, "192.0.2.7", NOW)
        other = journal.origin(transaction, BLANCHE.id, "192.0.2.8", NOW + timedelta(days=2))
    write(db, "a", origin=old)
    write(db, "b", origin=other)
    with db.transaction() as transaction:
        journal.forget_origins(transaction, NOW + timedelta(days=1))
    with db.reader() as cursor:
        assert [row["address"] for row in journal.lines(cursor, JournalQuery(), 10).to_pylist()] == ["192.0.2.8", ""]
        assert all(line.hash == stored for line, stored in journal.in_order(cursor))
    with db.transaction() as transaction:
        journal.forget_account(transaction, BLANCHE.id)
    with db.reader() as cursor:
        assert {row["address"] for row in journal.lines(cursor, JournalQuery(), 10).to_pylist()} == {""}


def test_a_purge_removes_the_older_lines_and_leaves_one_checkpoint(db):
    write(db, "a", "b", "c")
    with db.reader() as cursor:
        first, second, third = [stored for _, stored in journal.in_order(cursor)]
    for minutes, count, checkpoint in (
        (1, 1, JournalMark(1, first)),
        (2, 1, JournalMark(2, second)),
        (3, 1, JournalMark(3, third)),
    ):
        with db.transaction() as transaction:
            assert journal.purge(transaction, NOW + timedelta(minutes=minutes), NOW) == (count, checkpoint)
            assert journal.purge(transaction, NOW + timedelta(minutes=minutes), NOW) is None, "again"
        with db.reader() as cursor:
            assert chain.checkpoints(cursor) == [checkpoint]
    assert numbers(db) == []


def test_a_purge_removes_lines_from_the_start_only_whatever_their_clock_said(db):
    write(db, "a", start=NOW)
    write(db, "b", start=NOW + timedelta(days=9))
    write(db, "c", start=NOW)
    with db.transaction() as transaction:
        count, _ = journal.purge(transaction, NOW + timedelta(days=1), NOW)
    assert count == 1
    assert numbers(db) == [3, 2]


def test_a_snapshot_holds_while_lines_are_written(db):
    write(db, "a", "b")
    with db.snapshot() as cursor:
        checkpoints, head = chain.checkpoints(cursor), chain.head(cursor)
        write(db, "c")
        assert [line.number for line, _ in journal.in_order(cursor)] == [1, 2]
        assert first_break(journal.in_order(cursor), checkpoints, head) is None
    assert numbers(db) == [3, 2, 1]
