"""Units, structures and legal entities as resources of the ROR."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.capabilitystatement import CapabilityStatement
from fhir.resources.R4B.operationoutcome import OperationOutcome

from ror.exchange.fhir.answers import SearchEntry, SearchPage, bundle, outcome
from ror.exchange.fhir.capability import capability_statement
from ror.exchange.fhir.offer import healthcare_service, is_complete, location
from ror.exchange.fhir.organization import organization
from ror.exchange.fhir.search_parameters import SEARCH
from ror.exchange.fhir.terms import Version, resource_id
from ror.model.capacity import Counts
from tests.api.fhir_helpers import numbers
from tests.exchange.fhir.helpers import CREATED, DECLARED, NOW, OBSERVED, REGISTERED, offer
from tests.exchange.fhir.profiles import check, extensions, of_list
from tests.region import (
    BY_ID,
    CLOSED_UNIT,
    DAY_HOSPITAL,
    HALT,
    HOME_CARE,
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
    check(organization(entry, CREATED, REGISTERED, "75"))


def test_a_structure_is_part_of_its_legal_entity():
    of_structure = organization(STRUCTURES[0], CREATED, REGISTERED, "75")
    assert of_structure["id"] == HOSPITAL
    assert of_structure["partOf"] == {"reference": f"Organization/{LINDENS}"}
    assert of_structure["active"] is True
    assert of_structure["type"][0]["coding"][0]["code"] == "355"
    assert of_structure["address"] == [{"line": ["1 rue des Exemples"], "city": "Paris", "postalCode": "75013"}]
    assert "partOf" not in organization(LEGAL_ENTITIES[0], CREATED, REGISTERED, "")
    assert organization(replace(STRUCTURES[0], closed=True), CREATED, REGISTERED, "75")["active"] is False


def test_unknown_fields_of_a_structure_are_left_out():
    bare = replace(
        STRUCTURES[0], legal_entity="", category_code="", address="", postal_code="", commune="", latitude=None, longitude=None
    )
    resource = organization(bare, CREATED, REGISTERED, "75")
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
    service = healthcare_service(closed, NOW)
    check(service)
    assert service["active"] is False
    assert of_list(service["characteristic"], "TRE_R286-TypeFermeture") == ["DEF"]
    assert service["notAvailable"][0]["during"] == {"start": "2026-11-01T06:00:00Z"}
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
    assert of_list(service["characteristic"], "TRE_R286-TypeFermeture") == ["PRO"]
    assert place["operationalStatus"]["code"] == "2"
    after = datetime.fromisoformat("2026-12-01T00:30:00+01:00")
    assert location(shut, after)["status"] == "active"
    assert (place["meta"]["versionId"], location(shut, after)["meta"]["versionId"]) == ("7", "7.reopened")
    assert "notAvailable" not in healthcare_service(shut, after)


def test_a_resource_says_when_its_entry_was_created_and_of_which_region_it_is():
    for resource in (location(offer(), NOW), healthcare_service(offer(), NOW)):
        assert resource["extension"][0]["valueDateTime"] == "2026-10-01T12:00:00Z"
        assert [(tag["code"], tag["display"]) for tag in resource["meta"]["tag"]] == [("11", "Ile-de-france")]
    assert "tag" not in organization(LEGAL_ENTITIES[0], CREATED, REGISTERED, "975")["meta"]


def test_an_offer_says_its_care_mode_its_activity_and_its_patients():
    service = healthcare_service(offer(entry=replace(BY_ID[WARD], care_mode="34", operational_activity="085")), NOW)
    check(service)
    assert of_list(service["characteristic"], "TRE_R213-ModePriseEnCharge") == ["34"]
    assert service["specialty"][0]["coding"][0]["code"] == "085"
    by_type = healthcare_service(offer(entry=replace(BY_ID[WARD], patient_type="child")), NOW)
    assert of_list(by_type["characteristic"], "TRE_R213-ModePriseEnCharge") == ["28"]
    assert by_type["specialty"][0]["coding"][0]["code"] == "083"
    (patients,) = extensions(by_type, "ror-healthcareservice-patient-type")
    assert patients["extension"][0]["valueRange"]["high"]["value"] == 17


def test_an_offer_has_its_sector_its_zone_of_communes_and_its_telephones():
    described = replace(
        BY_ID[HOME_CARE],
        psychiatric_sector="93G01",
        intervention_zone="93066, 93008 et les communes voisines",
        telephone="0199000206 poste 12 / 0699000012",
        sensitive=True,
    )
    service = healthcare_service(offer(entry=described), NOW)
    check(service)
    (sector,), (contact,) = (extensions(service, f"ror-healthcareservice-{name}") for name in ("psychiatric-sector", "contact"))
    assert sector["valueString"] == "93G01"
    zones = extensions(service, "ror-territorial-division")
    assert [zone["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] for zone in zones] == ["93066", "93008"]
    telecoms = extensions(contact, "ror-healthcareservice-contact-telecom")
    assert [one["extension"][-1]["valueString"] for one in telecoms] == ["0199000206", "0699000012"]
    assert extensions(service, "ror-healthcareservice-sensitive-unit")[0]["valueBoolean"] is True


def test_a_unit_without_a_telephone_has_that_of_its_structure():
    silent = replace(BY_ID[WARD], telephone="")
    (contact,) = extensions(healthcare_service(offer(entry=silent), NOW), "ror-healthcareservice-contact")
    assert contact["extension"][-1]["extension"][-1]["valueString"] == STRUCTURES[0].telephone
    mute = replace(STRUCTURES[0], telephone="")
    assert extensions(healthcare_service(offer(entry=silent, structure=mute), NOW), "ror-healthcareservice-contact") == []
    assert "contact" not in organization(mute, CREATED, REGISTERED, "75")
    telecom = organization(STRUCTURES[0], CREATED, REGISTERED, "75")["contact"][0]["telecom"]
    assert [one["value"] for one in telecom] == [STRUCTURES[0].telephone]


def test_bed_management_is_the_first_contact_of_an_offer_and_of_a_structure():
    reached = replace(STRUCTURES[0], bed_telephone="0639980101")
    service = healthcare_service(offer(structure=reached), NOW)
    check(service)
    contacts = extensions(service, "ror-healthcareservice-contact")
    natures = [one["extension"][0]["valueCodeableConcept"]["coding"][0] for one in contacts]
    assert [(nature["code"], nature["display"]) for nature in natures] == [
        ("16", "Cellule opérationnelle de Bed Management"),
        ("06", "Standard"),
    ]
    assert contacts[0]["extension"][-1]["extension"][-1]["valueString"] == "0639980101"
    body = organization(reached, CREATED, REGISTERED, "75")
    check(body)
    assert [one["telecom"][0]["value"] for one in body["contact"]] == ["0639980101", reached.telephone]
    own = replace(BY_ID[WARD], bed_telephone="0639980102")
    contact, _ = extensions(healthcare_service(offer(entry=own, structure=reached), NOW), "ror-healthcareservice-contact")
    assert contact["extension"][-1]["extension"][-1]["valueString"] == "0639980102"


@pytest.mark.parametrize(
    ("field", "function"), [("01", "001"), ("02", "004"), ("03", "002"), ("04", "003"), ("05", "001"), ("06", "003")]
)
def test_a_place_has_the_function_of_its_field(field, function):
    place = location(offer(entry=replace(BY_ID[WARD], activity_field=field)), NOW)
    check(place)
    assert place["type"][0]["coding"][0]["code"] == function


def test_an_offer_without_an_activity_is_not_complete():
    assert is_complete(offer())
    assert not is_complete(offer(entry=replace(BY_ID[WARD], unit_type="02", nature="02")))


def test_the_comment_is_in_the_offer_when_there_is_one():
    assert healthcare_service(offer(counts=Counts(3), comment="Aile nord"), NOW)["comment"] == "Aile nord"
    assert "comment" not in healthcare_service(offer(counts=Counts(3)), NOW)


def test_a_location_has_the_id_of_its_unit_and_a_synchronisation_identifier():
    values = [identifier["value"] for identifier in location(offer(), NOW)["identifier"]]
    assert values == [f"11/{WARD}", f"1{HOSPITAL}/{WARD}"]


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
    assert place["identifier"][0]["value"] == f"11/{key}"
    assert resource_id(WARD) == WARD


def test_an_empty_page_has_no_entry():
    page = bundle(SearchPage(0, []), "http://a/fhir", "http://a/fhir/Location")
    Bundle.model_validate(page)
    assert "entry" not in page


def test_a_page_distinguishes_matches_from_included_resources():
    unit_offer = offer()
    page = bundle(
        SearchPage(9, [SearchEntry(location(unit_offer, NOW))], [SearchEntry(healthcare_service(unit_offer, NOW))]),
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
    assert [one["type"] for one in rest["resource"]] == ["Organization", "HealthcareService", "Location", "Task"]
    served = {one["type"]: {parameter["name"] for parameter in one["searchParam"]} for one in rest["resource"][:-1]}
    # Nothing refers to a HealthcareService.
    assert served == {kind: {*SEARCH[kind], *(() if kind == "HealthcareService" else ("_has",))} for kind in served}
    assert [one["code"] for one in rest["resource"][2]["interaction"]] == ["read", "search-type", "patch"]
