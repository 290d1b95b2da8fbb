"""Conditional requests: an unchanged answer is not sent again, a changed one is."""

from datetime import UTC, datetime

import pytest

from tests.api.helpers import client_with, token
from tests.region import HOME, WARD, change_unit, write

ADDRESSES = ("/v1/structures", f"/v1/structures/{HOME}", "/v1/units", "/v1/availability", "/v1/declarations")
OF_THE_LOG = ADDRESSES[3:]


@pytest.fixture
def reader(region):
    with client_with(token(region)) as client:
        yield client


def tag(reader, address):
    answer = reader.get(address)
    assert answer.status_code == 200
    return answer.headers["etag"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_unchanged_board_answers_304_without_a_body(reader, address):
    held = tag(reader, address)
    assert held.startswith('W/"')
    for named in (held, held.removeprefix("W/"), f'"autre", {held}', "*"):
        again = reader.get(address, headers={"if-none-match": named})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", held)
    assert reader.get(address, headers={"if-none-match": '"autre"'}).status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_change_makes_another_answer(reader, region, address):
    held = tag(reader, address)
    if address in OF_THE_LOG:
        write(region, WARD, 5, datetime.now(UTC))
    else:
        change_unit(region, WARD, installed=25)
    assert reader.get(address, headers={"if-none-match": held}).status_code == 200


def test_a_declaration_does_not_change_the_tag_of_the_registry(reader, region):
    held = tag(reader, "/v1/units")
    write(region, WARD, 5, datetime.now(UTC))
    assert reader.get("/v1/units", headers={"if-none-match": held}).status_code == 304


def test_another_query_has_another_tag(reader):
    queries = ("", "?limit=5", "?limit=5&after=a", "?department=75", "?at_least=1", "?at=2026-01-01T00:00:00Z")
    assert len({tag(reader, f"/v1/availability{query}") for query in queries}) == len(queries)


def test_a_tag_gives_no_answer_without_a_token(reader, region):
    held = tag(reader, "/v1/units")
    with client_with() as nobody:
        assert nobody.get("/v1/units", headers={"if-none-match": held}).status_code == 401
