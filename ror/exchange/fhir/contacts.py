"""Telephones as contacts of the ROR: the extension of an offer, the contact of an organization."""

from ror.exchange.fhir.terms import Json, coded_extension, concept, structure_definition
from ror.model.telephone import telephone_numbers

_SWITCHBOARD = "06"
_LANDLINE = "2"
_PUBLIC = "1"


def offer_contacts(telephone: str) -> list[Json]:
    """Build the extension ror-healthcareservice-contact of a stored telephone; none without a number."""
    telecoms = [_offer_telecom(number) for number in telephone_numbers(telephone)]
    if not telecoms:
        return []
    purpose = {"url": "purposeContact", "valueCodeableConcept": concept("R287", _SWITCHBOARD)}
    parts = [purpose, coded_extension("ror-confidentiality-level", "R283", _PUBLIC), *telecoms]
    return [{"url": structure_definition("ror-healthcareservice-contact"), "extension": parts}]


def _offer_telecom(number: str) -> Json:
    parts = [*_telecom_extensions(), {"url": "telecomAddress", "valueString": number}]
    return {"url": structure_definition("ror-healthcareservice-contact-telecom"), "extension": parts}


def organization_contacts(telephone: str) -> list[Json]:
    """Build the `contact` of a stored telephone; none without a number."""
    telecoms = [
        {"extension": _telecom_extensions(), "system": "phone", "value": number} for number in telephone_numbers(telephone)
    ]
    if not telecoms:
        return []
    level = coded_extension("ror-contact-confidentiality-level", "R283", _PUBLIC)
    return [{"extension": [level], "purpose": concept("R287", _SWITCHBOARD), "telecom": telecoms}]


def _telecom_extensions() -> list[Json]:
    return [
        coded_extension("ror-telecom-communication-channel", "R200", _LANDLINE),
        coded_extension("ror-telecom-confidentiality-level", "R283", _PUBLIC),
    ]
