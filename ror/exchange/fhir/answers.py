"""What is answered around resources: a page of a search (Bundle), and what happened (OperationOutcome)."""

from collections.abc import Sequence
from dataclasses import dataclass

from ror.exchange.fhir.terms import Json


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search: `matched` of the `total` resources, and those that they bring with them."""

    total: int
    matched: Sequence[Json]
    included: Sequence[Json] = ()


def bundle(page: Page, base: str, self_link: str, next_link: str = "") -> Json:
    """A searchset. `base` is the address of the server, without a slash at its end."""
    links = [{"relation": "self", "url": self_link}]
    if next_link:
        links.append({"relation": "next", "url": next_link})
    entries = [_entry(base, resource, "match") for resource in page.matched]
    entries += [_entry(base, resource, "include") for resource in page.included]
    answer: Json = {"resourceType": "Bundle", "type": "searchset", "total": page.total, "link": links}
    # An empty list is no FHIR.
    return {**answer, "entry": entries} if entries else answer


def _entry(base: str, resource: Json, mode: str) -> Json:
    url = f"{base}/{resource['resourceType']}/{resource['id']}"
    return {"fullUrl": url, "resource": resource, "search": {"mode": mode}}


def outcome(code: str, sentence: str, expression: str = "", severity: str = "error") -> Json:
    """One issue: its `code` is of FHIR's list of issue types, its sentence is for the user, its expression where it is."""
    issue: Json = {"severity": severity, "code": code, "diagnostics": sentence}
    if expression:
        issue["expression"] = [expression]
    return {"resourceType": "OperationOutcome", "issue": [issue]}
