"""Reports of readers as they are stored, and the marks that the board has from them."""

from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pytest

from ror.model.declaration import EventKind
from ror.model.feedback import Feedback, FeedbackKind, contradicts
from ror.store import feedback
from ror.store.board import board as boards
from ror.store.board import contradictions, past
from ror.store.board.board import BoardCache
from tests.region import BY_ID, CARDIAC, CORALIE, DOMINIQUE, NOW, RESUSCITATION, WARD, change_unit, counting_kind, rows, write

pytestmark = pytest.mark.usefixtures("region")

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CONFIRMED, FULL, UNREACHABLE, OTHER, WITHDRAWN = FeedbackKind


def report(db, unit, about, kind, by=DOMINIQUE, at=NOW, other=None, word=""):
    """Write a report about the number of a unit at an instant, and return it."""
    with db.transaction() as transaction:
        temporality = str(counting_kind(BY_ID[unit]).temporality)
        position = transaction.next_position()
        written = Feedback(position, unit, temporality, about, by.id, kind, other, contradicts(kind), word, "form", at)
        feedback.append(transaction, written)
    return written


def read(db, function, *arguments, **others):
    with db.reader() as cursor:
        return function(cursor, *arguments, **others)


def marks(units):
    """Return the marks of the rows of a board, by unit."""
    by_unit = {row["unit"]: [row[name] for name in contradictions.COLUMNS] for row in units.to_pylist()}
    assert all(mark == [0, None, None, None] for mark in by_unit.values() if not mark[0])
    return {unit: mark for unit, mark in by_unit.items() if mark[0]}


def board_marks(cache):
    return marks(cache.get().units)


def test_the_last_report_of_an_account_counts_and_a_withdrawn_one_does_not(db):
    write(db, WARD, 3, NOW - HOUR)
    report(db, WARD, NOW - HOUR, FULL)
    second = report(db, WARD, NOW - HOUR, OTHER, other=1, word="à 10 h")
    other = report(db, WARD, NOW - HOUR, CONFIRMED, CORALIE)
    assert read(db, feedback.in_force, [WARD]) == [second, other]
    report(db, WARD, NOW - HOUR, WITHDRAWN)
    assert read(db, feedback.in_force, [WARD]) == [other]
    assert read(db, feedback.in_force, [CARDIAC]) == []
    assert read(db, feedback.in_force, []) == []
    assert read(db, feedback.at, second.position) == second
    assert read(db, feedback.at, 1) is None


def test_an_open_board_learns_of_a_report_by_its_position(db):
    write(db, WARD, 3, NOW - HOUR)
    cache = BoardCache(db)
    assert board_marks(cache) == {}
    written = report(db, WARD, NOW - HOUR, FULL)
    assert db.position == written.position == cache.get().position
    assert board_marks(cache) == {WARD: [1, NOW, "full", None]}
    report(db, WARD, NOW - HOUR, OTHER, CORALIE, NOW + MINUTE, other=1)
    report(db, CARDIAC, NOW - HOUR, FULL)
    assert board_marks(cache) == board_marks(BoardCache(db)) == {WARD: [2, NOW + MINUTE, "other", 1]}


def test_a_declaration_ends_a_mark_a_masked_comment_does_not_and_an_undo_brings_it_back(db):
    write(db, WARD, 3, NOW - HOUR, comment="mot")
    cache = BoardCache(db)
    report(db, WARD, NOW - HOUR, FULL)
    mark = {WARD: [1, NOW, "full", None]}
    write(db, WARD, 3, NOW - HOUR, kind=EventKind.MASKED, recorded_at=NOW)
    assert board_marks(cache) == board_marks(BoardCache(db)) == mark
    written = write(db, WARD, 3, NOW + HOUR, kind=EventKind.CONFIRMED)
    assert board_marks(cache) == board_marks(BoardCache(db)) == {}
    write(db, WARD, 3, NOW - HOUR, kind=EventKind.UNDONE, acts_on=written.position, recorded_at=NOW + HOUR)
    assert board_marks(cache) == board_marks(BoardCache(db)) == mark


