"""Units, structures and legal entities as resources of the ROR."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.capabilitystatement import CapabilityStatement
from fhir.resources.R4B.operationoutcome import OperationOutcome

from ror.exchange.fhir.answers import Entry, SearchPage, bundle, outcome
from ror.exchange.fhir.capability import capability_statement
from ror.exchange.fhir.offer import healthcare_service, location
from ror.exchange.fhir.organization import organization
from ror.exchange.fhir.search_parameters import SEARCH
from ror.exchange.fhir.terms import Version, resource_id
from ror.model.capacity import Counts
from tests.api.fhir_helpers import numbers
from tests.exchange.fhir.helpers import DECLARED, NOW, OBSERVED, REGISTERED, offer
from tests.exchange.fhir.profiles import check
from tests.region import (
    BY_ID,
    CLOSED_UNIT,
    DAY_HOSPITAL,
    HALT,
    HOSPITAL,
    LEGAL_ENTITIES,
    LINDENS,
    STRUCTURES,
    UNITS,
    WARD,
    own_settings,
)

__all__ = ["own_settings"]

EVERY = Counts(3, 20, 15, 1, 1, 2)


@pytest.mark.parametrize("unit", [unit.id for unit in UNITS])
@pytest.mark.parametrize("counts", [None, Counts(3), EVERY], ids=["never", "available", "every"])
def test_every_unit_is_two_resources_of_the_profiles(unit, counts):
    unit_offer = offer(unit, counts, comment="Aile nord" if counts else "")
    check(location(unit_offer, NOW))
    check(healthcare_service(unit_offer, NOW))


@pytest.mark.parametrize("entry", [*STRUCTURES, *LEGAL_ENTITIES], ids=lambda entry: entry.finess)
def test_every_structure_and_legal_entity_is_an_organization(entry):
    check(organization(entry, REGISTERED))


def test_a_structure_is_part_of_its_legal_entity():
    of_structure = organization(STRUCTURES[0], REGISTERED)
    assert of_structure["id"] == HOSPITAL
    assert of_structure["partOf"] == {"reference": f"Organization/{LINDENS}"}
    assert of_structure["active"] is True
    assert of_structure["type"][0]["coding"][0]["code"] == "355"
    assert of_structure["address"] == [{"line": ["1 rue des Exemples"], "city": "Paris", "postalCode": "75013"}]
    assert "partOf" not in organization(LEGAL_ENTITIES[0], REGISTERED)
    assert organization(replace(STRUCTURES[0], closed=True), REGISTERED)["active"] is False


def test_unknown_fields_of_a_structure_are_left_out():
    bare = replace(
        STRUCTURES[0], legal_entity="", category_code="", address="", postal_code="", commune="", latitude=None, longitude=None
    )
    resource = organization(bare, REGISTERED)
    check(resource)
    assert not {"partOf", "type", "address"} & resource.keys()
    place = location(offer(structure=bare), NOW)
    check(place)
    assert not {"position", "address"} & place.keys()


def test_each_declared_status_has_its_number_its_instant_and_its_source():
    capacities = numbers(location(offer(counts=EVERY), NOW))
    assert {status: parts["nbCapacity"] for status, parts in capacities.items()} == {
        "01": 20,
        "02": 3,
        "03": 15,
        "04": 1,
        "05": 1,
        "06": 2,
    }
    assert {parts["capacityUpdateDate"] for parts in capacities.values()} == {OBSERVED}
    assert {parts["capacitySourceType"] for parts in capacities.values()} == {"02"}
    assert {parts["temporalityCapacity"] for parts in capacities.values()} == {"01"}


def test_places_are_available_over_the_week_and_installed_now():
    capacities = numbers(location(offer(DAY_HOSPITAL, Counts(5)), NOW))
    assert {status: (parts["capacityType"], parts["temporalityCapacity"]) for status, parts in capacities.items()} == {
        "01": ("02", "01"),
        "02": ("02", "05"),
    }


def test_a_unit_never_declared_has_the_number_and_the_date_of_the_registry():
    capacities = numbers(location(offer(), NOW))
    assert capacities.keys() == {"01"}
    assert (capacities["01"]["nbCapacity"], capacities["01"]["capacityUpdateDate"]) == (20, REGISTERED.at)
    assert capacities["01"]["capacitySourceType"] == "01"
    assert numbers(location(offer(HALT), NOW)) == {}


def test_the_installed_capacity_of_the_registry_completes_a_declaration():
    capacities = numbers(location(offer(counts=Counts(3)), NOW))
    assert (capacities["01"]["nbCapacity"], capacities["01"]["capacityUpdateDate"]) == (20, REGISTERED.at)
    assert (capacities["02"]["nbCapacity"], capacities["02"]["capacityUpdateDate"]) == (3, OBSERVED)


def test_a_closed_offer_shows_0():
    closed = offer(CLOSED_UNIT, Counts(4))
    place = location(closed, NOW)
    check(place)
    assert numbers(place)["02"]["nbCapacity"] == 0
    assert numbers(place)["02"]["capacityUpdateDate"] == REGISTERED.at
    assert place["status"] == "inactive"
    assert healthcare_service(closed, NOW)["active"] is False
    assert numbers(location(offer(CLOSED_UNIT), NOW))["02"]["nbCapacity"] == 0


def test_a_0_declared_after_the_closure_keeps_its_instant_and_source():
    capacities = numbers(location(offer(CLOSED_UNIT, Counts(0)), NOW))["02"]
    assert (capacities["nbCapacity"], capacities["capacityUpdateDate"], capacities["capacitySourceType"]) == (0, OBSERVED, "02")
    before = offer(CLOSED_UNIT, Counts(0), observed_at=REGISTERED.at - timedelta(days=1))
    assert numbers(location(before, NOW))["02"]["capacityUpdateDate"] == REGISTERED.at


def test_a_unit_closed_for_a_time_has_its_last_day():
    shut = offer(counts=Counts(0), closed_until=date(2026, 11, 30))
    place, service = location(shut, NOW), healthcare_service(shut, NOW)
    check(place)
    check(service)
    assert place["status"] == "suspended"
    assert numbers(place)["02"]["nbCapacity"] == 0
    assert service["active"] is True
    assert service["notAvailable"][0]["during"] == {"start": "2026-11-23T08:30:00Z", "end": "2026-12-01"}
    after = datetime.fromisoformat("2026-12-01T00:30:00+01:00")
    assert location(shut, after)["status"] == "active"
    assert "notAvailable" not in healthcare_service(shut, after)


def test_the_comment_is_in_the_offer_when_there_is_one():
    assert healthcare_service(offer(counts=Counts(3), comment="Aile nord"), NOW)["comment"] == "Aile nord"
    assert "comment" not in healthcare_service(offer(counts=Counts(3)), NOW)


def test_a_location_has_the_id_of_its_unit_and_a_synchronisation_identifier():
    values = [identifier["value"] for identifier in location(offer(), NOW)["identifier"]]
    assert values == [WARD, f"1{HOSPITAL}/{WARD}"]


def test_the_meta_has_the_last_change():
    assert location(offer(counts=Counts(3)), NOW)["meta"]["lastUpdated"] == "2026-11-23T08:31:00Z"
    assert location(offer(counts=Counts(3)), NOW)["meta"]["versionId"] == "7"
    earlier = Version(9, OBSERVED)
    assert DECLARED.later(earlier) == Version(9, DECLARED.at)


@pytest.mark.parametrize("key", ["é à", "a/b", "a,b|c", "x" * 65, "990750001 01"])
def test_a_key_that_is_no_id_has_a_digest_for_one(key):
    place = location(offer(entry=replace(BY_ID[WARD], id=key)), NOW)
    check(place)
    assert place["id"] == resource_id(key) != key
    assert place["identifier"][0]["value"] == key
    assert resource_id(WARD) == WARD


def test_an_empty_page_has_no_entry():
    page = bundle(SearchPage(0, []), "http://a/fhir", "http://a/fhir/Location")
    Bundle.model_validate(page)
    assert "entry" not in page


def test_a_page_distinguishes_matches_from_included_resources():
    unit_offer = offer()
    page = bundle(
        SearchPage(9, [Entry(location(unit_offer, NOW))], [Entry(healthcare_service(unit_offer, NOW))]),
        "http://a/fhir",
        "http://a/1",
        "http://a/2",
    )
    Bundle.model_validate(page)
    assert [(entry["fullUrl"], entry["search"]["mode"]) for entry in page["entry"]] == [
        (f"http://a/fhir/Location/{WARD}", "match"),
        (f"http://a/fhir/HealthcareService/{WARD}", "include"),
    ]
    assert [link["relation"] for link in page["link"]] == ["self", "next"]


def test_an_outcome_has_a_message():
    capacities = outcome("not-found", "Rien.", "Location")
    OperationOutcome.model_validate(capacities)
    assert capacities["issue"] == [
        {"severity": "error", "code": "not-found", "diagnostics": "Rien.", "expression": ["Location"]}
    ]


def test_the_statement_names_what_is_served():
    statement = capability_statement("http://a/fhir", date(2026, 11, 23))
    CapabilityStatement.model_validate(statement)
    (rest,) = statement["rest"]
    assert [one["type"] for one in rest["resource"]] == ["Organization", "HealthcareService", "Location"]
    served = {one["type"]: {parameter["name"] for parameter in one["searchParam"]} for one in rest["resource"]}
    # Nothing refers to a HealthcareService.
    assert served == {kind: {*SEARCH[kind], *(() if kind == "HealthcareService" else ("_has",))} for kind in served}
    assert [one["code"] for one in rest["resource"][2]["interaction"]] == ["read", "search-type", "patch"]
