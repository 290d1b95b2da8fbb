"""The board of a past instant: of each unit, the last event that was recorded by then."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.model.declaration import EventKind
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


def rows_at(db, at):
    board = BoardCache(db).get()
    with db.reader() as cursor:
        return {row["unit"]: row for row in past.units_at(cursor, board.units, at, board.position).to_pylist()}


# Examples may share a database, and the log only grows: the events of earlier examples count too.
LOG = []


@slow_examples(25)
@given(events=EVENTS, at=st.integers(-31, 31))
def test_a_unit_has_the_last_event_by_position_among_those_recorded_by_then(region, events, at):
    with region.reader() as cursor:
        if not cursor.execute("SELECT 1 FROM declaration").fetchone():
            LOG.clear()
    for unit, number, minute in events:
        LOG.append(write(region, unit, number, NOW, recorded_at=NOW + minute * MINUTE))
    expected = {event.unit: event for event in LOG if event.recorded_at <= NOW + at * MINUTE}
    past_rows = rows_at(region, NOW + at * MINUTE)
    assert past_rows.keys() == BY_ID.keys()
    for unit, row in past_rows.items():
        event = expected.get(unit)
        assert (row["position"], row["available"]) == ((event.position, event.counts.available) if event else (0, None))


def test_the_past_board_of_now_is_the_board(region):
    write(region, WARD, 4, NOW, comment="Aile nord")
    write(region, DAY_HOSPITAL, 2, NOW)
    board = BoardCache(region).get()
    assert rows_at(region, NOW) == {row["unit"]: row for row in board.units.to_pylist()}


def board_at(db, at):
    board = BoardCache(db).get()
    with db.reader() as cursor:
        return past.board_at(cursor, board, at)


def test_a_past_board_has_the_order_of_the_board_and_leaves_out_what_was_entered_since(region):
    with region.transaction() as transaction:
        transaction.cursor.execute("UPDATE unit SET created_at = ?", [NOW - MINUTE])
        transaction.cursor.execute("UPDATE unit SET created_at = ? WHERE id IN (?, ?)", [NOW, WARD, RESUSCITATION])
    write(region, WARD, 4, NOW - 9 * MINUTE)
    board = BoardCache(region).get()
    past_board = board_at(region, NOW - MINUTE)
    assert past_board.units["unit"].to_pylist() == [unit for unit in board.units["unit"].to_pylist() if unit != RESUSCITATION]
    assert board_at(region, NOW).units.equals(board.units)
    assert board_at(region, NOW - 5 * MINUTE).units["unit"].to_pylist() == [WARD]
    assert board_at(region, NOW - 10 * MINUTE).units.num_rows == 0


def later(db, at):
    board = BoardCache(db).get()
    with db.reader() as cursor:
        units = past.units_at(cursor, board.units, at, board.position)
        rows = past.recorded_later(cursor, units, at, board.position).to_pylist()
    return {row["unit"]: row["available"] for row in rows}


def test_what_was_recorded_later_about_a_time_before_is_learnt_later(region):
    write(region, WARD, 4, NOW - 20 * MINUTE)
    write(region, WARD, 6, NOW - 5 * MINUTE, recorded_at=NOW + MINUTE)
    write(region, WARD, 7, NOW - 3 * MINUTE, recorded_at=NOW + 2 * MINUTE)
    # Observed after, or before what was known already, or of another moment: nothing new about then.
    write(region, RESUSCITATION, 1, NOW + MINUTE)
    write(region, DAY_HOSPITAL, 2, NOW - 10 * MINUTE)
    write(region, DAY_HOSPITAL, 3, NOW - 30 * MINUTE, recorded_at=NOW + MINUTE)
    write(region, DAY_HOSPITAL, 3, NOW - 2 * MINUTE, recorded_at=NOW + MINUTE, temporality="01")
    assert later(region, NOW) == {WARD: 7}
    assert later(region, NOW - 4 * MINUTE) == {WARD: 6}
    assert later(region, NOW + 5 * MINUTE) == {}


def test_what_was_undone_was_not_learnt(region):
    wrong = write(region, WARD, 6, NOW - 5 * MINUTE, recorded_at=NOW + MINUTE)
    write(region, WARD, 4, NOW - 20 * MINUTE, kind=EventKind.UNDONE, acts_on=wrong.position, recorded_at=NOW + 2 * MINUTE)
    assert later(region, NOW) == {}


def test_the_events_are_the_same_whether_their_positions_are_listed_or_joined(region, monkeypatch):
    for unit in (WARD, RESUSCITATION, DAY_HOSPITAL):
        write(region, unit, 3, NOW - MINUTE)
        write(region, unit, 5, NOW)
    listed = rows_at(region, NOW - MINUTE)
    assert {unit: row["available"] for unit, row in listed.items() if row["position"]} == dict.fromkeys(
        (WARD, RESUSCITATION, DAY_HOSPITAL), 3
    )
    monkeypatch.setattr(past, "_MAX_LISTED", 0)
    assert rows_at(region, NOW - MINUTE) == listed
