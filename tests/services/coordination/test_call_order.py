"""The order of the round by what a call teaches: how likely numbers changed, and what is asked for where they are."""

from datetime import timedelta

import pytest

from ror.model.alert import Alert, AlertKind, Condition
from ror.model.call_round import CallKind, CallReason
from ror.model.feedback import FeedbackKind
from ror.model.filters import Filters
from ror.model.trust.calls import CallOrder, Request
from ror.model.trust.telephone import reliability
from ror.model.type_decision import TypeDecision
from ror.services.availability import consult
from ror.services.coordination import call_order, call_round, calls, feedback
from ror.services.coordination.calls import CallResult
from ror.services.registry import unit_types
from ror.services.registry.unit_types import TypedDecision
from ror.store import alerts
from tests.learnt import HALF_DAY, WEEK, declare_regularly, learn
from tests.region import (
    ADELE,
    CAMILLE,
    CARDIAC,
    CORALIE,
    DAY_HOSPITAL,
    DOMINIQUE,
    HOSPITAL,
    NOW,
    NURSING,
    PSYCHIATRY,
    REHABILITATION,
    UNITS,
    WARD,
    write,
)

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MOVING, STEADY = [4, 3, 4, 5], [4] * 10 + [3] * 10
KNOWN = (WARD, PSYCHIATRY)


@pytest.fixture
def declared(region):
    """Return the region with two late units that owe a number every six hours: one whose numbers move, one of steady numbers.

    Every other unit declared once, an hour ago, except two that are late by days.
    """
    for code in ("16", "174"):
        unit_types.decide(region, ADELE, TypeDecision(code), TypedDecision(duty="6"), NOW)
    declare_regularly(region, PSYCHIATRY, MOVING, until=NOW - HALF_DAY)
    declare_regularly(region, WARD, STEADY, until=NOW - HALF_DAY)
    for unit in UNITS:
        if unit.id not in KNOWN:
            old = {REHABILITATION: 10 * DAY, CARDIAC: 20 * DAY}.get(unit.id, HOUR)
            write(region, unit.id, 4, NOW - old)
    return region


@pytest.fixture
def learnt(declared):
    """Return the same region after the server learnt from its log."""
    learn(declared)
    return declared


def view(db):
    return consult.view(db, consult.current(db, CORALIE), Filters(), NOW)


def listed(db, order=CallOrder.LEARNING):
    return call_round.read(db, CORALIE, view(db), NOW, order=order)


def units(call_list):
    return [listed_unit.row["unit"] for listed_unit in call_list.units]


def call_ranks(db):
    return {listed_unit.row["unit"]: listed_unit.call_rank for listed_unit in listed(db).units}


def position(db, unit):
    return next(row["position"] for row in view(db).board.units.to_pylist() if row["unit"] == unit)


def call_in_vain(db, unit, times, at=NOW):
    """Write unanswered calls to a unit, long enough ago for the unit to be called again now."""
    for back in range(times):
        calls.record(db, CORALIE, CallResult(unit, CallKind.UNREACHABLE, 0, position(db, unit)), at - DAY - back * HOUR)


def test_before_anything_is_learnt_there_is_one_order(declared):
    call_list = listed(declared)
    assert (call_list.order, call_list.orders) == (CallOrder.URGENCY, (CallOrder.URGENCY,))
    assert {listed_unit.call_rank for listed_unit in call_list.units} == {None}


def test_urgency_stays_the_order_unless_another_one_is_chosen(declared):
    before = units(listed(declared, CallOrder.URGENCY))
    learn(declared)
    call_list = listed(declared, CallOrder.URGENCY)
    assert (call_list.order, call_list.orders, units(call_list)) == (CallOrder.URGENCY, tuple(CallOrder), before)
    assert {listed_unit.call_rank for listed_unit in call_list.units} == {None}


def test_a_moving_unit_comes_before_a_steady_one_then_the_unknown_the_oldest_first(learnt):
    call_list = listed(learnt)
    assert (call_list.order, units(call_list)) == (CallOrder.LEARNING, [PSYCHIATRY, WARD, CARDIAC, REHABILITATION])
    known = call_ranks(learnt)
    assert known[PSYCHIATRY].likely < 0.5 < known[WARD].likely
    assert known[CARDIAC].likely is None


def test_a_number_that_a_reader_contradicts_comes_first_and_its_probability_is_not_said(learnt):
    feedback.give(learnt, DOMINIQUE, WARD, FeedbackKind.FULL, NOW - HALF_DAY, NOW - HOUR)
    assert units(listed(learnt))[:2] == [WARD, PSYCHIATRY]
    assert call_ranks(learnt)[WARD].likely is None


