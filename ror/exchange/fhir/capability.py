"""The capabilities of this server (CapabilityStatement), from the table of its search parameters."""

from datetime import date

from ror.exchange.fhir.search_parameters import INCLUSIONS, REFERENCES, SEARCH, SHAPING
from ror.exchange.fhir.terms import CANONICAL, Json, structure_definition

_SECURITY = "http://terminology.hl7.org/CodeSystem/restful-security-service"
_HAS = "http://hl7.org/fhir/SearchParameter/Resource-has"
_LINKS = (
    "Chaînage : location.[paramètre], organization.[paramètre] ; chaînage inverse : "
    "_has:[type]:[référence]:[paramètre]. Les critères de capacité d'une recherche portent sur un même nombre."
)

_PROFILES = {
    "Organization": "ror-organization",
    "HealthcareService": "ror-healthcareservice",
    "Location": "ror-location",
}

_TASK: Json = {
    "type": "Task",
    "profile": structure_definition("ror-task"),
    "documentation": "Signalement d'anomalie, thème 06 Exactitude : le nombre d'une unité n'est pas exact.",
    "interaction": [{"code": "create", "documentation": "POST Task ; focus : la Location ou le HealthcareService de l'unité"}],
}


def capability_statement(base: str, changed: date) -> Json:
    """Build the statement of the server at the address `base`; `changed` is the day when its capabilities last changed."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": changed.isoformat(),
        "kind": "instance",
        "instantiates": [f"{CANONICAL}/CapabilityStatement/ror-serveur"],
        "software": {"name": "Disponibilités en lits et en places"},
        "implementation": {"description": "Disponibilités en lits et places (ROR)", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "patchFormat": ["application/fhir+json"],
        "implementationGuide": [f"{CANONICAL}/ImplementationGuide/ans.fhir.fr.ror"],
        "rest": [
            {
                "mode": "server",
                "documentation": _LINKS,
                "security": {
                    "cors": False,
                    "service": [{"coding": [{"system": _SECURITY, "code": "OAuth"}], "text": "Jeton porteur (RFC 6750)"}],
                    "description": "Jeton « Authorization: Bearer » fait dans l'administration.",
                },
                "resource": [*(_resource(kind) for kind in SEARCH), _TASK],
                "searchParam": [
                    {"name": name, "type": type_, "documentation": words} for name, (type_, words) in SHAPING.items()
                ],
            }
        ],
    }


def _resource(kind: str) -> Json:
    """Build the entry of a type of resource: its profile, interactions, search parameters and inclusions."""
    interactions = [{"code": "read"}, {"code": "search-type"}]
    parameters: list[Json] = [
        {"name": name, "definition": one.definition, "type": one.type, "documentation": one.documentation}
        for name, one in SEARCH[kind].items()
    ]
    if any(kind in targets.values() for source, targets in REFERENCES.items() if source != kind):
        parameters.append({"name": "_has", "definition": _HAS, "type": "special", "documentation": "Chaînage inverse"})
    resource: Json = {
        "type": kind,
        "profile": structure_definition(_PROFILES[kind]),
        "interaction": interactions,
        "versioning": "versioned",
        "searchParam": parameters,
    }
    for name, element in (("_include", "searchInclude"), ("_revinclude", "searchRevInclude")):
        if INCLUSIONS[kind][name]:
            resource[element] = list(INCLUSIONS[kind][name])
    if kind == "Location":
        words = "PATCH Location/[id] ou Location?identifier=... : Parameters d'un FHIRPath Patch (add, replace)"
        interactions.append({"code": "patch", "documentation": words})
    return resource
