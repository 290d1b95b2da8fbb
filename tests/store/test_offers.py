"""The offers that other systems read match the same filters as the views of the screens: one is SQL, the other Arrow."""

import pytest

from ror.model.capacity import Counts
from ror.model.count_parts import SEXES, CountPart, PartKey
from ror.model.filters import Filters
from ror.model.nomenclature import CapacityType
from ror.model.patient_type import PatientType
from ror.store.board import board as boards
from ror.store.board.offers import OfferQuery, read_offers
from tests.region import BY_ID, CARDIAC, NOW, board_rows, change_unit, write

pytestmark = pytest.mark.usefixtures("region")

NEEDS = ("reanimation", "soins-critiques")
FILTERS = {
    "any need": Filters(needs=NEEDS),
    "every need": Filters(needs=NEEDS, every_need=True),
    "activity fields": Filters(activity_fields=("01", "02")),
    "unit types": Filters(unit_types=("16", "262")),
    "beds": Filters(capacity_type=CapacityType.BED),
    "places": Filters(capacity_type=CapacityType.PLACE),
    "at least one": Filters(at_least=1),
    "at least three": Filters(at_least=3),
    "a woman": Filters(sex="women"),
    "a man": Filters(sex="men"),
    "children": Filters(patients=PatientType.CHILD),
    "beds for men": Filters(sex="men", capacity_type=CapacityType.BED, at_least=2),
}


def write_numbers(db) -> None:
    """Write a number for every unit: 0, 1, 2 and so on, for women, men, or either."""
    for number, unit in enumerate(BY_ID):
        gender = list(SEXES.values())[number % 3]
        write(db, unit, number, counts=Counts(number, parts=(CountPart(PartKey("available", gender=gender), number),)))


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_finds_the_same_units_for_a_system_as_for_a_screen(db, name):
    write_numbers(db)
    change_unit(db, CARDIAC, patient_type="child")
    with db.reader() as cursor:
        offers = read_offers(cursor, boards.current(db).units, OfferQuery(FILTERS[name], limit=50), NOW)
    found = set(offers["unit"].to_pylist())
    assert found == set(board_rows(db, filters=FILTERS[name]))
    assert set() < found < set(BY_ID)
