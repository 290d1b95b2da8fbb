"""The FHIR interface over the tiny region, asked as another system does."""

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
def asking(text: str = "") -> Iterator[TestClient]:
    """Whoever shows this token; nobody when it is empty."""
    access._limiter.cache_clear()
    headers = {"authorization": f"Bearer {text}"} if text else {}
    mounted = Starlette(routes=[Mount("/fhir", application())])
    with TestClient(mounted, "http://testserver/fhir", headers=headers, raise_server_exceptions=False) as client:
        yield client


def searched(answer: httpx2.Response) -> Json:
    """A page of a search: a searchset of which every resource is what its profile says."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/fhir+json"
    page: Json = answer.json()
    Bundle.model_validate_json(answer.text)
    assert page["type"] == "searchset"
    for entry in page.get("entry", []):
        check(entry["resource"])
        kind, key = entry["resource"]["resourceType"], entry["resource"]["id"]
        assert entry["fullUrl"] == f"http://testserver/fhir/{kind}/{key}"
    return page


def keys(page: Json, mode: str = "match") -> list[str]:
    """The ids of what a page holds."""
    return [entry["resource"]["id"] for entry in page.get("entry", []) if entry["search"]["mode"] == mode]


def found(reader: TestClient, query: str) -> list[str]:
    """The ids that a search finds, and their number, which it says too."""
    page = searched(reader.get(query))
    assert page["total"] == len(keys(page))
    return keys(page)


def links(page: Json) -> dict[str, str]:
    """The links of a page, as the client follows them."""
    return {link["relation"]: link["url"].removeprefix("http://testserver/fhir") for link in page["link"]}


def issue(answer: httpx2.Response) -> tuple[int, str]:
    """Status and issue type of an OperationOutcome that has a sentence."""
    assert answer.headers["content-type"] == "application/fhir+json", answer.text
    OperationOutcome.model_validate_json(answer.text)
    (told,) = answer.json()["issue"]
    assert told["diagnostics"][-1] in ".0123456789=" or told["diagnostics"].endswith("...")
    return answer.status_code, told["code"]


def sentence(answer: httpx2.Response) -> str:
    """What an OperationOutcome says."""
    return str(answer.json()["issue"][0]["diagnostics"])


def numbers(location: Json) -> dict[str, Json]:
    """The parts of the capacities of a Location by the code of their status: codes, number, instant."""
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
