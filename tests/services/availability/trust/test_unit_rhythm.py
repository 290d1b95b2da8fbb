"""Units too still to be true, or suddenly changing, found in what they declared."""

from datetime import timedelta

import pytest

from ror.model.call_round import Call, CallKind
from ror.model.trust import rhythm
from ror.services.availability.trust import unit_rhythm
from ror.store import call_round
from tests.learnt import HALF_DAY, WEEK, declare_regularly, learn
from tests.region import CORALIE, NOW, PSYCHIATRY, REHABILITATION, WARD, write

MOVING, STEADY = [4, 3, 4, 5], [4] * 10 + [3] * 10
STILL_SINCE, SUDDEN_SINCE = NOW - WEEK, NOW - 2 * WEEK


@pytest.fixture
def declared(region):
    """Return the region: a ward that moved each time stands still for a week; a psychiatry moves suddenly for two."""
    declare_regularly(region, WARD, MOVING, until=STILL_SINCE - HALF_DAY)
    declare_regularly(region, WARD, [3], since=STILL_SINCE - HALF_DAY)
    declare_regularly(region, PSYCHIATRY, STEADY, until=SUDDEN_SINCE - HALF_DAY)
    declare_regularly(region, PSYCHIATRY, MOVING, since=SUDDEN_SINCE - HALF_DAY)
    declare_regularly(region, REHABILITATION, STEADY)
    return region


def test_a_unit_that_moved_and_stands_still_is_found_with_its_run(declared):
    still_runs = unit_rhythm.too_still(learn(declared))
    assert set(still_runs) == {WARD}
    assert (still_runs[WARD].since, still_runs[WARD].checks) == (STILL_SINCE, 14)
    assert still_runs[WARD].probability < rhythm.IMPROBABLE


def test_a_unit_that_was_steady_and_moves_is_found(declared):
    probabilities = unit_rhythm.sudden_changes(learn(declared))
    assert set(probabilities) == {PSYCHIATRY}
    assert probabilities[PSYCHIATRY] < rhythm.IMPROBABLE


def test_what_is_found_is_computed_once_for_what_was_learnt(declared):
    learnt = learn(declared)
    assert unit_rhythm.too_still(learnt) is unit_rhythm.too_still(learnt)
    assert unit_rhythm.sudden_changes(learnt) is unit_rhythm.sudden_changes(learnt)


def test_a_unit_that_a_call_confirmed_is_not_too_still(declared):
    with declared.transaction() as transaction:
        number = call_round.next_number(transaction)
        at = NOW - timedelta(hours=1)
        call_round.add(transaction, Call(number, WARD, CallKind.CONFIRMED, CORALIE.id, at, available=3, before=3))
    assert WARD not in unit_rhythm.too_still(learn(declared))


def test_the_run_of_a_unit_ends_with_its_next_declaration_before_anything_is_learnt_again(declared):
    learnt = learn(declared)
    position = learnt.history.position
    assert unit_rhythm.still_run(learnt, WARD, position) == unit_rhythm.too_still(learnt)[WARD]
    assert unit_rhythm.still_run(learnt, WARD, write(declared, WARD, 7).position) is None
    assert unit_rhythm.still_run(learnt, REHABILITATION, position) is None
    assert unit_rhythm.still_run(learnt, WARD, None) is None
    assert unit_rhythm.still_run(None, WARD, position) is None
