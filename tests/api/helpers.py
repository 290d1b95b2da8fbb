"""Helpers: a client of the JSON interface over the tiny region, and functions that check and read its responses."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx2
from starlette.testclient import TestClient

from ror.api import access
from ror.api.application import application
from ror.model.rights import Perimeter
from ror.model.tokens import TokenScope
from ror.services.accounts import tokens
from ror.store.engine.database import Database
from tests.region import ADELE


def token(db: Database, *scopes: TokenScope, structures: tuple[str, ...] = ()) -> str:
    """Create a token and return its text; without scopes it may read."""
    perimeter = Perimeter(structures=frozenset(structures))
    return tokens.create_token(db, ADELE, "Système fictif", scopes or (TokenScope.READ,), perimeter, 30, datetime.now(UTC))[1]


@contextmanager
def client_with(text: str = "") -> Iterator[TestClient]:
    """Open a client with this token; without any when it is empty."""
    access._limiter.cache_clear()
    headers = {"authorization": f"Bearer {text}"} if text else {}
    with TestClient(application(), root_path="/api", headers=headers, raise_server_exceptions=False) as client:
        yield client


def items(answer: httpx2.Response) -> list[dict[str, Any]]:
    """Return the items of a page."""
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def pages(client: TestClient, address: str) -> list[list[dict[str, Any]]]:
    """Return the pages of a list, each followed to the next."""
    found = []
    while address:
        answer = client.get(address)
        found.append(items(answer))
        address = (answer.json()["next"] or "").removeprefix("/api")
    return found


def problem(answer: httpx2.Response) -> tuple[int, str]:
    """Return the status and the kind of a problem, after a check of its fields."""
    assert answer.headers["content-type"] == "application/problem+json"
    body = json.loads(answer.text)
    assert body["status"] == answer.status_code
    assert body["title"]
    assert body["detail"]
    assert body["instance"].startswith(("/", "#"))
    address, _, kind = body["type"].partition("#")
    assert address == "/api/v1/problems"
    return answer.status_code, kind
