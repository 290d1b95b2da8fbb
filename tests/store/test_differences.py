"""Two states of the board, and the units that differ between them."""

from datetime import timedelta

import pytest

from ror.store.board import past
from ror.store.board.aging import AgingContext
from ror.store.board.board import BoardCache
from ror.store.board.differences import differences
from tests.region import LIMITS, NOW, RESUSCITATION, WARD, close_for_a_time, write

pytestmark = pytest.mark.usefixtures("region")

DAY = timedelta(days=1)


def differing_rows(db, past_instant, now=NOW):
    board = BoardCache(db).get()
    with db.reader() as cursor:
        before = past.units_at(cursor, board.units, past_instant, board.position)
        moments = AgingContext(past_instant, LIMITS), AgingContext(now, LIMITS)
        rows = differences(cursor, (before, moments[0]), (board.units, moments[1])).to_pylist()
    return {row["unit"]: row for row in rows}


def test_only_units_that_differ_are_returned_with_both_states(region):
    write(region, WARD, 4, NOW - 2 * DAY)
    write(region, RESUSCITATION, 2, NOW - DAY - DAY / 4)
    write(region, WARD, 0, NOW)
    rows = differing_rows(region, NOW - DAY)
    # Réanimation owes a number a day: it has become late meanwhile.
    assert rows.keys() == {WARD, RESUSCITATION}
    assert (rows[WARD]["available_before"], rows[WARD]["available_now"]) == (4, 0)
    assert (rows[RESUSCITATION]["overdue_before"], rows[RESUSCITATION]["overdue_now"]) == (False, True)
    assert not rows[RESUSCITATION]["silent_now"]


def test_a_unit_is_silent_once_it_is_late_by_its_duty_again(region):
    write(region, WARD, 4, NOW - 14 * DAY - DAY / 2)
    assert differing_rows(region, NOW - DAY)[WARD]["silent_now"]
    write(region, WARD, 4, NOW - 13 * DAY - DAY / 2)
    assert WARD not in differing_rows(region, NOW - DAY)


def test_a_unit_that_never_declared_is_late_but_not_silent_and_a_closed_one_is_neither(region):
    close_for_a_time(region, WARD, NOW.date(), NOW - DAY / 2)
    row = differing_rows(region, NOW - DAY)[WARD]
    assert (row["overdue_before"], row["silent_before"]) == (True, False)
    assert (row["open_now"], row["overdue_now"], row["available_now"]) == (False, False, 0)
