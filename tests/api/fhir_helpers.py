"""Helpers: a client of the FHIR interface over the tiny region, and functions that check and read its responses."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx2
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.operationoutcome import OperationOutcome
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from ror.api import access
from ror.api.fhir import application
from tests.exchange.fhir.profiles import check

Json = dict[str, Any]


@contextmanager
def client_with(text: str = "") -> Iterator[TestClient]:
    """Open a client with this token; without any when it is empty."""
    access._limiter.cache_clear()
    headers = {"authorization": f"Bearer {text}"} if text else {}
    mounted = Starlette(routes=[Mount("/fhir", application())])
    with TestClient(mounted, "http://testserver/fhir", headers=headers, raise_server_exceptions=False) as client:
        yield client


def searched(answer: httpx2.Response, *, whole: bool = True) -> Json:
    """Return a page of a search once it is checked; `whole` is False for resources that lack elements, which fit no profile."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/fhir+json"
    page: Json = answer.json()
    Bundle.model_validate_json(answer.text)
    assert page["type"] == "searchset"
    for entry in page.get("entry", []):
        if whole:
            check(entry["resource"])
        kind, key = entry["resource"]["resourceType"], entry["resource"]["id"]
        assert entry["fullUrl"] == f"http://testserver/fhir/{kind}/{key}"
    return page


def keys(page: Json, mode: str = "match") -> list[str]:
    """Return the ids of the resources of a page."""
    return [entry["resource"]["id"] for entry in page.get("entry", []) if entry["search"]["mode"] == mode]


def found(reader: TestClient, query: str) -> list[str]:
    """Return the ids that a search finds, after a check of its total."""
    page = searched(reader.get(query))
    assert page["total"] == len(keys(page))
    return keys(page)


def links(page: Json) -> dict[str, str]:
    """Return the links of a page, as the client follows them."""
    return {link["relation"]: link["url"].removeprefix("http://testserver/fhir") for link in page["link"]}


def issue(answer: httpx2.Response) -> tuple[int, str]:
    """Return the status and the issue type of an OperationOutcome, after a check of its message."""
    assert answer.headers["content-type"] == "application/fhir+json", answer.text
    OperationOutcome.model_validate_json(answer.text)
    (details,) = answer.json()["issue"]
    assert details["diagnostics"][-1] in ".0123456789=" or details["diagnostics"].endswith("...")
    return answer.status_code, details["code"]


def sentence(answer: httpx2.Response) -> str:
    """Return the message of an OperationOutcome."""
    return str(answer.json()["issue"][0]["diagnostics"])


def numbers(location: Json) -> dict[str, Json]:
    """Return the capacities of a Location by the code of their status: codes, number, instant."""
    found = {}
    for extension in location["extension"]:
        if extension["url"].endswith("/ror-location-supported-capacity"):
            parts = {part["url"]: _value(part) for part in extension["extension"]}
            found[parts["capacityStatus"]] = parts
    return found


def _value(part: Json) -> Any:
    if "valueCodeableConcept" in part:
        return part["valueCodeableConcept"]["coding"][0]["code"]
    if "valueDateTime" in part:
        return datetime.fromisoformat(part["valueDateTime"]).astimezone(UTC)
    return part["valueInteger"]
