"""While an event of a crisis lasts, the board, the call round, the mails, the wall and the report find the same units late."""

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest

from ror.model.call_round import CallKind, CallReason, CallStep
from ror.model.capacity import Counts
from ror.model.crisis import CrisisKind, CrisisScope, ExtraCount
from ror.model.filters import Filters
from ror.model.rights import EVERYWHERE
from ror.services.availability import consult, sheet
from ror.services.availability.declare import DeclarationDraft
from ror.services.availability.sheet import LineAction, SheetLine
from ror.services.coordination import call_round, calls, crisis, daily_report_archive, daily_report_content, wall
from ror.services.coordination.calls import CallResult
from ror.services.coordination.crisis import TypedEvent
from ror.services.reminders import late
from ror.store.board import board as boards
from ror.store.daily_reports import FileForm
from tests.region import (
    CAMILLE,
    CARDIAC,
    CORALIE,
    DAY_HOSPITAL,
    NOW,
    RESUSCITATION,
    UNITS,
    WARD,
    board_rows,
    close_for_a_time,
    store_account,
    write,
)
from tests.services.coordination.report_helpers import no_pictures

__all__ = ["no_pictures"]

pytestmark = pytest.mark.usefixtures("region", "no_pictures")

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LATER = NOW + 5 * HOUR
OF_75 = {RESUSCITATION, WARD, DAY_HOSPITAL}


@pytest.fixture
def db(db):
    """Return the region: all declared an hour ago, and an event in Paris that asks for a number every 4 hours from now on."""
    for unit in UNITS:
        write(db, unit.id, 4, NOW - HOUR)
    typed = TypedEvent(CrisisKind.PLAN_BLANC, 2, "", CrisisScope(("75",)), NOW + 2 * DAY, 4)
    crisis.open_event(db, CORALIE, "event-0001", typed, NOW)
    return db


def view(db, at=LATER):
    return consult.view(db, consult.current(db, CORALIE), Filters(), at)


def late_of_report(db, previous=None, at=LATER):
    content = daily_report_content.build(db, at, previous).files[FileForm.CSV].decode("utf-8-sig")
    return {row["Numéro de l'unité"] for row in csv.DictReader(io.StringIO(content), delimiter=";") if row["En retard"]}


def test_the_board_the_round_the_mails_the_wall_and_the_report_find_the_same_units_late(db):
    aged = view(db).board.units.to_pylist()
    assert {row["unit"] for row in aged if row["overdue"]} == OF_75
    called = call_round.read(db, CORALIE, view(db), LATER).units
    assert {one.row["unit"] for one in called if one.doubt and CallReason.LATE in one.doubt.reasons} == OF_75
    with db.reader() as cursor:
        assert set(late.late_units(cursor, boards.current(db), LATER)["unit"].to_pylist()) == OF_75
    assert wall.read(db, CORALIE, LATER).region["overdue"] == len(OF_75)
    assert late_of_report(db) == OF_75


def test_a_report_says_which_units_an_event_made_late_since_the_previous_one(db):
    previous = daily_report_archive.make_now(db, CORALIE, NOW + HOUR)
    assert previous.overdue == 0
    summary = daily_report_content.build(db, LATER, previous).files[FileForm.TEXT].decode()
    assert "dont 3 en retard (+3)" in summary
    # Compared with an instant when they were late already, none of them is newly late.
    again = daily_report_content.build(db, LATER + HOUR, replace(previous, created_at=LATER)).files[FileForm.TEXT].decode()
    assert "dont 3 en retard (=)" in again


def test_the_wall_shows_how_many_units_answered_the_present_round(db):
    assert wall.read(db, CORALIE, NOW + 4 * HOUR + timedelta(minutes=1)).degraded.late == 3
    (event,) = wall.read(db, CORALIE, LATER).crises
    assert (event.name, event.answered, event.expected, event.next_deadline) == ("Plan blanc niveau 2", 0, 3, NOW + 8 * HOUR)
    write(db, WARD, 2, LATER)
    close_for_a_time(db, DAY_HOSPITAL, LATER.date(), LATER)
    (event,) = wall.read(db, CORALIE, LATER).crises
    assert (event.answered, event.expected) == (1, 2)
    crisis.close_event(db, CORALIE, "event-0001", LATER)
    assert wall.read(db, CORALIE, LATER).crises == ()


def test_units_late_for_an_event_are_called_in_the_order_of_what_it_asks(db):
    write(db, CARDIAC, 4, NOW - timedelta(hours=20))
    at = NOW + 6 * HOUR
    doubts = {one.row["unit"]: one.doubt for one in call_round.read(db, CORALIE, view(db, at), at).units}
    # A day is the delay of CARDIAC, four hours that of the event, which began after the number of WARD.
    assert (doubts[WARD].elapsed, doubts[CARDIAC].elapsed) == (1.5, 26 / 24)
    assert list(doubts).index(WARD) < list(doubts).index(CARDIAC)


def test_an_undo_takes_back_both_events_of_every_line_of_the_largest_sheet(db, monkeypatch):
    monkeypatch.setattr(sheet, "MAX_LINES", 2)
    drafts = [DeclarationDraft(unit, Counts(3), "", board_rows(db)[unit]["position"]) for unit in (WARD, RESUSCITATION)]
    lines = [SheetLine(LineAction.DECLARE, draft, extras={ExtraCount.IN_24_HOURS: "5"}) for draft in drafts]
    answers = sheet.save(db, CAMILLE, lines, NOW)
    written = [event.position for answer in answers for event in (answer.event, answer.other_event)]
    sheet.undo(db, CAMILLE, written, NOW)
    for unit in (WARD, RESUSCITATION):
        row = board_rows(db)[unit]
        assert (row["available"], [other["supplementary"] for other in row["others"]]) == (4, [None])


def test_a_unit_that_was_called_is_called_again_once_the_next_number_is_late(db):
    coralie = store_account(db, replace(CORALIE, declares_for_others=EVERYWHERE))
    write(db, WARD, 4, NOW)
    for unit, by_telephone in ((WARD, True), (DAY_HOSPITAL, False)):
        row = board_rows(db)[unit]
        calls.record(db, coralie, CallResult(unit, CallKind.CONFIRMED, 0, row["position"], write=by_telephone), LATER)

    def steps(at):
        units = call_round.read(db, CORALIE, view(db, at), at).units
        return {one.row["unit"]: one.call_state.step for one in units if one.row["unit"] in (WARD, DAY_HOSPITAL)}

    assert set(steps(LATER + 4 * HOUR).values()) == {CallStep.DONE}
    assert set(steps(LATER + 4 * HOUR + MINUTE).values()) == {CallStep.TO_CALL}
