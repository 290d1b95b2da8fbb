"""Recent events of units: those that became late or offer nothing any more, the last declarations, the numbers before."""

from datetime import date, timedelta

from ror.model.declaration import EventKind
from ror.store.board import recent
from ror.store.board.aging import AgingContext
from tests.region import (
    CARDIAC,
    CLOSED_UNIT,
    HALT,
    NOW,
    NURSING,
    PSYCHIATRY,
    RESUSCITATION,
    WARD,
    aged_units,
    close_for_a_time,
    write,
)

HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
BED = "01"


def names(table):
    return table["unit"].to_pylist()


def test_a_unit_becomes_late_at_the_end_of_its_duty_within_the_time_asked(region):
    write(region, WARD, 3, NOW - 7 * DAY - 20 * MINUTE)
    write(region, CARDIAC, 3, NOW - DAY - 40 * MINUTE)
    write(region, RESUSCITATION, 3, NOW - DAY - 61 * MINUTE)
    write(region, PSYCHIATRY, 3, NOW - 7 * DAY + MINUTE)
    with region.reader() as cursor:
        late = recent.became_late(cursor, aged_units(region), NOW - HOUR, AgingContext(NOW, (1, 24, 168)))
    assert dict(zip(names(late), late["due_at"].to_pylist(), strict=True)) == {
        WARD: NOW - 20 * MINUTE,
        CARDIAC: NOW - 40 * MINUTE,
    }
    assert names(late) == [WARD, CARDIAC]


def test_units_without_any_are_those_of_an_event_of_that_time(region):
    write(region, WARD, 0, NOW - 2 * HOUR)
    write(region, CARDIAC, 0, NOW - HOUR)
    write(region, PSYCHIATRY, 1, NOW - MINUTE)
    close_for_a_time(region, NURSING, date(2026, 12, 1), NOW - MINUTE)
    assert names(recent.units_at_zero(aged_units(region), NOW - HOUR)) == [NURSING, CARDIAC]


def test_the_units_declared_last_come_first_without_masks_or_units_that_never_declared(region):
    assert names(recent.latest(aged_units(region), 5)) == []
    for unit in (WARD, CARDIAC, PSYCHIATRY):
        write(region, unit, 2, NOW - HOUR)
    write(region, WARD, 3, NOW - MINUTE)
    assert names(recent.latest(aged_units(region), 2)) == [WARD, PSYCHIATRY]
    write(region, PSYCHIATRY, 2, NOW - HOUR, kind=EventKind.MASKED)
    assert names(recent.latest(aged_units(region), 5)) == [WARD, CARDIAC]
    assert CLOSED_UNIT not in names(recent.latest(aged_units(region), 50))


def test_earlier_numbers_are_that_before_the_last_event_and_that_known_at_an_instant(region):
    write(region, WARD, 7, NOW - DAY)
    write(region, WARD, 5, NOW - 30 * MINUTE)
    write(region, WARD, 4, NOW - 20 * MINUTE)
    write(region, WARD, None, NOW, kind=EventKind.MASKED)
    write(region, CARDIAC, 2, NOW - MINUTE)
    last = write(region, CARDIAC, 1, NOW)
    units = [(WARD, BED), (CARDIAC, BED), (HALT, BED)]
    with region.reader() as cursor:
        read = recent.numbers_before(cursor, units, NOW - HOUR, last.position - 1)
        assert read == {WARD: (5, 7), CARDIAC: (None, None)}
        assert recent.numbers_before(cursor, units, NOW - HOUR, last.position)[CARDIAC] == (2, None)
        assert recent.numbers_before(cursor, [], NOW, last.position) == {}


def test_a_number_from_too_long_ago_is_no_earlier_number(region):
    write(region, WARD, 7, NOW - HOUR - recent.HISTORY - MINUTE)
    write(region, CARDIAC, 7, NOW - HOUR - recent.HISTORY)
    last = write(region, CARDIAC, 5, NOW)
    with region.reader() as cursor:
        read = recent.numbers_before(cursor, [(WARD, BED), (CARDIAC, BED)], NOW - HOUR, last.position)
    assert read == {CARDIAC: (7, 7)}


def test_a_number_of_another_temporality_or_that_was_undone_is_no_earlier_number(region):
    write(region, WARD, 9, NOW - 2 * HOUR, temporality="05")
    write(region, WARD, None, NOW - 2 * HOUR)
    last = write(region, WARD, 3, NOW)
    with region.reader() as cursor:
        assert recent.numbers_before(cursor, [(WARD, BED)], NOW - HOUR, last.position) == {WARD: (None, None)}
