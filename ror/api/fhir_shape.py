"""Select the elements of the resources that are sent: `_elements` and `_summary`."""

from dataclasses import dataclass

from ror.api.fhir_errors import BadSearch
from ror.exchange.fhir.terms import Json

_SUMMARY = {
    "Organization": frozenset({"identifier", "active", "type", "name", "partOf"}),
    "HealthcareService": frozenset(
        {"identifier", "active", "providedBy", "category", "type", "specialty", "location", "name", "comment"}
    ),
    "Location": frozenset({"identifier", "status", "operationalStatus", "name", "type", "managingOrganization"}),
}
"""The elements that FHIR R4 has in a summary of each type."""

_ALWAYS = frozenset({"resourceType", "id", "meta"})
_SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}


@dataclass(frozen=True, slots=True)
class ResponseShape:
    """The elements asked for, none for all of them; and the summary: "", "true", "text" or "count"."""

    elements: frozenset[str] = frozenset()
    summary: str = ""


def summary_of(value: str) -> str:
    """Parse `_summary`; "" for the values that leave the resources whole, since none has a narrative. Raises `BadSearch`."""
    if value in ("true", "text", "count"):
        return value
    if value in ("false", "data"):
        return ""
    raise BadSearch("« _summary » vaut true, text, data, count ou false.")


def shaped(resource: Json, shape: ResponseShape) -> Json:
    """Return a resource with the elements that a shape asks for; tagged SUBSETTED unless it asks for all of them."""
    if shape.summary == "true":
        wanted = _SUMMARY[resource["resourceType"]]
    elif shape.summary == "text":
        wanted = frozenset()
    elif shape.elements:
        wanted = shape.elements
    else:
        return resource
    kept = {name: value for name, value in resource.items() if name in wanted | _ALWAYS}
    meta = kept["meta"]
    return {**kept, "meta": {**meta, "tag": [*meta.get("tag", []), _SUBSETTED]}}