def test_a_change_of_the_registry_leaves_the_marks(db):
    write(db, WARD, 3, NOW - HOUR)
    cache = BoardCache(db)
    report(db, WARD, NOW - HOUR, FULL)
    cache.get()
    change_unit(db, CARDIAC, name="Cardiologie")
    assert board_marks(cache) == {WARD: [1, NOW, "full", None]}


def test_the_mark_shows_what_contradicts_the_number_before_who_could_not_be_reached(db):
    write(db, WARD, 3, NOW - HOUR)
    cache = BoardCache(db)
    report(db, WARD, NOW - HOUR, OTHER, other=2)
    report(db, WARD, NOW - HOUR, UNREACHABLE, CORALIE, NOW + MINUTE)
    assert board_marks(cache) == {WARD: [2, NOW + MINUTE, "other", 2]}
    report(db, WARD, NOW - HOUR, WITHDRAWN, at=NOW + HOUR)
    assert board_marks(cache) == {WARD: [1, NOW + MINUTE, "unreachable", None]}
    report(db, WARD, NOW - HOUR, CONFIRMED, CORALIE, NOW + HOUR)
    assert board_marks(cache) == board_marks(BoardCache(db)) == {}


def test_a_past_board_has_the_marks_of_then(db):
    write(db, WARD, 3, NOW - DAY)
    report(db, WARD, NOW - DAY, FULL, at=NOW - HOUR)
    report(db, WARD, NOW - DAY, OTHER, at=NOW, other=1)
    report(db, WARD, NOW - DAY, FULL, CORALIE, at=NOW)
    write(db, WARD, 0, NOW)
    board = boards.current(db)
    marks_at = {at: marks(read(db, past.board_at, board, at).units) for at in (NOW - 2 * HOUR, NOW - MINUTE, NOW + MINUTE)}
    assert marks_at == {NOW - 2 * HOUR: {}, NOW - MINUTE: {WARD: [1, NOW - HOUR, "full", None]}, NOW + MINUTE: {}}


def test_more_units_than_a_statement_lists_are_read_too(db, monkeypatch):
    write(db, WARD, 3, NOW - HOUR)
    report(db, WARD, NOW - HOUR, FULL)
    units, only = boards.current(db).units, [WARD, CARDIAC]
    listed = read(db, contradictions.marked, units, db.position, only=only)
    monkeypatch.setattr(contradictions, "MAX_LISTED", 1)
    assert read(db, contradictions.marked, units, db.position, only=only).equals(listed)
    assert marks(listed) == {WARD: [1, NOW, "full", None]}
    assert read(db, contradictions.marked, units, db.position, only=[]) is units


def test_the_units_that_did_not_change_keep_their_marks(db):
    write(db, WARD, 3, NOW - HOUR)
    write(db, RESUSCITATION, 3, NOW - HOUR)
    cache = BoardCache(db)
    report(db, WARD, NOW - HOUR, FULL)
    report(db, RESUSCITATION, NOW - HOUR, FULL)
    assert set(board_marks(cache)) == {WARD, RESUSCITATION}
    write(db, RESUSCITATION, 2, NOW)
    assert board_marks(cache) == board_marks(BoardCache(db)) == {WARD: [1, NOW, "full", None]}


def test_what_was_reported_by_an_account_is_counted(db):
    write(db, WARD, 3, NOW - DAY)
    report(db, WARD, NOW - DAY, FULL, at=NOW - 2 * HOUR)
    report(db, CARDIAC, NOW - DAY, CONFIRMED, at=NOW - MINUTE)
    report(db, WARD, NOW - DAY, WITHDRAWN, at=NOW)
    report(db, WARD, NOW - DAY, FULL, CORALIE)
    assert read(db, feedback.given_since, DOMINIQUE.id, NOW - HOUR) == [NOW - MINUTE, NOW]
    first, second = read(db, feedback.by_account, NOW - DAY).to_pylist()
    assert first | {"last": NOW} == {
        **{"account": DOMINIQUE.id, "name": DOMINIQUE.name, "given": 2, "contradicting": 1, "withdrawn": 1},
        **{"most_an_hour": 1, "units": 2, "last": NOW},
    }
    assert (second["account"], second["given"]) == (CORALIE.id, 1)
    assert read(db, feedback.by_account, NOW).num_rows == 0


