"""The board at a past instant is what the log said then, event by event."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.store.board import past
from ror.store.board.board import BoardCache
from tests.examples import slow_examples
from tests.region import BY_ID, DAY_HOSPITAL, NOW, RESUSCITATION, WARD, write

pytestmark = pytest.mark.usefixtures("region")

MINUTE = timedelta(minutes=1)
EVENTS = st.lists(
    st.tuples(st.sampled_from([WARD, RESUSCITATION, DAY_HOSPITAL]), st.integers(0, 9), st.integers(-30, 30)),
    min_size=1,
    max_size=8,
)


def stood(db, at):
    board = BoardCache(db).get()
    with db.reader() as cursor:
        return {row["unit"]: row for row in past.units_at(cursor, board.units, at, board.position).to_pylist()}


# The log only grows, and what earlier examples wrote is counted too: examples may share a database.
LOG = []


@slow_examples(25)
@given(events=EVENTS, at=st.integers(-31, 31))
def test_it_is_the_last_event_by_position_among_those_recorded_by_then(region, events, at):
    with region.reader() as cursor:
        if not cursor.execute("SELECT 1 FROM declaration").fetchone():
            LOG.clear()
    for unit, number, minute in events:
        LOG.append(write(region, unit, number, NOW, recorded_at=NOW + minute * MINUTE))
    expected = {event.unit: event for event in LOG if event.recorded_at <= NOW + at * MINUTE}
    found = stood(region, NOW + at * MINUTE)
    assert found.keys() == BY_ID.keys()
    for unit, row in found.items():
        event = expected.get(unit)
        assert (row["position"], row["available"]) == ((event.position, event.counts.available) if event else (0, None))


def test_now_is_the_board(region):
    write(region, WARD, 4, NOW, comment="Aile nord")
    write(region, DAY_HOSPITAL, 2, NOW)
    board = BoardCache(region).get()
    assert stood(region, NOW) == {row["unit"]: row for row in board.units.to_pylist()}
