"""A unit as two resources: its offer (HealthcareService), and the place of its beds (Location)."""

from datetime import datetime, timedelta

from ror.exchange.fhir.capacity import UnitOffer, capacities
from ror.exchange.fhir.organization import address, national_id
from ror.exchange.fhir.terms import (
    LOCATION_ID,
    Json,
    concept,
    head,
    instant,
    reference,
    structure_definition,
)

_IDENTIFIER = "Identifiant du lieu de réalisation de l'offre connu par l'instance ROR"
_SYNCHRONISATION = "Identifiant externe de synchronisation"


def synchronisation_id(finess: str, unit: str) -> str:
    """Return the identifier by which bed management software addresses a Location: structure, `/`, unit."""
    return f"{national_id(finess)}/{unit}"


def structure_and_unit(identifier: str) -> str:
    """Return `finess/unit` for the identifier that `synchronisation_id` makes of them; "" for any other."""
    pair = identifier.removeprefix(national_id(""))
    return pair if pair != identifier and "/" in pair else ""


def healthcare_service(offer: UnitOffer, now: datetime) -> Json:
    """Build the HealthcareService of a unit (profile ror-healthcareservice), with the comment of its last declaration.

    The profile also has the mode of care, the activity and the patients, which the service does not store.
    """
    resource = head("HealthcareService", offer.unit.id, "ror-healthcareservice", offer.version)
    resource |= {
        "identifier": [{"use": "official", "value": offer.unit.id}],
        "active": not offer.unit.closed,
        "providedBy": reference("Organization", offer.structure.finess),
        "category": [concept("R244", offer.kind.type_code, offer.kind.type_label)],
        "type": [concept("R227", offer.kind.activity_field)],
        "location": [reference("Location", offer.unit.id)],
        "name": offer.unit.name,
    }
    if offer.comment:
        resource["comment"] = offer.comment
    if offer.closed_until is not None and offer.closed_for_a_time(now):
        during = {"end": (offer.closed_until + timedelta(days=1)).isoformat()}
        if offer.observed_at is not None:
            during = {"start": instant(offer.observed_at), **during}
        resource["notAvailable"] = [
            {
                "id": "closingReopeningDate",
                "description": "Période de fermeture et de réouverture prévisionnelle",
                "during": during,
            }
        ]
    return resource


def location(offer: UnitOffer, now: datetime) -> Json:
    """Build the Location of a unit with its numbers by status (profile ror-location)."""
    structure = offer.structure
    resource = head("Location", offer.unit.id, "ror-location", offer.version)
    resource["extension"] = [_commune(offer), *capacities(offer, now)]
    resource["identifier"] = [
        _identifier("25", _IDENTIFIER, offer.unit.id),
        _identifier("26", _SYNCHRONISATION, synchronisation_id(structure.finess, offer.unit.id)),
    ]
    resource["status"] = "inactive" if offer.unit.closed else "suspended" if offer.closed_for_a_time(now) else "active"
    resource["name"] = offer.unit.name
    if postal_address := address(structure):
        resource["address"] = postal_address
    if structure.latitude is not None and structure.longitude is not None:
        resource["position"] = {"longitude": structure.longitude, "latitude": structure.latitude}
    resource["managingOrganization"] = reference("Organization", structure.finess)
    return resource


def _commune(offer: UnitOffer) -> Json:
    commune = concept("R13", offer.structure.commune_code, offer.structure.commune)
    return {"url": structure_definition("ror-commune-cog"), "valueCodeableConcept": commune}


def _identifier(code: str, label: str, value: str) -> Json:
    return {"type": concept("R354", code, label), "system": LOCATION_ID, "value": value}
