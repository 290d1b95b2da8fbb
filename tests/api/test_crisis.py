"""A crisis through the JSON interface: when a unit owes its next number, the tension of its structure, and the end of both."""

from datetime import UTC, datetime, timedelta

import pytest

from ror.model.crisis import CrisisKind, CrisisScope
from ror.services.coordination import crisis, tension
from ror.services.coordination.crisis import TypedEvent
from tests.api.helpers import client_with, items, token
from tests.region import BLANCHE, CARDIAC, CORALIE, HOSPITAL, WARD, write

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def reader(region):
    with client_with(token(region)) as client:
        yield client


def offers(reader, query=""):
    return {one["unit"]: one for one in items(reader.get(f"/v1/availability{query}"))}


def due_in(offer, now):
    return (datetime.fromisoformat(offer["due_at"]) - now) / HOUR


def test_an_event_brings_forward_when_a_unit_owes_its_next_number(region, reader):
    now = datetime.now(UTC)
    for unit in (WARD, CARDIAC):
        write(region, unit, 3, now)
    typed = TypedEvent(CrisisKind.OUTAGE, 0, "", CrisisScope(("75",)), now + DAY, 4)
    crisis.open_event(region, CORALIE, "event-0001", typed, now)
    offers_by_unit = offers(reader)
    assert (due_in(offers_by_unit[WARD], now), due_in(offers_by_unit[CARDIAC], now)) == (4, 24)


def test_the_tension_of_a_structure_stands_with_its_units_now_and_in_the_past(region, reader):
    now = datetime.now(UTC)
    write(region, WARD, 3, now - 3 * HOUR)
    write(region, CARDIAC, 3, now - 3 * HOUR)
    tension.declare(region, BLANCHE, HOSPITAL, 2, None, 0, now - HOUR)
    offers_by_unit = offers(reader)
    assert (offers_by_unit[WARD]["tension"], offers_by_unit[CARDIAC]["tension"]) == (2, None)
    assert datetime.fromisoformat(offers_by_unit[WARD]["tension_at"]) == now - HOUR
    past_instant = (now - 2 * HOUR).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert offers(reader, f"?at={past_instant}&unit={WARD}")[WARD]["tension"] is None


def test_a_reader_learns_of_an_end_that_no_commit_marks(region, reader):
    now = datetime.now(UTC)
    write(region, WARD, 3, now)
    tag = reader.get("/v1/availability").headers["etag"]
    assert reader.get("/v1/availability", headers={"if-none-match": tag}).status_code == 304
    tension.declare(region, BLANCHE, HOSPITAL, 2, datetime.now(UTC) + timedelta(seconds=1), 0, datetime.now(UTC))
    tag = reader.get("/v1/availability").headers["etag"]
    while reader.get("/v1/availability", headers={"if-none-match": tag}).status_code == 304:
        assert datetime.now(UTC) < now + timedelta(seconds=30)
    assert offers(reader)[WARD]["tension"] is None
