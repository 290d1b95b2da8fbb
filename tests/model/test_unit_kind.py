from dataclasses import replace

import pytest

from ror.model.nomenclature import CapacityType, Temporality, unit_types
from ror.model.registry import Unit
from ror.model.unit_kind import unit_kind

BED, PLACE = CapacityType.BED, CapacityType.PLACE
WARD, DAY_HOSPITAL, WORKSHOP = "16", "11", "02"
"""Types of units (R244) that propose beds, places, and nothing."""


def of_type(unit_type, **others):
    return replace(Unit("1", "990000001", "Unité", unit_type, None, ""), **others)


@pytest.mark.parametrize(
    ("unit", "counted"),
    [
        (of_type(WARD), BED),
        (of_type(DAY_HOSPITAL), PLACE),
        (of_type(WORKSHOP), None),
        # Its mode of care (R213) decides before its type,
        (of_type(WARD, care_mode="29"), PLACE),
        (of_type(WORKSHOP, care_mode="28"), BED),
        (of_type(WARD, care_mode="32"), None),
        (of_type(WARD, care_mode="30"), BED),
        # and the unit itself before both.
        (of_type(WORKSHOP, nature="02"), PLACE),
        (of_type(WARD, care_mode="32", nature="01"), BED),
    ],
)
def test_the_unit_decides_what_it_counts_then_its_mode_of_care_then_its_type(unit, counted):
    kind = unit_kind(unit)
    assert (kind and kind.capacity_type) == counted


def test_beds_are_counted_now_and_places_over_seven_days():
    kinds = [unit_kind(of_type(code)) for code in unit_types()]
    assert {(kind.capacity_type, kind.temporality) for kind in kinds if kind} == {
        (BED, Temporality.CURRENT),
        (PLACE, Temporality.SEVEN_DAYS),
    }


def test_a_unit_has_one_activity_field_its_own_or_the_first_of_its_type():
    assert unit_types()[DAY_HOSPITAL].activity_fields == ("01", "02", "03")
    assert unit_kind(of_type(DAY_HOSPITAL)).activity_field == "01"
    assert unit_kind(of_type(DAY_HOSPITAL, activity_field="03")).activity_field == "03"