def test_words_are_found_by_their_words_and_erased_from_every_report_of_the_unit(db):
    report(db, WARD, NOW - DAY, FULL, word="Mme Untel")
    last = report(db, WARD, NOW, FULL, word="Mme Untel", by=CORALIE)
    other = report(db, CARDIAC, NOW, OTHER, word="après 16 h")
    report(db, CARDIAC, NOW, FULL, by=CORALIE)
    table, total = read(db, feedback.words, [], 1)
    assert (table["word"].to_pylist(), total) == (["après 16 h"], 2)
    (row,) = read(db, feedback.words, ["untel", "interne"], 9)[0].to_pylist()
    assert (row["position"], row["word"], row["author"], row["kind"]) == (last.position, "Mme Untel", CORALIE.name, "full")
    assert (row["name"], row["structure"], row["commune"]) == ("Médecine interne", "Hôpital fictif des Tilleuls", "Paris")
    with db.transaction() as transaction:
        bearing = feedback.erase_word(transaction, WARD, "Mme Untel")
    assert [one.account for one in bearing] == [DOMINIQUE.id, CORALIE.id]
    assert read(db, feedback.was_masked, last.position)
    assert not read(db, feedback.was_masked, other.position)
    assert "Untel" not in str(rows(db, "feedback"))
    assert read(db, feedback.at, other.position) == other


def test_words_are_erased_by_account_and_by_age_and_the_reports_stay(db):
    old = report(db, WARD, NOW - DAY, FULL, at=NOW - DAY, word="ancien")
    other = report(db, WARD, NOW - DAY, FULL, CORALIE, word="récent")
    with db.transaction() as transaction:
        feedback.erase_words_before(transaction, NOW)
    assert read(db, feedback.in_force, [WARD]) == [replace(old, word=""), other]
    with db.transaction() as transaction:
        feedback.erase_words_of(transaction, CORALIE.id)
    assert read(db, feedback.in_force, [WARD]) == [replace(old, word=""), replace(other, word="")]


def test_the_units_of_positions_are_those_of_the_reports(db):
    first = report(db, WARD, NOW, FULL)
    second = report(db, CARDIAC, NOW, FULL)
    assert read(db, feedback.units_between, first.position - 1, second.position) == {
        first.position: WARD,
        second.position: CARDIAC,
    }
    assert read(db, feedback.units_between, first.position, second.position) == {second.position: CARDIAC}


@pytest.mark.parametrize(("units", "reported"), [(5, 1), (12, 1), (2_000, 1), (2_000, 900)])
def test_numbers_are_marked_whatever_the_size_of_the_region(db, units, reported):
    """The sizes of the tables decide whether DuckDB pushes the join down to the registered table: both plans must agree."""
    instants = [NOW + number * MINUTE for number in range(units)]
    names, own = pa.array([f"u{number}" for number in range(units)]), pa.array(["01"] * units)
    board = pa.table({"unit": names, "temporality": own, "observed_at": pa.array(instants, pa.timestamp("us", "UTC"))})
    with db.transaction() as transaction:
        for number, about in enumerate(instants[:reported]):
            position = transaction.next_position()
            feedback.append(transaction, Feedback(position, f"u{number}", "01", about, "a", FULL, None, True, "", "form", NOW))
    marked = read(db, contradictions.marked, board, db.position)
    assert marked["contradicted_by"].to_pylist() == [1] * reported + [0] * (units - reported)
    assert marked["unit"].equals(board["unit"])


def test_each_account_counts_once_for_each_number_of_a_unit_that_it_reported_on(db):
    report(db, WARD, NOW - HOUR, FULL)
    report(db, WARD, NOW - HOUR, CONFIRMED)
    report(db, WARD, NOW, FULL)
    report(db, WARD, NOW, FULL, by=CORALIE)
    report(db, CARDIAC, NOW, FULL, at=NOW - HOUR)
    for at in (NOW - DAY, NOW + MINUTE):
        report(db, RESUSCITATION, NOW, FULL, at=at)
    assert read(db, feedback.demand_by_unit, NOW - DAY, NOW) == {WARD: 3, CARDIAC: 1}
