"""The call round: which units are called and in which order, what a call leaves behind, how calls are counted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ror.errors import Refused
from ror.model import call_round
from ror.model.call_round import Call, CallKind, CallReason, CallStep, DayCount, call_state, doubt
from ror.model.nomenclature import CapacityType
from ror.model.territory import PARIS

NOW = datetime(2026, 11, 23, 9, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WEEK = 7 * DAY


def call(kind, number=1, at=NOW, **others):
    return Call(number, "u1", kind, others.pop("account", "coralie"), at, **others)


def reasons(**changes):
    usual = {"contradicted": False, "overdue": False, "age": DAY, "duty": WEEK, "irregularity": 0.0}
    call_doubt = doubt(**usual | changes)
    return call_doubt.reasons if call_doubt else ()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ()),
        ({"contradicted": True}, (CallReason.CONTRADICTED,)),
        ({"overdue": True, "age": 9 * DAY}, (CallReason.LATE,)),
        ({"overdue": True, "age": None}, (CallReason.NEVER,)),
        ({"contradicted": True, "overdue": True}, (CallReason.CONTRADICTED, CallReason.LATE)),
        ({"irregularity": 0.5, "age": 4 * DAY}, (CallReason.UNCERTAIN,)),
        ({"irregularity": 0.5, "age": 3 * DAY}, ()),
        ({"irregularity": 0.4, "age": 6 * DAY}, ()),
        ({"still": True}, (CallReason.STILL,)),
        (
            {"overdue": True, "age": 9 * DAY, "still": True, "sudden": True},
            (CallReason.LATE, CallReason.STILL, CallReason.SUDDEN),
        ),
    ],
)
def test_a_unit_is_called_for_a_reason(changes, expected):
    assert reasons(**changes) == expected


def test_units_are_called_in_the_order_of_doubt():
    def doubt_of(contradicted=False, overdue=True, age=8 * DAY, irregularity=0.0):
        return doubt(contradicted=contradicted, overdue=overdue, age=age, duty=WEEK, irregularity=irregularity)

    expected = [
        doubt_of(contradicted=True),
        doubt_of(contradicted=True, overdue=False, age=HOUR),
        doubt_of(age=20 * DAY),
        doubt_of(irregularity=1.0),
        doubt_of(irregularity=0.5),
        doubt_of(age=None),
        doubt_of(overdue=False, age=5 * DAY, irregularity=0.8),
    ]
    assert None not in expected
    assert sorted(expected[3:] + expected[:3], key=lambda listed: listed.order) == expected


def test_a_call_that_is_taken_lasts_ten_minutes():
    taken = call(CallKind.TAKEN)
    assert call_state([taken], NOW + 9 * MINUTE).claim == taken
    assert call_state([taken], NOW + 10 * MINUTE).step is CallStep.TO_CALL
    assert call_state([taken, call(CallKind.RELEASED, 2)], NOW + MINUTE).claim is None


@pytest.mark.parametrize(
    ("kind", "after", "step"),
    [
        (CallKind.CONFIRMED, 5 * HOUR, CallStep.DONE),
        (CallKind.NUMBER, 5 * HOUR, CallStep.DONE),
        (CallKind.UNREACHABLE, HOUR, CallStep.LATER),
        (CallKind.UNREACHABLE, 2 * HOUR, CallStep.TO_CALL),
    ],
)
def test_what_a_call_came_to_says_when_the_unit_is_called_again(kind, after, step):
    assert call_state([call(CallKind.TAKEN), call(kind, 2)], NOW + after).step is step


def test_a_unit_to_call_back_comes_first_once_its_time_has_come():
    calls = [call(CallKind.CALL_BACK, call_back_at=NOW + HOUR)]
    before, after = call_state(calls, NOW), call_state(calls, NOW + HOUR)
    assert (before.step, before.urgent, after.step, after.urgent) == (CallStep.LATER, False, CallStep.TO_CALL, True)
    others = call_state([], NOW)
    late = doubt(contradicted=True, overdue=True, age=30 * DAY, duty=WEEK, irregularity=1.0)
    assert call_round.sort_key(after, None) < call_round.sort_key(others, late) < call_round.sort_key(before, late)


def test_a_unit_that_is_being_called_keeps_its_place_and_those_done_come_last():
    late = doubt(contradicted=False, overdue=True, age=30 * DAY, duty=WEEK, irregularity=1.0)
    calling, done = call_state([call(CallKind.TAKEN)], NOW), call_state([call(CallKind.CONFIRMED)], NOW)
    assert call_round.sort_key(calling, late) == call_round.sort_key(call_state([], NOW), late)
    assert call_round.sort_key(done, late) > call_round.sort_key(call_state([], NOW), None)


def test_a_unit_is_for_its_assignee_until_it_is_reached():
    assigned = [call(CallKind.ASSIGNED, assignee="paul")]
    assert call_state(assigned, NOW).assignee == "paul"
    assert call_state([*assigned, call(CallKind.UNREACHABLE, 2)], NOW).assignee == "paul"
    assert call_state([*assigned, call(CallKind.CONFIRMED, 2)], NOW).assignee == ""
    again = call_state([call(CallKind.CONFIRMED), call(CallKind.ASSIGNED, 2, assignee="paul")], NOW)
    assert (again.step, again.assignee, again.seen) == (CallStep.TO_CALL, "paul", 2)


def test_a_unit_that_was_reached_is_called_again_when_a_reader_contradicts_it_after():
    calls = [call(CallKind.CONFIRMED)]
    assert call_state(calls, NOW + HOUR, NOW - MINUTE).step is CallStep.DONE
    assert call_state(calls, NOW + HOUR, NOW + MINUTE).step is CallStep.TO_CALL


def test_a_unit_that_was_reached_is_called_again_when_it_is_late_for_a_duty_that_passed_since():
    calls = [call(CallKind.NUMBER)]
    assert call_state(calls, NOW + 4 * HOUR, late_for=4 * HOUR).step is CallStep.DONE
    assert call_state(calls, NOW + 4 * HOUR + MINUTE, late_for=4 * HOUR).step is CallStep.TO_CALL


@pytest.mark.parametrize(
    ("outcome", "capacity", "words"),
    [
        (call(CallKind.CONFIRMED, available=3), CapacityType.BED, "Appelé à 10 h 12 : 3 lits confirmés"),
        (call(CallKind.CONFIRMED, available=1), CapacityType.PLACE, "Appelé à 10 h 12 : 1 place confirmée"),
        (call(CallKind.CONFIRMED, available=0), CapacityType.BED, "Appelé à 10 h 12 : 0 lit confirmé"),
        (call(CallKind.NUMBER, available=2, before=5), CapacityType.BED, "Appelé à 10 h 12 : 2 lits au lieu de 5"),
        (call(CallKind.NUMBER, available=2), CapacityType.BED, "Appelé à 10 h 12 : 2 lits"),
        (call(CallKind.NUMBER), CapacityType.BED, "Appelé à 10 h 12"),
        (call(CallKind.UNREACHABLE), CapacityType.BED, "Injoignable à 10 h 12"),
        (call(CallKind.CALL_BACK, call_back_at=NOW + 3 * HOUR + 48 * MINUTE), CapacityType.BED, "À rappeler à 14 h 00"),
    ],
)
def test_what_was_done_is_one_sentence(outcome, capacity, words):
    assert call_round.outcome_words(outcome, capacity, PARIS) == words


def test_a_time_to_call_back_is_one_to_come_today_in_paris():
    for typed in ("14", "14h", " 14 h 00 ", "14:00", "14H00"):
        assert call_round.checked_call_back(typed, NOW, PARIS) == datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
    for typed in ("", "10 h 12", "8", "25 h", "14 h 60", "quatorze heures", "14 h 5"):
        with pytest.raises(Refused):
            call_round.checked_call_back(typed, NOW, PARIS)


def test_a_note_is_cleaned_and_short():
    assert call_round.checked_note("  rappeler\u200b le cadre \r\n") == "rappeler le cadre"
    with pytest.raises(Refused, match="301 caractères"):
        call_round.checked_note("x" * 301)


def test_the_round_of_a_night_has_the_calls_of_the_evening():
    midnight = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    assert call_round.round_start(NOW, PARIS) == midnight
    assert call_round.round_start(midnight + HOUR, PARIS) == midnight - 5 * HOUR


def test_calls_are_counted_with_those_reached_and_the_numbers_corrected():
    calls = [
        call(CallKind.TAKEN),
        call(CallKind.CONFIRMED, available=3, before=3),
        call(CallKind.NUMBER, available=2, before=5),
        call(CallKind.UNREACHABLE),
        call(CallKind.CALL_BACK),
        replace(call(CallKind.ASSIGNED), assignee="paul"),
    ]
    assert call_round.day_count(calls, 2) == DayCount(calls=4, reached=2, corrected=3)


def test_each_reason_has_words_of_its_own():
    assert {reason.label for reason in CallReason} >= {"en retard", "contredite par un lecteur"}
    assert len({reason.label for reason in CallReason}) == len(CallReason)
