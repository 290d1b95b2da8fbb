"""A search by capacity matches exactly the numbers that a Location shows."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ror.exchange.fhir.capacity import STATUSES, Capacity, UnitOffer, current_capacities
from ror.model.capacity import Counts
from ror.model.count_parts import CountPart, PartKey
from ror.model.selection import Among, Compared, Condition, Every, Linked, Selection
from ror.services.availability.catalogue import offers, organizations
from ror.store.engine.database import Database
from tests.region import (
    CARDIAC,
    CLOSED_UNIT,
    CORALIE,
    DAY_HOSPITAL,
    HALT,
    HOSPITAL,
    LONG_STAY,
    NOW,
    NURSING,
    PSYCHIATRY,
    RESUSCITATION,
    WARD,
    change_unit,
    write,
)

pytestmark = pytest.mark.usefixtures("region")

FIELDS = {
    "capacityStatus": "status",
    "capacityType": "capacity_type",
    "temporalityCapacity": "temporality",
    "temporaryAssignement": "assignment",
    "genderCapacityAvailable": "gender",
    "capacityClosingType": "closing_type",
    "additionalBedType": "additional_bed_type",
    "crisisType": "crisis_type",
}
HOUR = timedelta(hours=1)


def matching_units(db: Database, *conditions: Condition) -> set[str]:
    selection = Selection(Linked("capacity", Every(conditions)))
    return {offer.unit.id for offer in offers(db, CORALIE, selection, count=50).entries}


def of_status(code: str) -> Condition:
    return Among("status", frozenset({code}))


def conditions_on(offer: UnitOffer, capacity: Capacity, more: int = 0, later: timedelta = timedelta(0)) -> list[Condition]:
    codes = capacity.codes(offer.kind)
    return [
        *(Among(field, frozenset({codes.get(part, "")})) for part, field in FIELDS.items()),
        Compared("number", "=", capacity.number + more),
        Compared("updated_at", "=", capacity.at + later),
    ]


def test_each_number_that_a_location_shows_finds_it_and_nothing_else_does(db):
    write(db, WARD, 3, NOW, counts=Counts(3, 20, 15, 1, 1, 2), source_type="02")
    write(db, DAY_HOSPITAL, 5, NOW)
    write(db, RESUSCITATION, 4, NOW + HOUR, closed_until=date(2099, 1, 1))
    write(db, LONG_STAY, 4, NOW + HOUR, closed_until=date(2026, 1, 1))
    write(db, CLOSED_UNIT, 2, NOW - HOUR)
    write(db, NURSING, 0, NOW + HOUR)
    write(db, HALT, 6, NOW - HOUR)
    change_unit(db, HALT, closed=True)
    women = (CountPart(PartKey("available", gender="01"), 2), CountPart(PartKey("closed", closing_type="01"), 1))
    write(db, CARDIAC, 3, NOW, counts=Counts(3, closed=2, parts=women))
    write(db, PSYCHIATRY, 4, NOW)
    write(db, PSYCHIATRY, 6, NOW + HOUR, temporality="05", capacity_type="01")
    everything = offers(db, CORALIE, Selection(), count=50).entries
    assert len(everything) == 12
    for offer in everything:
        capacities = current_capacities(offer, datetime.now(UTC))
        for capacity in capacities:
            assert offer.unit.id in matching_units(db, *conditions_on(offer, capacity))
            assert offer.unit.id not in matching_units(db, *conditions_on(offer, capacity, more=1))
            assert offer.unit.id not in matching_units(db, *conditions_on(offer, capacity, later=HOUR))
        for code in STATUSES.keys() - {capacity.codes(offer.kind)["capacityStatus"] for capacity in capacities}:
            assert offer.unit.id not in matching_units(db, of_status(code))


def test_all_conditions_are_about_the_same_number(db):
    write(db, WARD, 0, NOW)
    assert WARD in matching_units(db, of_status("01"), Compared("number", ">", 0))
    assert WARD not in matching_units(db, of_status("02"), Compared("number", ">", 0))


def test_a_structure_is_found_by_the_numbers_of_its_units(db):
    write(db, WARD, 3, NOW, counts=Counts(3, parts=(CountPart(PartKey("available", gender="02"), 3),)))
    men = Linked("unit", Linked("capacity", Among("gender", frozenset({"02"}))))
    assert [one.entry.finess for one in organizations(db, CORALIE, Selection(men), count=9).entries] == [HOSPITAL]
