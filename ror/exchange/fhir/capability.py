"""The capabilities of this server (CapabilityStatement), and the search parameters that it supports."""

from datetime import date

from ror.exchange.fhir.terms import CANONICAL, Json, structure_definition

_EVERY = {
    "_id": ("token", "Identifiant technique de la ressource"),
    "_lastUpdated": ("date", "Date de dernière mise à jour : ge, gt, le, lt, ou rien pour « pendant »"),
    "identifier": ("token", "Identifiant, avec ou sans système"),
}
_OF_STRUCTURE = {"organization": ("reference", "Structure, par exemple Organization/990750001")}

SEARCH: dict[str, dict[str, tuple[str, str]]] = {
    "Organization": _EVERY,
    "HealthcareService": _EVERY | _OF_STRUCTURE,
    "Location": _EVERY
    | _OF_STRUCTURE
    | {"address-city": ("string", "Commune : début du nom, sans accents ni majuscules ; :contains, :exact")},
}
"""The parameters of each type, by name: their FHIR type and description; `_count` and `_revinclude` are not among them."""

REVINCLUDE = "HealthcareService:location"

_PROFILES = {
    "Organization": "ror-organization",
    "HealthcareService": "ror-healthcareservice",
    "Location": "ror-location",
}


def capability_statement(base: str, changed: date) -> Json:
    """Build the statement of a server at an address; `changed` is when its capabilities last changed."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": changed.isoformat(),
        "kind": "instance",
        "implementation": {"description": "Disponibilités en lits et places (ROR)", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "patchFormat": ["application/fhir+json"],
        "implementationGuide": [f"{CANONICAL}/ImplementationGuide/ans.fhir.fr.ror"],
        "rest": [
            {
                "mode": "server",
                "security": {"cors": False, "description": "Jeton « Authorization: Bearer » fait dans l'administration."},
                "resource": [_resource(kind) for kind in SEARCH],
            }
        ],
    }


def _resource(kind: str) -> Json:
    interactions = [{"code": "read"}, {"code": "search-type"}]
    parameters = [{"name": name, "type": type_, "documentation": words} for name, (type_, words) in SEARCH[kind].items()]
    resource: Json = {
        "type": kind,
        "profile": structure_definition(_PROFILES[kind]),
        "interaction": interactions,
        "versioning": "versioned",
        "searchParam": parameters,
    }
    if kind == "Location":
        words = "PATCH Location/[id] ou Location?identifier=... : Parameters d'un FHIRPath Patch (add, replace)"
        interactions.append({"code": "patch", "documentation": words})
        resource["searchRevInclude"] = [REVINCLUDE]
    return resource
