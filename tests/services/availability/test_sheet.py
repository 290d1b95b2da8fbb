"""Declaring on the sheet of all one's units: each line is judged alone, the accepted ones commit together."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ror.errors import Forbidden, Refused
from ror.model.capacity import Counts
from ror.model.count_parts import sex_parts
from ror.model.declaration import EventKind
from ror.model.journal import Outcome
from ror.model.rights import Perimeter
from ror.services import events
from ror.services.availability import sheet
from ror.services.availability.declare import DeclarationDraft, declare
from ror.services.availability.mask import mask
from ror.services.availability.sheet import LineAction, LineOutcome, SheetLine
from ror.store import journal as journal_lines
from tests.region import (
    ADELE,
    BLANCHE,
    CAMILLE,
    CARDIAC,
    CORALIE,
    DAY_HOSPITAL,
    NOW,
    PSYCHIATRY,
    RESUSCITATION,
    WARD,
    board_rows,
    change_unit,
    history,
    rows,
    store_account,
    write,
)

pytestmark = pytest.mark.usefixtures("region")

MINUTE = timedelta(minutes=1)
SAVED, REFUSED, QUESTION, OUTDATED = LineOutcome


def line(unit, number="3", seen=0, *, action=LineAction.DECLARE, comment="", save_id="", confirmed=False, until=None):
    return SheetLine(action, DeclarationDraft(unit, Counts(number), comment, seen, None, save_id), confirmed, until)


def outcomes(answers):
    return {answer.unit: answer.outcome for answer in answers}


def numbers(db):
    return {unit: row["available"] for unit, row in board_rows(db).items() if row["observed_at"]}


def test_accepted_lines_are_written_together_and_published(db, monkeypatch):
    published = []
    monkeypatch.setattr(events, "publish", published.append)
    answers = sheet.save(db, CAMILLE, [line(WARD, "4"), line(DAY_HOSPITAL, "0")], NOW)
    assert outcomes(answers) == {WARD: SAVED, DAY_HOSPITAL: SAVED}
    assert numbers(db) == {WARD: 4, DAY_HOSPITAL: 0}
    assert [change.unit for change in published] == [WARD, DAY_HOSPITAL]


def test_a_line_that_may_not_be_written_stops_no_other_and_says_why(db):
    write(db, RESUSCITATION, 2, NOW - MINUTE)
    wrong = [
        line(WARD, "3,7"),
        line(RESUSCITATION, "5", seen=0),
        line(DAY_HOSPITAL, "80"),
        line(PSYCHIATRY, "1"),
        line("990750001-99", "1"),
    ]
    answers = sheet.save(db, CAMILLE, [*wrong, line(WARD, "4")], NOW)
    assert [answer.outcome for answer in answers] == [REFUSED, OUTDATED, QUESTION, REFUSED, REFUSED, SAVED]
    assert all(answer.message for answer in answers[:-1])
    assert "Entre-temps" in answers[1].message
    assert numbers(db) == {RESUSCITATION: 2, WARD: 4}


def test_an_unusual_number_is_written_once_confirmed_and_an_outdated_line_once_it_was_seen(db):
    write(db, RESUSCITATION, 2, NOW - MINUTE)
    first = sheet.save(db, CAMILLE, [line(DAY_HOSPITAL, "80"), line(RESUSCITATION, "5")], NOW)
    again = [line(DAY_HOSPITAL, "80", confirmed=True), line(RESUSCITATION, "5", seen=first[1].position)]
    assert outcomes(sheet.save(db, CAMILLE, again, NOW)) == {DAY_HOSPITAL: SAVED, RESUSCITATION: SAVED}
    assert numbers(db) == {DAY_HOSPITAL: 80, RESUSCITATION: 5}


def test_confirmed_lines_repeat_the_last_number_and_closed_ones_offer_nothing(db):
    write(db, WARD, 6, NOW - 60 * MINUTE)
    seen_position = db.position
    confirm = line(WARD, "", seen_position, action=LineAction.CONFIRM)
    close = line(DAY_HOSPITAL, "", action=LineAction.CLOSE, until=date(2026, 11, 29))
    assert outcomes(sheet.save(db, CAMILLE, [confirm, close], NOW)) == {WARD: SAVED, DAY_HOSPITAL: SAVED}
    assert history(db, WARD)[-1] == (EventKind.CONFIRMED, 6)
    assert history(db, DAY_HOSPITAL)[-1] == (EventKind.CLOSED, 0)
    assert board_rows(db)[DAY_HOSPITAL]["closed_until"] == date(2026, 11, 29)


@pytest.mark.parametrize("until", [None, date(2020, 1, 1)])
def test_a_closure_needs_a_day_to_come(db, until):
    (answer,) = sheet.save(db, CAMILLE, [line(WARD, action=LineAction.CLOSE, until=until)], NOW)
    assert (answer.outcome, numbers(db)) == (REFUSED, {})


def test_a_comment_typed_before_a_mask_is_written_once_the_mask_was_seen(db):
    event = write(db, WARD, 6, NOW - MINUTE, comment="M. Exemple, chambre 4")
    seen_position = db.position
    mask(db, ADELE, event.position, NOW)
    (answer,) = sheet.save(db, CAMILLE, [line(WARD, "5", seen_position, comment="Chambre libre")], NOW)
    assert (answer.outcome, answer.about) == (OUTDATED, "comment")
    (answer,) = sheet.save(db, CAMILLE, [line(WARD, "5", answer.position, comment="Chambre libre")], NOW)
    assert answer.outcome is SAVED


def test_a_line_sent_twice_is_written_once_and_answered_twice(db):
    lines = [line(WARD, "4", save_id="0123456789abcdef")]
    (first,) = sheet.save(db, CAMILLE, lines, NOW)
    (again,) = sheet.save(db, CAMILLE, lines, NOW + MINUTE)
    assert (again.outcome, again.event) == (SAVED, first.event)
    assert len(history(db, WARD)) == 1


def test_the_same_unit_twice_in_a_sheet_is_written_once(db):
    answers = sheet.save(db, CAMILLE, [line(WARD, "4"), line(WARD, "5")], NOW)
    assert [answer.outcome for answer in answers] == [SAVED, OUTDATED]


def test_rights_are_read_again_under_the_lock_and_a_refused_line_is_journalled(db):
    store_account(db, replace(CAMILLE, perimeter=Perimeter(units=frozenset({DAY_HOSPITAL}))))
    answers = sheet.save(db, CAMILLE, [line(WARD, "4"), line(DAY_HOSPITAL, "2")], NOW)
    assert outcomes(answers) == {WARD: REFUSED, DAY_HOSPITAL: SAVED}
    with db.reader() as cursor:
        lines = journal_lines.lines(cursor, journal_lines.JournalQuery(), 10).to_pylist()
    assert [(one["subject"], one["outcome"]) for one in lines if one["subject"] == f"unit:{WARD}"] == [
        (f"unit:{WARD}", Outcome.REFUSED)
    ]


def test_an_account_that_may_not_declare_is_refused(db):
    with pytest.raises(Forbidden):
        sheet.save(db, CORALIE, [line(WARD)], NOW)
    with pytest.raises(Forbidden):
        sheet.undo(db, CORALIE, [1], NOW)


def test_an_error_of_the_database_writes_nothing_at_all(db, monkeypatch):
    count = []

    def fail_at_the_second(*_):
        count.append(1)
        if len(count) == 2:
            raise OSError("disk full")
        return original(*_)

    original = sheet._write
    monkeypatch.setattr(sheet, "_write", fail_at_the_second)
    with pytest.raises(OSError, match="disk full"):
        sheet.save(db, CAMILLE, [line(WARD), line(DAY_HOSPITAL)], NOW)
    assert numbers(db) == {}


def test_too_many_lines_are_refused(db):
    with pytest.raises(Refused, match="500 unités"):
        sheet.save(db, CAMILLE, [line(WARD)] * 501, NOW)


def test_a_whole_save_is_undone_but_for_the_units_that_moved_since(db):
    write(db, WARD, 6, NOW - 60 * MINUTE)
    answers = sheet.save(db, CAMILLE, [line(WARD, "4", db.position), line(DAY_HOSPITAL), line(RESUSCITATION, "1")], NOW)
    declare(db, BLANCHE, DeclarationDraft(RESUSCITATION, Counts("2"), seen_position=db.position), NOW + MINUTE)
    undone = sheet.undo(db, CAMILLE, [answer.event.position for answer in answers], NOW + 2 * MINUTE)
    assert {event.unit for event in undone.events} == {WARD, DAY_HOSPITAL}
    assert undone.skipped == ["Réanimation"]
    assert numbers(db) == {WARD: 6, RESUSCITATION: 2}


def test_a_unit_that_left_the_perimeter_or_declares_nothing_any_more_does_not_stop_the_undo_of_the_others(db):
    answers = sheet.save(db, CAMILLE, [line(WARD, "4"), line(RESUSCITATION, "1"), line(DAY_HOSPITAL)], NOW)
    store_account(db, replace(CAMILLE, perimeter=Perimeter(units=frozenset({WARD, DAY_HOSPITAL}))))
    change_unit(db, DAY_HOSPITAL, care_mode="32")
    undone = sheet.undo(db, CAMILLE, [answer.event.position for answer in answers], NOW + MINUTE)
    assert ({event.unit for event in undone.events}, undone.skipped) == ({WARD}, ["Réanimation", "Hôpital de jour"])


def test_an_undo_for_units_of_somebody_else_is_forbidden(db):
    answers = sheet.save(db, CAMILLE, [line(WARD, "4"), line(CARDIAC, "1")], NOW)
    with pytest.raises(Forbidden):
        sheet.undo(db, BLANCHE, [answers[1].event.position], NOW)


def test_an_undo_that_comes_too_late_is_refused(db):
    answers = sheet.save(db, CAMILLE, [line(WARD, "4")], NOW)
    with pytest.raises(Refused, match="Rien n'a été annulé"):
        sheet.undo(db, CAMILLE, [answer.event.position for answer in answers], NOW + 16 * MINUTE)


def test_an_undo_sent_twice_is_written_once_and_answered_twice(db):
    positions = [answer.event.position for answer in sheet.save(db, CAMILLE, [line(WARD, "4")], NOW)]
    first = sheet.undo(db, CAMILLE, positions, NOW)
    assert sheet.undo(db, CAMILLE, positions, NOW + MINUTE) == first
    assert len(rows(db, "declaration")) == 2


def test_a_saved_line_has_seen_its_own_number_and_nobody_elses_after_it(db):
    (answer,) = sheet.save(db, CAMILLE, [line(WARD, "4", save_id="0123456789abcdef")], NOW)
    declare(db, BLANCHE, DeclarationDraft(WARD, Counts("2"), seen_position=db.position), NOW + MINUTE)
    (again,) = sheet.save(db, CAMILLE, [line(WARD, "4", save_id="0123456789abcdef")], NOW + 2 * MINUTE)
    assert again.position == answer.position == answer.event.position
    (later,) = sheet.save(db, CAMILLE, [line(WARD, "5", again.position)], NOW + 3 * MINUTE)
    assert later.outcome is OUTDATED


def test_a_refusal_says_which_field_it_is_about(db):
    counts = Counts("4", parts=sex_parts({"women": "5", "men": "", "either": ""}))
    by_sex = SheetLine(LineAction.DECLARE, DeclarationDraft(WARD, counts))
    long_comment = SheetLine(LineAction.DECLARE, DeclarationDraft(RESUSCITATION, Counts("2"), "a" * 501))
    answers = sheet.save(db, CAMILLE, [by_sex, line(DAY_HOSPITAL, "beaucoup"), long_comment], NOW)
    assert [answer.outcome for answer in answers] == [REFUSED] * 3
    assert [answer.about for answer in answers] == ["parts", "number", "comment"]


def test_somebody_elses_save_is_not_undone(db):
    answers = sheet.save(db, CAMILLE, [line(WARD, "4")], NOW)
    with pytest.raises(Refused):
        sheet.undo(db, BLANCHE, [answers[0].event.position], NOW)
    assert len(rows(db, "declaration")) == 1
