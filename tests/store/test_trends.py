"""Sums over time: by group, against the same weekday, week by week; and when people declare."""

from datetime import UTC, datetime, timedelta
from statistics import median

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from ror.model.declaration import EventKind
from ror.model.nomenclature import SourceType
from ror.model.territory import PARIS
from ror.store.board import trends
from ror.store.board.states import States
from tests.region import RESUSCITATION, WARD, write

DAY = timedelta(days=1)
MONDAY = datetime(2026, 11, 16, 8, 30, tzinfo=UTC)
"""09:30 in Paris."""


def states(existed, available, opened, overdue, kinds):
    units = pa.table({"capacity_type": kinds})
    instants = tuple(MONDAY + number * DAY for number in range(len(existed[0])))
    beds = [kind == "01" for kind in kinds]
    return States(units, instants, *(np.array(values) for values in (beds, existed, available, opened, overdue)))


def test_beds_places_late_units_and_the_share_up_to_date_are_summed_at_each_instant():
    unit_states = states(
        [[False, True, True], [False, False, True], [False, True, True]],
        [[0, 4, 3], [0, 0, 2], [0, 7, 0]],
        [[False, True, True], [False, False, True], [False, True, False]],
        [[False, True, False], [False, False, True], [False, False, False]],
        ["01", "01", "02"],
    )
    totals = trends.totals(unit_states, np.array([0, 1, 2]))
    assert set(totals) == set(trends.MEASURES)
    np.testing.assert_equal(totals["beds"], [np.nan, 4, 5])
    np.testing.assert_equal(totals["places"], [np.nan, 7, 0])
    np.testing.assert_equal(totals["overdue"], [np.nan, 1, 1])
    np.testing.assert_equal(totals["up_to_date"], [np.nan, 0.5, 0.5])
    np.testing.assert_equal(trends.totals(unit_states, np.array([1]))["beds"], [np.nan, np.nan, 2])


def test_no_unit_gives_no_number():
    unit_states = states([[True]], [[1]], [[True]], [[False]], ["01"])
    assert all(np.isnan(series).all() for series in trends.totals(unit_states, np.array([], np.int64)).values())


@given(st.lists(st.none() | st.integers(0, 50), min_size=1, max_size=60))
def test_a_day_is_compared_with_the_same_weekday_of_the_four_weeks_before(numbers):
    values = np.array([np.nan if number is None else number for number in numbers], np.float64)
    middle, low, high = trends.same_weekday(values)
    for day in range(len(numbers)):
        weeks = [numbers[day - 7 * week] for week in (1, 2, 3, 4) if day >= 7 * week]
        some = [number for number in weeks if number is not None]
        expected = [median(some), min(some), max(some)] if some else [np.nan] * 3
        np.testing.assert_equal([middle[day], low[day], high[day]], expected)


def test_a_week_is_on_time_when_none_of_its_days_is_late_and_counts_once_the_unit_was_open():
    opened = [[True] * 21, [False] * 7 + [True] * 14, [False] * 21]
    late = [[False] * 6 + [True] + [False] * 14, [False] * 21, [False] * 21]
    unit_states = states(opened, [[0] * 21] * 3, opened, late, ["01"] * 3)
    on_time, weeks = trends.weeks_on_time(unit_states)
    assert on_time.tolist() == [2, 2, 0]
    assert weeks.tolist() == [3, 2, 0]


def test_the_hours_at_which_people_declare_are_those_of_paris_without_software_closures_included(region):
    write(region, WARD, 3, MONDAY)
    write(region, WARD, 3, MONDAY + 7 * DAY, kind=EventKind.CONFIRMED)
    write(region, RESUSCITATION, 0, MONDAY, kind=EventKind.CLOSED, closed_until=MONDAY.date())
    write(region, WARD, 2, MONDAY, source_type=str(SourceType.BED_MANAGEMENT))
    write(region, WARD, 2, MONDAY, kind=EventKind.MASKED)
    # In summer time the same hour in UTC is another hour in Paris.
    write(region, WARD, 2, datetime(2026, 10, 18, 22, 30, tzinfo=UTC))
    write(region, WARD, 2, MONDAY - 90 * DAY)

    def found(units):
        with region.reader() as cursor:
            table = trends.declaring_hours(cursor, units, MONDAY - 60 * DAY, MONDAY + 30 * DAY, PARIS)
        return [(row["weekday"], row["hour"], row["declarations"]) for row in table.to_pylist()]

    assert found([WARD, RESUSCITATION]) == [(1, 0, 1), (1, 9, 3)]
    assert found([RESUSCITATION]) == [(1, 9, 1)]
    assert found([]) == []
