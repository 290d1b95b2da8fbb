"""The states of units at many instants equal, at each instant, the past board aged to it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.model.declaration import EventKind
from ror.store.board import aging, past, states
from ror.store.board.aging import AgingContext
from ror.store.board.board import BoardCache
from tests.examples import slow_examples
from tests.region import DAY_HOSPITAL, LIMITS, NOW, RESUSCITATION, WARD, change_unit, close_for_a_time, write

pytestmark = pytest.mark.usefixtures("region")

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVENTS = st.lists(
    st.tuples(
        st.sampled_from([WARD, RESUSCITATION, DAY_HOSPITAL]),
        st.none() | st.integers(0, 9),
        # Hours from now to the record, which need not follow the order of positions; then hours from observation to record.
        st.integers(-500, 0),
        st.sampled_from([0, 3, 200, -1]),
        st.sampled_from([None, None, 0, 2, 30]),
    ),
    min_size=1,
    max_size=8,
)


def at_instants(db, instants):
    board = BoardCache(db).get()
    with db.reader() as cursor:
        return states.states(cursor, board.units, instants, board.position)


def backdate_units(db, days):
    """Date the entry of the units before `NOW`: the clock of the machine that built the region may be later."""
    with db.transaction() as transaction:
        transaction.cursor.execute("UPDATE unit SET created_at = ?", [NOW - days * DAY])
    change_unit(db, WARD)


@slow_examples(25)
@given(
    events=EVENTS, hours=st.lists(st.integers(-520, 2), min_size=1, max_size=6, unique=True), age=st.sampled_from([0, 10, 30])
)
def test_states_are_those_of_the_past_boards_aged_to_each_instant(region, events, hours, age):
    backdate_units(region, age)
    for unit, number, hour, lag, closed_days in events:
        recorded = NOW + hour * HOUR
        closure = (
            {} if closed_days is None else {"kind": EventKind.CLOSED, "closed_until": (recorded + closed_days * DAY).date()}
        )
        write(region, unit, 0 if closure else number, recorded - lag * HOUR, recorded_at=recorded, **closure)
    instants = [NOW + hour * HOUR for hour in sorted(hours)]
    states_at, board = at_instants(region, instants), BoardCache(region).get()
    for column, at in enumerate(instants):
        with region.reader() as cursor:
            aged = aging.aged(cursor, past.board_at(cursor, board, at).units, AgingContext(at, LIMITS))
        rows = {row["unit"]: row for row in aged.to_pylist()}
        for line, unit in enumerate(states_at.units["unit"].to_pylist()):
            row = rows.get(unit, {"available": 0, "open": False, "overdue": False})
            assert bool(states_at.existed[line, column]) is (unit in rows)
            assert states_at.available[line, column] == (row["available"] or 0)
            assert (bool(states_at.open[line, column]), bool(states_at.overdue[line, column])) == (row["open"], row["overdue"])


def test_a_number_recorded_later_does_not_change_what_was_known(region):
    write(region, WARD, 5, NOW - 3 * DAY)
    write(region, WARD, 1, NOW - 2 * DAY, recorded_at=NOW - HOUR)
    states_at = at_instants(region, [NOW - DAY, NOW])
    row = states_at.units["unit"].to_pylist().index(WARD)
    assert states_at.available[row].tolist() == [5, 1]


def test_a_closure_ends_at_midnight_in_paris_whatever_is_declared_after(region):
    backdate_units(region, 30)
    write(region, WARD, 5, NOW - 9 * DAY)
    close_for_a_time(region, WARD, (NOW - 2 * DAY).date(), NOW - 4 * DAY)
    states_at = at_instants(region, [NOW - 5 * DAY, NOW - 3 * DAY, NOW - 1 * DAY])
    row = states_at.units["unit"].to_pylist().index(WARD)
    assert states_at.open[row].tolist() == [True, False, True]
    assert states_at.available[row].tolist() == [5, 0, 0]


def test_units_that_offer_beds_are_told_from_those_that_offer_places(region):
    states_at = at_instants(region, [NOW])
    beds = dict(zip(states_at.units["unit"].to_pylist(), states_at.beds.tolist(), strict=True))
    assert (beds[WARD], beds[RESUSCITATION], beds[DAY_HOSPITAL]) == (True, True, False)
