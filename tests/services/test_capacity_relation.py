"""A search of numbers reads those that a Location shows, and no others."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ror.exchange.fhir.capacity import STATUSES
from ror.exchange.fhir.offer import location
from ror.model.capacity import Counts
from ror.model.selection import Among, Compared, Every, Linked, Selection
from ror.services.availability.catalogue import offers
from ror.store import registry
from tests.api.fhir_helpers import numbers
from tests.region import CLOSED_UNIT, CORALIE, DAY_HOSPITAL, HALT, LONG_STAY, NOW, NURSING, RESUSCITATION, UNITS, WARD, write

pytestmark = pytest.mark.usefixtures("region")

FIELDS = {
    "capacityStatus": "status",
    "capacityType": "capacity_type",
    "temporalityCapacity": "temporality",
    "temporaryAssignement": "assignment",
    "genderCapacityAvailable": "gender",
    "capacityClosingType": "closing_type",
    "additionalBedType": "additional_type",
    "crisisType": "crisis_type",
}
HOUR = timedelta(hours=1)


def found(db, *conditions):
    selection = Selection(Linked("capacity", Every(conditions)))
    return {offer.unit.id for offer in offers(db, CORALIE, selection, count=50).entries}


def shown(number, **instead):
    parts = number | instead
    return [
        *(Among(field, frozenset({parts.get(part, "")})) for part, field in FIELDS.items()),
        Compared("number", "=", parts["nbCapacity"]),
        Compared("updated_at", "=", parts["capacityUpdateDate"]),
    ]


def test_each_number_that_a_location_shows_finds_it_and_nothing_else_does(db):
    write(db, WARD, 3, NOW, counts=Counts(3, 20, 15, 1, 1, 2), source_type="02")
    write(db, DAY_HOSPITAL, 5, NOW)
    write(db, RESUSCITATION, 4, NOW + HOUR, closed_until=date(2099, 1, 1))
    write(db, LONG_STAY, 4, NOW + HOUR, closed_until=date(2026, 1, 1))
    write(db, CLOSED_UNIT, 2, NOW - HOUR)
    write(db, NURSING, 0, NOW + HOUR)
    write(db, HALT, 6, NOW - HOUR)
    with db.transaction() as transaction:
        registry.merge(transaction, [unit for unit in UNITS if unit.id == HALT])
        registry.record_change(transaction, f"edit unit:{HALT}", NOW)
    for offer in offers(db, CORALIE, Selection(), count=50).entries:
        place = location(offer, datetime.now(UTC))
        for number in numbers(place).values():
            assert offer.unit.id in found(db, *shown(number))
            assert offer.unit.id not in found(db, *shown(number, nbCapacity=number["nbCapacity"] + 1))
            assert offer.unit.id not in found(db, *shown(number, capacityUpdateDate=number["capacityUpdateDate"] + HOUR))
        for status in STATUSES.keys() - numbers(place).keys():
            assert offer.unit.id not in found(db, Among("status", frozenset({status})))