def test_what_is_asked_for_moves_a_unit_up(learnt):
    # The ward is in Paris as the day hospital is, but they have no need in common.
    call_in_vain(learnt, DAY_HOSPITAL, 30)
    assert units(listed(learnt))[:2] == [PSYCHIATRY, WARD]
    call_in_vain(learnt, WARD, 30)
    assert units(listed(learnt))[:2] == [WARD, PSYCHIATRY]


def test_what_was_asked_long_ago_counts_no_more(learnt):
    call_in_vain(learnt, WARD, 30, NOW - 28 * DAY)
    assert units(listed(learnt))[:2] == [PSYCHIATRY, WARD]


def test_a_unit_to_call_again_now_stays_before_all_others_and_one_called_today_after(learnt):
    calls.record(learnt, CORALIE, CallResult(PSYCHIATRY, CallKind.UNREACHABLE, 0, position(learnt, PSYCHIATRY)), NOW - HOUR)
    assert units(listed(learnt)) == [WARD, CARDIAC, REHABILITATION, PSYCHIATRY]


def requested(db):
    with db.reader() as cursor:
        return call_order.requests(cursor, view(db), NOW)


def save_alert(db, place="", department="", needs=("rea",)):
    condition = Condition(Filters(needs=needs), place, 20.0 if place else 0.0, department, AlertKind.UNIT)
    saved = Alert(f"a-{place}{department}", CAMILLE.id, "Alerte", "/", condition, False, NOW - DAY, 1, False, 0, NOW - DAY)
    with db.transaction() as transaction:
        alerts.write_all(transaction, [saved])


@pytest.mark.parametrize(
    ("alert_changes", "expected"),
    [
        ({"department": "93"}, Request(frozenset({"rea"}), "93")),
        ({"needs": ()}, Request(None, "")),
        ({"place": "commune:94028"}, Request(frozenset({"rea"}), "94")),
        ({"place": f"structure:{HOSPITAL}"}, Request(frozenset({"rea"}), "75")),
        ({"place": "structure:990000000"}, Request(frozenset({"rea"}), "?")),
    ],
)
def test_a_saved_alert_asks_in_its_department_or_that_of_its_place(declared, alert_changes, expected):
    save_alert(declared, **alert_changes)
    assert requested(declared) == [expected]


def test_reports_and_calls_ask_for_what_their_units_offer(declared):
    feedback.give(declared, DOMINIQUE, NURSING, FeedbackKind.FULL, NOW - HOUR, NOW - MINUTE)
    call_in_vain(declared, NURSING, 2)
    (row,) = (row for row in view(declared).board.units.to_pylist() if row["unit"] == NURSING)
    assert requested(declared) == [Request(frozenset(row["needs"].split("|")), "94", 3)]


def test_units_of_an_improbable_rhythm_join_the_round_with_their_reason(region):
    for unit in UNITS:
        if unit.id not in KNOWN:
            write(region, unit.id, 4, NOW - HOUR)
    declare_regularly(region, WARD, MOVING, until=NOW - WEEK - HALF_DAY)
    declare_regularly(region, WARD, [3], since=NOW - WEEK - HALF_DAY)
    declare_regularly(region, PSYCHIATRY, STEADY, until=NOW - 2 * WEEK - HALF_DAY)
    declare_regularly(region, PSYCHIATRY, MOVING, since=NOW - 2 * WEEK - HALF_DAY)
    assert listed(region).units == []
    learn(region)
    by_unit = {listed_unit.row["unit"]: listed_unit for listed_unit in listed(region, CallOrder.URGENCY).units}
    assert {unit: listed_unit.doubt.reasons for unit, listed_unit in by_unit.items()} == {
        WARD: (CallReason.STILL,),
        PSYCHIATRY: (CallReason.SUDDEN,),
    }
    assert (by_unit[WARD].still.checks, by_unit[PSYCHIATRY].still) == (14, None)


def test_the_round_has_what_past_calls_to_a_unit_came_to(declared):
    for number, kind in enumerate((CallKind.NUMBER, CallKind.CONFIRMED, CallKind.CONFIRMED)):
        result = CallResult(WARD, kind, number, position(declared, WARD), "9")
        calls.record(declared, CORALIE, result, NOW - HALF_DAY + (number + 1) * MINUTE)
    learn(declared)
    call_list = listed(declared)
    (ward,) = (listed_unit for listed_unit in call_list.units if listed_unit.row["unit"] == WARD)
    assert ward.reliability == reliability(3, 2)
    assert call_list.usual == pytest.approx(2 / 3)
