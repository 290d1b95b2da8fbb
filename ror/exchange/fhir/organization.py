"""Structures and legal entities as Organization resources (profile ror-organization)."""

from datetime import datetime

from ror.exchange.fhir.contacts import organization_contacts
from ror.exchange.fhir.terms import FINESS, NATIONAL_ID, Json, Version, concept, creation_date, head, reference
from ror.model.registry import LegalEntity, Structure

_IDENTIFIER_LABELS = {"1": "FINESS", "40": "Identifiant national de structure"}


def national_id(finess: str) -> str:
    """Return the national identifier of a structure (IdNatStruct of the CI-SIS): 1, for FINESS, and its number."""
    return f"1{finess}"


def organization(entry: Structure | LegalEntity, created_at: datetime, version: Version, department: str) -> Json:
    """Build an Organization; a structure is part of its legal entity. `department` is "" for an entity without one."""
    resource = head("Organization", entry.finess, "ror-organization", version, department)
    resource["extension"] = [creation_date(created_at)]
    resource["identifier"] = [
        _identifier("40", NATIONAL_ID, national_id(entry.finess)),
        _identifier("1", FINESS, entry.finess),
    ]
    resource["name"] = entry.name
    if isinstance(entry, Structure):
        resource["active"] = not entry.closed
        if entry.category_code:
            resource["type"] = [concept("R66", entry.category_code, entry.category)]
        if entry.legal_entity and entry.legal_entity != entry.finess:
            resource["partOf"] = reference("Organization", entry.legal_entity)
        if contacts := organization_contacts(entry.bed_telephone, entry.telephone):
            resource["contact"] = contacts
    if postal_address := address(entry):
        resource["address"] = [postal_address]
    return resource


def address(entry: Structure | LegalEntity) -> Json:
    """Build the postal address of a structure or of a legal entity, without the parts that are unknown."""
    parts: Json = {"line": [entry.address] if entry.address else []}
    parts |= {"city": entry.commune, "postalCode": entry.postal_code}
    return {name: value for name, value in parts.items() if value}


def _identifier(code: str, system: str, value: str) -> Json:
    return {"use": "official", "type": concept("G07", code, _IDENTIFIER_LABELS[code]), "system": system, "value": value}
