"""The JSON interface on a real server: in the one process, behind the guard, over the demonstration."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ror.demo.catalogue import ENTITY, SHOWCASE
from ror.model.rights import Perimeter
from ror.model.tokens import TokenScope
from ror.services.accounts import tokens
from ror.store.engine.database import Database
from tests.attacks.helpers import send_request
from tests.harness import Server

HOSPITAL = next(iter(SHOWCASE)).partition("-")[0]


@pytest.fixture(scope="module")
def served(seeded, tmp_path_factory):
    """Start a server on the demonstration; yield it and a token that reads all and declares for the manager's group."""
    path, now = shutil.copy(seeded, tmp_path_factory.mktemp("interface") / "ror.duckdb"), datetime.now(UTC)
    database = Database(path)
    perimeter = Perimeter(legal_entities=frozenset({ENTITY}))
    _, text = tokens.create_token(database, None, "Essais fictifs", tuple(TokenScope), perimeter, 1, now)
    database.close()
    with Server(path, demo=True, environment={"ROR_API_REQUESTS_PER_MINUTE": "100000"}) as server:
        yield server, text


def get(served, path, **headers):
    server, text = served
    return send_request(server, path, authorization=f"Bearer {text}", **headers)


def read(served, path):
    status, _, body = get(served, path)
    assert status == 200, body
    return json.loads(body)


def problem(answer):
    status, headers, body = answer
    assert headers["content-type"] == "application/problem+json"
    return status, json.loads(body)["type"].partition("#")[2]


def test_the_whole_region_is_read_page_after_page(served):
    address, found = "/api/v1/availability?limit=1000", []
    while address:
        page = read(served, address)
        found += [offer["unit"] for offer in page["items"]]
        address = page["next"]
    assert found == sorted(set(found))
    assert len(found) > 1500
    assert {offer["structure"] for offer in read(served, f"/api/v1/units?structure={HOSPITAL}")["items"]} == {HOSPITAL}


def test_the_past_is_read_from_the_log(served):
    then = f"{datetime.now(UTC) - timedelta(days=20):%Y-%m-%dT%H:%M:%SZ}"
    now = read(served, f"/api/v1/availability?structure={HOSPITAL}")["items"]
    past = read(served, f"/api/v1/availability?structure={HOSPITAL}&at={then}")["items"]
    assert [one["unit"] for one in now] == [one["unit"] for one in past]
    assert all(one["observed_at"] is None or one["observed_at"] < then for one in past)
    assert any(one["observed_at"] for one in past)


def test_an_answer_is_cached_by_its_client_alone_and_revalidated(served):
    _, headers, _ = get(served, "/api/v1/units")
    assert headers["cache-control"] == "private, no-cache"
    assert headers["content-type"] == "application/json"
    assert headers["x-content-type-options"] == "nosniff"
    status, again, body = get(served, "/api/v1/units", if_none_match=headers["etag"])
    assert (status, body, again["etag"]) == (304, b"", headers["etag"])


def test_a_rejection_of_the_guard_is_a_problem_too(served):
    assert problem(get(served, "/api/v1/units", host="ailleurs.example")) == (421, "misdirected")
    assert problem(get(served, "/api/v1/units", sec_fetch_site="cross-site")) == (403, "elsewhere")
    server, text = served
    headers = {"authorization": f"Bearer {text}", "content_type": "application/json"}
    large = b" " * (2**20 + 1)
    assert problem(send_request(server, "/api/v1/declarations", "POST", large, **headers)) == (413, "too-large")
    chunks = (large[:60_000] for _ in range(20))
    sent = send_request(server, "/api/v1/declarations", "POST", chunks, **headers, transfer_encoding="chunked")
    assert problem(sent) == (413, "too-large")


def test_a_session_of_the_screens_gives_no_access(served):
    assert problem(send_request(served[0], "/api/v1/units", cookie="ror_session=x")) == (401, "unauthenticated")


def test_the_description_and_its_page_are_served_from_here(served):
    described = json.loads(send_request(served[0], "/api/v1/openapi.json")[2])
    assert described["openapi"].startswith("3.1")
    assert described["servers"] == [{"url": "/api"}]
    status, headers, page = send_request(served[0], "/api/v1/docs", accept="text/html")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert b"://" not in page
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "reader.css", "reader.js"):
        assert f"docs/{name}".encode() in page
        assert send_request(served[0], f"/api/v1/docs/{name}")[0] == 200
    assert send_request(served[0], "/api/v1/docs/other.js")[0] == 404


def test_requests_are_counted_by_route_and_not_by_address(served):
    read(served, f"/api/v1/structures/{HOSPITAL}")
    figures = send_request(served[0], "/metrics")[2].decode()
    counted = 'ror_exchange_seconds_count{interface="api",method="GET",route="/v1/structures/{finess}",status="200"}'
    assert counted in figures
    assert HOSPITAL not in figures


def test_the_interface_conforms_to_its_description(served, tmp_path):
    server, text = served
    described = f"{server.url}/api/v1/openapi.json"
    run = subprocess.run(
        [
            *(Path(sys.executable).with_name("schemathesis"), "run", described, "--header", f"Authorization: Bearer {text}"),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", "10", "--seed", "1", "--warnings", "off"),
            # A body that fits the description may still name a unit that does not exist, or break a rule of the field.
            *("--exclude-checks", "positive_data_acceptance", "--continue-on-failure"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[-8000:]
    assert "8 selected / 8 total" in run.stdout


def test_head_returns_the_headers_of_get(served):
    server, text = served
    status, headers, body = send_request(server, "/api/v1/units", "HEAD", authorization=f"Bearer {text}")
    _, whole, _ = get(served, "/api/v1/units")
    assert (status, body, headers["etag"]) == (200, b"", whole["etag"])
