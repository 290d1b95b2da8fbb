"""Each route of the interfaces, requested by nobody, by a session of the screens and by each scope of a token."""

import json
import re
from datetime import UTC, datetime

import pytest
from fastapi.routing import APIRoute
from starlette.routing import Mount

from ror.api import v1
from ror.api.application import application
from ror.model.rights import Perimeter
from ror.model.tokens import TokenScope
from ror.services.accounts import tokens
from ror.store.engine.database import Database
from tests.attacks.helpers import cookie, prepare, send_request, serving
from tests.region import CORALIE, HOME, HOSPITAL, WARD, own_settings

__all__ = ["own_settings"]

CLIENTS = ("nobody", "session", *TokenScope)
OPEN, READING = (200,) * 6, (401, 401, 200, 200, 200, 403)
# The status of each route, for those of `CLIENTS`.
ROUTES = {
    "GET /api/v1/structures": READING,
    f"GET /api/v1/structures/{HOME}": READING,
    "GET /api/v1/units": READING,
    "GET /api/v1/availability": READING,
    "GET /api/v1/availability?at=2026-01-01T00:00:00Z": READING,
    "GET /api/v1/declarations": READING,
    "POST /api/v1/declarations": (401, 401, 403, 201, 403, 403),
    "GET /api/v1/journal": (401, 401, 403, 403, 403, 200),
    "GET /api/v1/problems": OPEN,
    "GET /api/v1/openapi.json": OPEN,
    "GET /api/v1/docs": OPEN,
    "GET /api/v1/docs/reader.js": OPEN,
    "GET /fhir/metadata": OPEN,
    "GET /fhir/Organization": READING,
    "GET /fhir/HealthcareService": READING,
    "GET /fhir/Location": READING,
    "POST /fhir/Task": (401, 401, 403, 403, 422, 403),
}
BODY = json.dumps({"unit": WARD, "counts": {"available": 3}, "source_type": "02"})


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Start a server; yield it and the headers of each client of `CLIENTS`."""
    folder = tmp_path_factory.mktemp("tokens")
    prepare(folder / "ror.duckdb")
    database, now, sent = (
        Database(folder / "ror.duckdb"),
        datetime.now(UTC),
        {"nobody": {}, "session": {"cookie": cookie(CORALIE)}},
    )
    for scope in TokenScope:
        perimeter = Perimeter(structures=frozenset({HOSPITAL})) if scope is TokenScope.DECLARE else Perimeter()
        _, text = tokens.create_token(database, None, f"Jeton {scope}", [scope], perimeter, 1, now)
        sent[scope] = {"authorization": f"Bearer {text}"}
    database.close()
    with serving(folder) as server:
        yield server, sent


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("route", ROUTES)
def test_a_route_answers_each_client_with_the_status_of_the_table(served, route, client):
    server, sent = served
    method, _, address = route.partition(" ")
    body, kind = (BODY, {"content_type": "application/json"}) if method == "POST" else (None, {})
    assert send_request(server, address, method, body, **kind, **sent[client])[0] == ROUTES[route][CLIENTS.index(client)]


def test_every_route_of_the_json_interface_is_in_the_table():
    described = {
        f"{method.upper()} /api{path}" for path, operations in application().openapi()["paths"].items() for method in operations
    }
    requested = {route.partition("?")[0].replace(HOME, "{finess}") for route in ROUTES if "/api/" in route}
    assert described <= requested


def test_every_route_that_reads_or_writes_asks_who_it_is_for():
    for route in v1.router.routes:
        assert isinstance(route, APIRoute)
        assert "caller" in {one.call.__name__ for one in route.dependant.dependencies if one.call}


def test_the_interfaces_are_mounted_behind_the_guard():
    from app import app

    assert {route.path for route in app._user_routes if isinstance(route, Mount)} == {"/api", "/fhir"}


@pytest.mark.parametrize("text", ["", "Bearer", "Bearer ", "Bearer ror_", "Basic ror_x", "Bearer ror_é", "bearer x" * 500])
def test_an_unknown_token_gives_no_access(served, text):
    assert send_request(served[0], "/api/v1/units", authorization=text.encode("latin-1"))[0] == 401


def test_a_token_opens_no_screen(served):
    server, sent = served
    assert send_request(server, "/media/x.csv", **sent[TokenScope.READ])[0] == 403
    assert not re.search("ror_session=.", send_request(server, "/", **sent[TokenScope.READ])[1].get("set-cookie", ""))
