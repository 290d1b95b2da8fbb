"""FHIR on a real server: in the one process, behind the guard, over the demonstration."""

import json
import shutil
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fhir.resources.R4B.capabilitystatement import CapabilityStatement

from ror.demo.catalogue import ENTITY, SHOWCASE
from ror.model.rights import Perimeter
from ror.model.tokens import TokenScope
from ror.services.accounts import tokens
from ror.store.engine.database import Database
from tests.api.fhir_helpers import numbers
from tests.attacks.helpers import send_request
from tests.exchange.fhir.helpers import body, extension, operation
from tests.exchange.fhir.profiles import check
from tests.harness import Server

HOSPITAL = next(iter(SHOWCASE)).partition("-")[0]


@pytest.fixture(scope="module")
def served(seeded, tmp_path_factory):
    """Start a server on the demonstration; yield it and a token that reads it and declares for the group of its manager."""
    path, now = Path(shutil.copy(seeded, tmp_path_factory.mktemp("fhir") / "ror.duckdb")), datetime.now(UTC)
    database = Database(path)
    perimeter = Perimeter(legal_entities=frozenset({ENTITY}))
    _, text = tokens.create_token(database, None, "Essais fictifs", (TokenScope.READ, TokenScope.DECLARE), perimeter, 1, now)
    database.close()
    with Server(path, demo=True) as server:
        yield server, text


def ask(served, path, method="GET", content=None, **headers):
    """Return status, headers and resource."""
    server, text = served
    address = path if path.startswith("http") else server.url + path
    sent = {"Authorization": f"Bearer {text}", "Content-Type": "application/fhir+json", **headers}
    request = urllib.request.Request(address, content, sent, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, json.loads(answer.read())
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.headers, json.loads(refusal.read() or b"null")


def test_the_whole_region_is_read_page_after_page_and_is_what_the_profiles_say(served):
    address, found, services = "/fhir/Location?_revinclude=HealthcareService:location", [], 0
    while address:
        status, _, page = ask(served, address)
        assert status == 200
        for number, entry in enumerate(page["entry"]):
            if number % 20 == 0:
                check(entry["resource"])
            if entry["search"]["mode"] == "match":
                found.append(entry["resource"]["id"])
            else:
                services += 1
        address = {link["relation"]: link["url"] for link in page["link"]}.get("next")
    assert len(found) == len(set(found)) == services == page["total"]
    assert page["total"] > 1500


def test_the_organizations_of_the_region_are_what_their_profile_says(served):
    _, _, page = ask(served, "/fhir/Organization")
    for entry in page["entry"]:
        check(entry["resource"])


def test_what_the_server_can_do(served):
    server, _ = served
    status, headers, statement = ask(served, "/fhir/metadata")
    CapabilityStatement.model_validate(statement)
    assert (status, headers["content-type"]) == (200, "application/fhir+json")
    assert statement["implementation"]["url"] == f"{server.url}/fhir"


def test_a_number_that_is_sent_is_the_number_that_is_read(served):
    _, _, page = ask(served, f"/fhir/Location?organization={HOSPITAL}&_count=200")
    # One bed less than today's fictitious number: one more might be more than the unit has beside its occupied ones.
    place = next(
        entry["resource"]
        for entry in page["entry"]
        if entry["resource"]["status"] == "active"
        and (available := numbers(entry["resource"]).get("02", {})).get("capacityType") == "01"
        and available["nbCapacity"]
    )
    number = numbers(place)["02"]["nbCapacity"] - 1
    sent = body(operation(extension(number, datetime.now(UTC).isoformat())))
    status, headers, outcome = ask(
        served, f"/fhir/Location?identifier={place['identifier'][1]['value']}", "PATCH", json.dumps(sent).encode()
    )
    assert (status, headers["content-type"], outcome["resourceType"]) == (200, "application/fhir+json", "OperationOutcome")
    _, _, now = ask(served, f"/fhir/Location/{place['id']}")
    assert numbers(now)["02"]["nbCapacity"] == number
    assert now["meta"]["lastUpdated"] > place["meta"]["lastUpdated"]


@pytest.mark.parametrize(
    ("path", "method", "headers", "status"),
    [
        ("/fhir/Location", "PATCH", {"Content-Length": str(2**21)}, 413),
        ("/fhir/Location", "GET", {"Host": "ailleurs.example.org"}, 421),
        ("/fhir/Location", "GET", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("/fhir/Patient", "GET", {}, 404),
        ("/fhir/Location", "DELETE", {}, 405),
        ("/fhir/Location", "GET", {"Authorization": "Bearer ror_faux"}, 401),
    ],
)
def test_refusals_are_operation_outcomes(served, path, method, headers, status):
    content = b"{}" if method == "PATCH" else None
    answered, response_headers, outcome = ask(served, path, method, content, **headers)
    assert (answered, response_headers["content-type"], outcome["resourceType"]) == (
        status,
        "application/fhir+json",
        "OperationOutcome",
    )


def test_a_body_without_a_length_is_refused_once_it_is_too_large(served):
    server, text = served
    # The connection is kept alive, as other systems do: the server may break one that it closes before the answer is read.
    status, _, content = send_request(
        server,
        "/fhir/Location?identifier=1",
        "PATCH",
        (b" " * 2**16 for _ in range(2**5)),
        authorization=f"Bearer {text}",
        content_type="application/fhir+json",
        transfer_encoding="chunked",
    )
    issue = json.loads(content)["issue"][0]
    assert (status, issue["code"]) == (413, "too-long")
    assert "volumineux" in issue["diagnostics"]


def test_an_answer_may_be_cached_by_its_client_alone(served):
    _, headers, _ = ask(served, "/fhir/Location?_count=1")
    assert headers["cache-control"] == "private, no-cache"
    assert ask(served, "/fhir/Location?_count=1", **{"If-None-Match": headers["etag"]})[0] in (200, 304)
