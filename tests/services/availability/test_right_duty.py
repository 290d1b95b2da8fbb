"""The right duty of each unit, learnt from its declarations and compared with the duty of its type, for administrators."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ror.errors import Forbidden
from ror.services.availability import right_duty
from ror.services.availability.right_duty import TypeDuty, UnitDuty
from ror.store import registry, registry_changes
from tests.learnt import HALF_DAY, declare_regularly, learn
from tests.region import ADELE, BY_ID, CARDIAC, CLOSED_UNIT, CORALIE, NOW, PSYCHIATRY, UNITS, WARD

WEEK_OF_HOURS = 168
STILL, MOVING = [4] * 60 + [3] * 60, [4, 3, 4, 5]


@pytest.fixture
def duties(region):
    """Return the right duties by unit: the ward hardly changes, psychiatry changes each time, the others never declared."""
    declare_regularly(region, WARD, STILL)
    declare_regularly(region, PSYCHIATRY, MOVING)
    learn(region)
    return {duty.unit: duty for duty in right_duty.list_units(region, ADELE, NOW)}


def test_a_still_unit_is_spared_and_a_moving_one_is_asked_more(duties):
    still, moving = duties[WARD], duties[PSYCHIATRY]
    assert still.duty == moving.duty == timedelta(hours=WEEK_OF_HOURS)
    # Numbers of twelve hours are the oldest that are known: nothing is shown beyond their class of age.
    assert still.hours == pytest.approx(12, rel=0.25)
    assert not still.extrapolated
    assert moving.hours < 12
    assert moving.extrapolated
    assert moving.difference == moving.proposed - WEEK_OF_HOURS < 0


def test_a_unit_without_history_has_none(duties):
    assert (duties[CARDIAC].hours, duties[CARDIAC].proposed, duties[CARDIAC].difference) == (None, None, None)


def test_a_closed_unit_declares_nothing_and_is_not_listed(duties):
    assert set(duties) == {unit.id for unit in UNITS} - {CLOSED_UNIT}


def test_a_lower_target_gives_longer_duties(duties, region, monkeypatch):
    monkeypatch.setattr(right_duty.settings(), "trust_target", 0.5)
    lower = {duty.unit: duty for duty in right_duty.list_units(region, ADELE, NOW)}
    assert lower[PSYCHIATRY].hours > duties[PSYCHIATRY].hours


def test_nothing_is_known_before_something_is_learnt(region):
    declare_regularly(region, WARD, STILL, since=NOW - 4 * HALF_DAY)
    assert right_duty.list_units(region, ADELE, NOW) is None


def test_a_unit_that_came_after_the_last_learning_is_unknown(region):
    learn(region)
    new = replace(BY_ID[WARD], id="990750001-99", name="Médecine nouvelle")
    with region.transaction() as transaction:
        registry.merge(transaction, [new])
        registry_changes.record_change(transaction, "tests", NOW)
    (new_duty,) = (duty for duty in right_duty.list_units(region, ADELE, NOW) if duty.unit == new.id)
    assert new_duty.hours is None


def test_the_right_duties_are_for_administrators(region):
    with pytest.raises(Forbidden):
        right_duty.list_units(region, CORALIE, NOW)


def unit(code, hours, *, extrapolated=False):
    return UnitDuty("u", "Unité", "Structure", "75", code, "Type", timedelta(hours=24), hours, extrapolated)


def test_a_type_is_proposed_the_median_of_its_known_units():
    units = [unit("16", 5.0), unit("16", 30.0, extrapolated=True), unit("16", 200.0), unit("16", None), unit("21", None)]
    assert right_duty.by_type(units) == {"16": TypeDuty(24, 4, 3, 1), "21": TypeDuty(None, 1, 0, 0)}


def test_a_longer_duty_than_that_of_the_type_is_a_positive_difference():
    assert [unit("16", hours).difference for hours in (50.0, 24.0, 6.5)] == [24, 0, -18]
