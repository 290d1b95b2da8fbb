"""The occupancy of a unit, and the numbers that it is computed from."""

import pytest

from ror.model.nomenclature import CapacityType
from ror.model.occupancy import FROM_AVAILABLE, FROM_OCCUPIED, Occupancy, occupancy

BED, PLACE = CapacityType.BED, CapacityType.PLACE


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((BED, 20, 3, 15), Occupancy(75, FROM_OCCUPIED)),
        ((BED, 20, 0, 22), Occupancy(110, FROM_OCCUPIED)),
        ((BED, 20, 3, None), Occupancy(85, FROM_AVAILABLE)),
        ((BED, 20, 22, None), Occupancy(0, FROM_AVAILABLE)),
        ((PLACE, 8, 3, 4), Occupancy(50, FROM_OCCUPIED)),
        ((PLACE, 8, 3, None), None),
        ((BED, None, 3, 15), None),
        ((BED, 0, 0, 0), None),
        ((BED, 20, None, None), None),
    ],
)
def test_occupied_beds_say_more_than_available_ones(numbers, expected):
    assert occupancy(*numbers) == expected


def test_an_estimate_is_marked():
    assert occupancy(BED, 20, 3, 15).words == "75 %"
    assert occupancy(BED, 20, 3, None).words == "≈ 85 %"
