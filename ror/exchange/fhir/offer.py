"""A unit as two resources: its offer (HealthcareService), and the place of its beds (Location)."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from ror.exchange.fhir.capacity import UnitOffer, capacities
from ror.exchange.fhir.contacts import offer_contacts
from ror.exchange.fhir.organization import address, national_id
from ror.exchange.fhir.terms import (
    LOCATION_ID,
    PLACE_FUNCTIONS,
    Json,
    coding,
    concept,
    creation_date,
    head,
    instant,
    reference,
    structure_definition,
)
from ror.model.offer_description import OfferDescription, offer_description
from ror.model.territory import REGIONS, region_of

_CLOSED, _SUSPENDED = "DEF", "PRO"
"""Types of closing of an offer (R286): for good, for a time."""

_OPEN_STATUS, _SUSPENDED_STATUS, _CLOSED_STATUS = ("active", "3"), ("suspended", "2"), ("inactive", "1")
"""The status of a Location, and its code of R203."""

_YEAR = {"system": "http://unitsofmeasure.org", "code": "a"}
_COMMUNE = "3"
"""The type of a territorial division (R201) that is a commune."""

_COMMUNE_CODE = re.compile(r"\b(?:[0-9]{5}|2[AB][0-9]{3})\b")


def synchronisation_id(finess: str, unit: str) -> str:
    """Return the identifier by which bed management software addresses a Location: structure, `/`, unit."""
    return f"{national_id(finess)}/{unit}"


def functional_id(department: str, unit: str) -> str:
    """Return the identifier of a unit in the national registry: region, `/`, unit; the unit alone without a region."""
    region = region_of(department)
    return f"{region}/{unit}" if region else unit


@dataclass(frozen=True, slots=True)
class LocationName:
    """A unit that an identifier may name, on condition that it is of `structure` ("": any), in one of `departments`."""

    unit: str
    structure: str = ""
    departments: tuple[str, ...] | None = None


def location_names(identifier: str) -> list[LocationName]:
    """Return the units that an identifier may name.

    Its form is `unit`, `region/unit` (`functional_id`) or `1finess/unit` (`synchronisation_id`).
    """
    names = [LocationName(identifier)]
    before, slash, unit = identifier.partition("/")
    if slash and unit:
        if before in REGIONS:
            names.append(LocationName(unit, departments=REGIONS[before]))
        if before.startswith(national_id("")):
            names.append(LocationName(unit, structure=before.removeprefix(national_id(""))))
    return names


def healthcare_service(offer: UnitOffer, now: datetime) -> Json:
    """Build the HealthcareService of a unit (profile ror-healthcareservice), with the comment of its last declaration."""
    department, description = offer.structure.department, describe(offer)
    resource = _head("HealthcareService", offer, now)
    resource |= {
        "extension": _extensions(offer, description),
        "identifier": [{"type": concept("R355", "35"), "value": functional_id(department, offer.unit.id)}],
        "active": not offer.unit.closed,
        "providedBy": reference("Organization", offer.structure.finess),
        "category": [concept("R244", offer.kind.type_code, offer.kind.type_label)],
        "type": [concept("R227", offer.kind.activity_field)],
        "specialty": [concept("R211", description.operational_activity)],
        "location": [reference("Location", offer.unit.id)],
        "name": offer.unit.name,
        "characteristic": [concept("R213", description.care_mode)],
    }
    if offer.comment:
        resource["comment"] = offer.comment
    if offer.is_closed(now):
        resource["characteristic"].append(concept("R286", _CLOSED if offer.unit.closed else _SUSPENDED))
        resource["notAvailable"] = [
            {
                "id": "closingReopeningDate",
                "description": "Période de fermeture et de réouverture prévisionnelle",
                "during": _closure(offer),
            }
        ]
    return resource


def _head(kind: str, offer: UnitOffer, now: datetime) -> Json:
    """Build the first elements of a resource of a unit. Its version also changes when a unit closed for a time reopens."""
    resource = head(kind, offer.unit.id, f"ror-{kind.lower()}", offer.version, offer.structure.department)
    if offer.closed_until is not None and not offer.closed_for_a_time(now):
        resource["meta"]["versionId"] += ".reopened"
    return resource


def describe(offer: UnitOffer) -> OfferDescription:
    """Return the care, the activity and the patients of an offer."""
    return offer_description(offer.unit, offer.kind.activity_field)


def is_complete(offer: UnitOffer) -> bool:
    """Return whether an offer has the elements that its profile requires; otherwise it is not sent (RG_EXP_002)."""
    description = describe(offer)
    return bool(offer.kind.activity_field and description.care_mode and description.operational_activity)


def _closure(offer: UnitOffer) -> Json:
    """Build the period in which a unit is closed.

    It starts with the last change in the registry of a unit closed there, and never ends; otherwise it starts with the
    declaration of the closure and ends when the unit reopens.
    """
    if offer.unit.closed or offer.closed_until is None:
        return {"start": instant(offer.registered.at)}
    end = (offer.closed_until + timedelta(days=1)).isoformat()
    return {"start": instant(offer.observed_at or offer.version.at), "end": end}


def _extensions(offer: UnitOffer, description: OfferDescription) -> list[Json]:
    unit = offer.unit
    extensions = [
        creation_date(offer.created_at),
        {"url": structure_definition("ror-healthcareservice-sensitive-unit"), "valueBoolean": unit.sensitive},
        _patients(description),
    ]
    if unit.psychiatric_sector:
        url = structure_definition("ror-healthcareservice-psychiatric-sector")
        extensions.append({"url": url, "valueString": unit.psychiatric_sector})
    extensions += (_zone(code) for code in _COMMUNE_CODE.findall(unit.intervention_zone))
    bed_telephone = unit.bed_telephone or offer.structure.bed_telephone
    return extensions + offer_contacts(bed_telephone, unit.telephone or offer.structure.telephone)


def _patients(description: OfferDescription) -> Json:
    ages = {name: {"value": age, **_YEAR} for name, age in (("low", description.youngest), ("high", description.oldest))}
    parts: list[Json] = [{"url": "ageRange", "valueRange": ages}]
    if description.public:
        parts.append({"url": "supportedPatientInfo", "valueCodeableConcept": concept("R239", description.public)})
    return {"url": structure_definition("ror-healthcareservice-patient-type"), "extension": parts}


def _zone(code: str) -> Json:
    """Build the extension of one commune of an intervention zone, which consists of communes only (RG_EXP_009)."""
    parts = [
        {"url": "codeTerritorialDivision", "valueCodeableConcept": concept("R13", code)},
        {"url": "typeTerritorialDivision", "valueCodeableConcept": concept("R201", _COMMUNE)},
    ]
    return {"url": structure_definition("ror-territorial-division"), "extension": parts}


def location(offer: UnitOffer, now: datetime) -> Json:
    """Build the Location of a unit with its numbers (profile ror-location)."""
    structure, unit = offer.structure, offer.unit
    status, operational = _CLOSED_STATUS if unit.closed else _SUSPENDED_STATUS if offer.is_closed(now) else _OPEN_STATUS
    resource = _head("Location", offer, now)
    resource["extension"] = [creation_date(offer.created_at), _commune(offer), *capacities(offer, now)]
    resource["identifier"] = [
        _identifier("25", functional_id(structure.department, unit.id)),
        _identifier("26", synchronisation_id(structure.finess, unit.id)),
    ]
    resource |= {"status": status, "operationalStatus": coding("R203", operational), "name": unit.name}
    resource["type"] = [
        concept("R343", code) for code, fields in PLACE_FUNCTIONS.items() if offer.kind.activity_field in fields
    ]
    if postal_address := address(structure):
        resource["address"] = postal_address
    if structure.latitude is not None and structure.longitude is not None:
        # Reliable, since a position is stored only after it was checked against the commune and the département.
        reliable = {"url": structure_definition("ror-coordinate-reliability"), "valueBoolean": True}
        resource["position"] = {"extension": [reliable], "longitude": structure.longitude, "latitude": structure.latitude}
    resource["managingOrganization"] = reference("Organization", structure.finess)
    return resource


def _commune(offer: UnitOffer) -> Json:
    commune = concept("R13", offer.structure.commune_code, offer.structure.commune)
    return {"url": structure_definition("ror-commune-cog"), "valueCodeableConcept": commune}


def _identifier(code: str, value: str) -> Json:
    return {"type": concept("R354", code), "system": LOCATION_ID, "value": value}
