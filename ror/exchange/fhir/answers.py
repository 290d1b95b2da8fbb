"""The resources that wrap others: a page of a search (Bundle), and the outcome of a request (OperationOutcome)."""

from collections.abc import Sequence
from dataclasses import dataclass

from ror.exchange.fhir.terms import Json

DISTANCE = "http://hl7.org/fhir/StructureDefinition/location-distance"
"""The extension for the distance of a place to the point of the search; the national server uses the same one."""


@dataclass(frozen=True, slots=True)
class SearchEntry:
    """A resource of a page; `distance` is in kilometres from the point of the search, None without one."""

    resource: Json
    distance: float | None = None


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of a search: `matched` of the `total` resources, and the resources `included` with them."""

    total: int
    matched: Sequence[SearchEntry]
    included: Sequence[SearchEntry] = ()


def bundle(page: SearchPage, base: str, self_link: str, next_link: str = "") -> Json:
    """Build a searchset. `base` is the address of the server, without a slash at its end."""
    links = [{"relation": "self", "url": self_link}]
    if next_link:
        links.append({"relation": "next", "url": next_link})
    entries = [_entry(base, entry, "match") for entry in page.matched]
    entries += [_entry(base, entry, "include") for entry in page.included]
    resource: Json = {"resourceType": "Bundle", "type": "searchset", "total": page.total, "link": links}
    # FHIR forbids an empty list.
    return {**resource, "entry": entries} if entries else resource


def _entry(base: str, entry: SearchEntry, mode: str) -> Json:
    search: Json = {"mode": mode}
    if entry.distance is not None:
        distance = {"value": round(entry.distance, 1), "unit": "km", "system": "http://unitsofmeasure.org", "code": "km"}
        search = {"extension": [{"url": DISTANCE, "valueDistance": distance}], **search}
    url = f"{base}/{entry.resource['resourceType']}/{entry.resource['id']}"
    return {"fullUrl": url, "resource": entry.resource, "search": search}


def outcome(code: str, message: str, expression: str = "", severity: str = "error") -> Json:
    """Build an OperationOutcome of one issue: a FHIR issue type, the message for the user, the element it is about."""
    return outcome_of([issue(code, message, expression, severity)])


def outcome_of(issues: Sequence[Json]) -> Json:
    """Build an OperationOutcome of one issue or more."""
    return {"resourceType": "OperationOutcome", "issue": list(issues)}


def issue(code: str, message: str, expression: str = "", severity: str = "error") -> Json:
    """Build an issue of an OperationOutcome; see `outcome`."""
    built: Json = {"severity": severity, "code": code, "diagnostics": message}
    return {**built, "expression": [expression]} if expression else built
