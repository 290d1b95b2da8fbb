"""Telephones as contacts of the ROR: the extension of an offer, the contact of an organization."""

from ror.exchange.fhir.terms import Json, coded_extension, concept, structure_definition
from ror.model.telephone import telephone_numbers

_SWITCHBOARD, _BED_MANAGEMENT = "06", "16"
_LANDLINE = "2"
_PUBLIC = "1"


def offer_contacts(bed_telephone: str, telephone: str) -> list[Json]:
    """Build the extensions ror-healthcareservice-contact of stored telephones, that of bed management first."""
    return [*_offer_contact(_BED_MANAGEMENT, bed_telephone), *_offer_contact(_SWITCHBOARD, telephone)]


def _offer_contact(nature: str, telephone: str) -> list[Json]:
    """Build the extension of a stored telephone; none without a number. `nature` is a code of R287."""
    telecoms = [_offer_telecom(number) for number in telephone_numbers(telephone)]
    if not telecoms:
        return []
    purpose = {"url": "purposeContact", "valueCodeableConcept": concept("R287", nature)}
    parts = [purpose, coded_extension("ror-confidentiality-level", "R283", _PUBLIC), *telecoms]
    return [{"url": structure_definition("ror-healthcareservice-contact"), "extension": parts}]


def _offer_telecom(number: str) -> Json:
    parts = [*_telecom_extensions(), {"url": "telecomAddress", "valueString": number}]
    return {"url": structure_definition("ror-healthcareservice-contact-telecom"), "extension": parts}


def organization_contacts(bed_telephone: str, telephone: str) -> list[Json]:
    """Build the `contact` of stored telephones, that of bed management first."""
    return [*_organization_contact(_BED_MANAGEMENT, bed_telephone), *_organization_contact(_SWITCHBOARD, telephone)]


def _organization_contact(nature: str, telephone: str) -> list[Json]:
    """Build the `contact` of a stored telephone; none without a number. `nature` is a code of R287."""
    telecoms = [
        {"extension": _telecom_extensions(), "system": "phone", "value": number} for number in telephone_numbers(telephone)
    ]
    if not telecoms:
        return []
    level = coded_extension("ror-contact-confidentiality-level", "R283", _PUBLIC)
    return [{"extension": [level], "purpose": concept("R287", nature), "telecom": telecoms}]


def _telecom_extensions() -> list[Json]:
    return [
        coded_extension("ror-telecom-communication-channel", "R200", _LANDLINE),
        coded_extension("ror-telecom-confidentiality-level", "R283", _PUBLIC),
    ]
