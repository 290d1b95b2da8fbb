from dataclasses import replace
from datetime import timedelta

import pytest

from ror.errors import Refused
from ror.model.nomenclature import CapacityType, unit_types
from ror.model.registry import Unit
from ror.model.type_decision import NOTHING, TypeDecision, checked_duty, region_types
from ror.model.unit_kind import COUNTS_NOTHING, NOT_FOLLOWED, UNKNOWN_NATURE, unit_kind, why_uncounted

WARD, WORKSHOP = "16", "02"
"""Types that propose beds, and nothing."""


def kind(decision, **unit):
    types = region_types([decision])
    return unit_kind(Unit("1", "990000001", "Unité", decision.unit_type, None, "", **unit), types)


def why(decision, **unit):
    entry = Unit("1", "990000001", "Unité", decision.unit_type, None, "", **unit)
    return why_uncounted(entry, region_types([decision])[decision.unit_type])


def test_without_a_decision_the_types_are_those_of_the_list():
    assert region_types([]) == unit_types()
    assert region_types([TypeDecision(WARD)]) == unit_types()
    assert region_types([TypeDecision("gone", "01")]) == unit_types()


def test_a_decision_takes_the_place_of_what_is_proposed():
    decided = region_types([TypeDecision(WARD, "02", 12, True, "had|smr")])
    assert decided[WARD] == replace(
        unit_types()[WARD], capacity_type=CapacityType.PLACE, duty=timedelta(hours=12), needs=("had", "smr")
    )
    assert decided[WORKSHOP] == unit_types()[WORKSHOP]
    assert region_types([TypeDecision(WARD, needs="")])[WARD].needs == ()


def test_a_type_that_proposes_nothing_counts_what_the_region_chose():
    assert kind(TypeDecision(WORKSHOP)) is None
    assert why(TypeDecision(WORKSHOP)) == UNKNOWN_NATURE
    assert kind(TypeDecision(WORKSHOP, "01")).capacity_type is CapacityType.BED


def test_a_region_that_chose_nothing_is_asked_nothing():
    assert kind(TypeDecision(WARD, NOTHING)) is None
    assert why(TypeDecision(WARD, NOTHING)) == COUNTS_NOTHING
    assert why(TypeDecision(WORKSHOP, NOTHING)) == COUNTS_NOTHING


def test_what_the_unit_says_itself_comes_before_the_decision():
    assert kind(TypeDecision(WARD, NOTHING), nature="02").capacity_type is CapacityType.PLACE
    assert kind(TypeDecision(WARD, "01"), care_mode="32") is None
    assert why(TypeDecision(WARD, "01"), care_mode="32") == COUNTS_NOTHING


def test_the_units_of_a_type_that_is_not_followed_count_nothing_whatever_they_say():
    assert kind(TypeDecision(WARD, followed=False), nature="01") is None
    assert why(TypeDecision(WARD, followed=False), nature="01") == NOT_FOLLOWED


def test_what_equals_the_proposal_is_not_decided_but_for_counting_nothing():
    proposed = unit_types()[WARD]
    hours = proposed.duty // timedelta(hours=1)
    same = TypeDecision(WARD, str(proposed.capacity_type), hours, True, "|".join(proposed.needs))
    assert same.reduced(proposed).is_proposal
    assert TypeDecision(WARD, "02", 12, False, "had").reduced(proposed) == TypeDecision(WARD, "02", 12, False, "had")
    assert TypeDecision(WORKSHOP, NOTHING).reduced(unit_types()[WORKSHOP]).capacity_type == NOTHING


@pytest.mark.parametrize("text", ["", "0", "745", "douze", "1.5", "-1", "٣", "99999"])
def test_a_duty_is_a_whole_number_of_hours(text):
    with pytest.raises(Refused, match="nombre entier d'heures, de 1 à 744"):
        checked_duty(text)


def test_a_duty_may_last_from_an_hour_to_a_month():
    assert (checked_duty("1"), checked_duty("744")) == (1, 744)
