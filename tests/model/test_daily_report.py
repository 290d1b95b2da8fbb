"""Which report is due at an instant: hours, missed reports, days when the clocks change; and to whom it may still be sent."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.model.daily_report import LATEST, ReportDelivery, Schedule, Slot, due, may_deliver, next_slot
from ror.model.sending import RETRY_AFTER, MailState

PARIS, CAYENNE = ZoneInfo("Europe/Paris"), ZoneInfo("America/Cayenne")
DAY = date(2026, 11, 29)
MORNING, EVENING = Slot(DAY, 7), Slot(DAY, 17)
TWICE = Schedule((7, 17))
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
AT_SEVEN = datetime(2026, 11, 29, 6, tzinfo=UTC)
"""7 h in Paris."""


def test_a_report_is_due_from_its_hour_on_and_not_before():
    assert due(TWICE, PARIS, AT_SEVEN - SECOND, ()) is None
    assert due(TWICE, PARIS, AT_SEVEN, ()) == MORNING
    assert due(TWICE, PARIS, AT_SEVEN + 10 * HOUR, {MORNING}) == EVENING


def test_a_report_that_was_made_is_not_due_again():
    assert due(TWICE, PARIS, AT_SEVEN + HOUR, {MORNING}) is None


def test_the_hours_are_those_of_the_territory():
    assert due(TWICE, CAYENNE, AT_SEVEN, {Slot(DAY - timedelta(days=1), 17)}) is None
    assert due(TWICE, CAYENNE, AT_SEVEN + 4 * HOUR, ()) == MORNING


def test_a_missed_report_is_made_late_but_not_past_four_hours():
    assert due(TWICE, PARIS, AT_SEVEN + LATEST, ()) == MORNING
    assert due(TWICE, PARIS, AT_SEVEN + LATEST + SECOND, ()) is None


def test_of_several_missed_reports_the_last_one_alone_is_made():
    schedule = Schedule((6, 7, 8))
    assert due(schedule, PARIS, AT_SEVEN + 2 * HOUR, ()) == Slot(DAY, 8)
    assert due(schedule, PARIS, AT_SEVEN + 2 * HOUR, {Slot(DAY, 8)}) is None


def test_the_last_slot_of_yesterday_is_still_due_after_midnight():
    assert due(Schedule((23,)), PARIS, AT_SEVEN - 6 * HOUR, ()) == Slot(DAY - timedelta(days=1), 23)


def test_hours_chosen_now_are_not_made_up_for():
    chosen = Schedule((7, 17), AT_SEVEN + HOUR)
    assert due(chosen, PARIS, AT_SEVEN + 2 * HOUR, ()) is None
    assert due(chosen, PARIS, AT_SEVEN + 10 * HOUR, ()) == EVENING
    assert due(Schedule((7,), AT_SEVEN), PARIS, AT_SEVEN, ()) is None


def test_nothing_is_due_without_hours():
    assert due(Schedule(), PARIS, AT_SEVEN, ()) is None
    assert next_slot(Schedule(), PARIS, AT_SEVEN) is None


def test_the_next_report_is_the_first_hour_to_come():
    assert next_slot(TWICE, PARIS, AT_SEVEN - SECOND) == MORNING
    assert next_slot(TWICE, PARIS, AT_SEVEN) == EVENING
    assert next_slot(TWICE, PARIS, AT_SEVEN + 10 * HOUR) == Slot(DAY + timedelta(days=1), 7)


def test_an_hour_that_the_clock_leaves_out_comes_with_the_next_one_once():
    spring, two, three = date(2026, 3, 29), Schedule((2,)), Schedule((2, 3))
    gap = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert due(two, PARIS, gap - SECOND, {Slot(spring - timedelta(days=1), 2)}) is None
    assert due(two, PARIS, gap, ()) == Slot(spring, 2)
    assert due(three, PARIS, gap, ()) == Slot(spring, 3)
    assert due(three, PARIS, gap, {Slot(spring, 3)}) is None


def test_an_hour_that_the_clock_shows_twice_has_one_report_at_its_first_time():
    autumn, first = date(2026, 10, 25), datetime(2026, 10, 25, 0, tzinfo=UTC)
    slot = Slot(autumn, 2)
    assert due(Schedule((2,)), PARIS, first - SECOND, ()) is None
    assert due(Schedule((2,)), PARIS, first, ()) == slot
    assert due(Schedule((2,)), PARIS, first + HOUR, {slot}) is None


@given(
    st.sets(st.integers(0, 23), min_size=1, max_size=4),
    st.sampled_from([PARIS, CAYENNE, ZoneInfo("Pacific/Noumea")]),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),
)
def test_rounds_over_two_days_make_each_report_once_and_in_order(hours, zone, start):
    schedule, slots, now = Schedule(tuple(sorted(hours))), [], start.replace(tzinfo=UTC)
    for _ in range(2 * 24 * 4):
        if slot := due(schedule, zone, now, slots):
            assert not slots or slots[-1] < slot
            slots.append(slot)
        now += HOUR / 4
    assert len(hours) * 2 - 1 <= len(slots) <= len(hours) * 2 + 1


def test_a_slot_reads_as_a_day_and_an_hour():
    assert MORNING.words == "29/11/2026 à 07 h"


@pytest.mark.parametrize(
    ("subscribed", "delivery", "now", "expected"),
    [
        (AT_SEVEN - HOUR, None, AT_SEVEN, True),
        (AT_SEVEN + SECOND, None, AT_SEVEN + HOUR, False),
        (AT_SEVEN - HOUR, None, AT_SEVEN + LATEST, True),
        (AT_SEVEN - HOUR, None, AT_SEVEN + LATEST + SECOND, False),
        (AT_SEVEN - HOUR, ReportDelivery(MailState.CLAIMED, 1, AT_SEVEN), AT_SEVEN + HOUR, False),
        (AT_SEVEN - HOUR, ReportDelivery(MailState.SENT, 1, AT_SEVEN), AT_SEVEN + HOUR, False),
        (AT_SEVEN - HOUR, ReportDelivery(MailState.WAITING, 1, AT_SEVEN), AT_SEVEN + RETRY_AFTER - SECOND, False),
        (AT_SEVEN - HOUR, ReportDelivery(MailState.WAITING, 1, AT_SEVEN), AT_SEVEN + RETRY_AFTER, True),
    ],
)
def test_a_report_is_mailed_once_to_those_who_subscribed_before_it(subscribed, delivery, now, expected):
    assert may_deliver(AT_SEVEN, subscribed, delivery, now) is expected
