"""The reliability of units by telephone: from readers' reports and the calls of coordinators."""

from datetime import timedelta

import pytest

from ror.errors import Forbidden
from ror.model.call_round import Call, CallKind
from ror.model.feedback import FeedbackKind
from ror.model.trust.telephone import reliability
from ror.services.availability.trust import telephone_reliability
from ror.services.coordination import feedback
from ror.store import call_round
from tests.learnt import learn
from tests.region import CAMILLE, CARDIAC, CORALIE, DOMINIQUE, NOW, WARD, write

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def called(region):
    """Return the region: of four calls to a ward, one denied its number; another unit had two calls."""
    for back in range(4):
        at = NOW - 9 * HOUR + 2 * back * HOUR
        write(region, WARD, 4, at)
        kind = FeedbackKind.FULL if back == 3 else FeedbackKind.CONFIRMED
        if back < 2:
            feedback.give(region, DOMINIQUE, WARD, kind, at, at + MINUTE)
        else:
            call(region, WARD, 4 if back == 2 else 0, at + MINUTE)
    write(region, CARDIAC, 2, NOW - 3 * HOUR)
    for minutes in (1, 2):
        call(region, CARDIAC, 2, NOW - 2 * HOUR + minutes * MINUTE)
    return region


def call(db, unit, available, at):
    with db.transaction() as transaction:
        number = call_round.next_number(transaction)
        call_round.add(transaction, Call(number, unit, CallKind.NUMBER, CORALIE.id, at, available=available))


def test_a_unit_has_the_share_of_the_calls_that_confirmed_its_number(called):
    learn(called)
    by_unit = telephone_reliability.reliability_by_unit(called, DOMINIQUE, [WARD, CARDIAC], NOW)
    assert by_unit == {WARD: reliability(4, 3)}


def test_what_is_usual_is_the_share_of_all_calls(called, region):
    assert telephone_reliability.usual(learn(called)) == pytest.approx(5 / 6)


def test_without_a_call_every_call_is_taken_to_confirm(region):
    assert telephone_reliability.usual(learn(region)) == 1


def test_nothing_is_said_before_something_is_learnt(called):
    assert telephone_reliability.reliability_by_unit(called, CORALIE, [WARD], NOW) == {}


def test_a_manager_does_not_see_the_reliability_of_others(called):
    with pytest.raises(Forbidden):
        telephone_reliability.reliability_by_unit(called, CAMILLE, [WARD], NOW)
