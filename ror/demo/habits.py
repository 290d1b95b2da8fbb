"""When each unit declares: round the clock, on working days, once a week, seldom or never, with spells of silence."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cache

import numpy as np

from ror.demo.chance import DAY, HOUR, MINUTE, SECOND, Bools, Floats, Ints, noise, spread
from ror.demo.region import Region
from ror.demo.showcase import Habit, habits
from ror.model.freshness import PARIS
from ror.model.nomenclature import unit_types
from ror.model.registry import Unit

NEVER_SHARE = 0.04
FEED_SHARE = 0.18
"""Of the critical units: an automatic feed, so that at any hour some numbers are under one hour old."""

FEED_PERIOD, FEED_JITTER = 53 * MINUTE, 3 * MINUTE
SILENCE_CYCLE, SILENCE_FIRST, SILENCE_LAST = 380 * DAY, 25 * DAY, 305 * DAY
"""One spell of silence in each cycle, beginning between these two days of it: two spells are at least 40 days apart."""

SELDOM_DAYS, SELDOM_SHIFT = 45, 15
LONGEST_GAP = 100 * DAY
"""No unit that declares stays silent longer: 60 days of silence, and the weeks that public holidays may add."""

WARDS = frozenset({"16", "175"})
SEVERAL_A_WEEK = frozenset({"100", "101", "128", "130", "174", "249"})
WEEKDAYS = ((0, 3), (1, 4), (0, 2, 4), (1, 3))
HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)})


class Pace(StrEnum):
    """How often a unit declares."""

    FEED = "feed"
    CRITICAL = "critical"
    WARD = "ward"
    SEVERAL = "several"
    WEEKLY = "weekly"
    SELDOM = "seldom"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Calendar:
    """Consecutive days in UTC: each one's midnight (microseconds), Paris's advance on UTC, weekday (0 = Monday), day off."""

    midnight: Ints
    advance: Ints
    weekday: Ints
    off: Bools


def _day_facts(number: int) -> tuple[int, int, int, bool]:
    day = date(1970, 1, 1) + timedelta(days=number)
    advance = datetime(day.year, day.month, day.day, 12, tzinfo=UTC).astimezone(PARIS).utcoffset() or timedelta()
    off = day.weekday() > 4 or (day.month, day.day) in HOLIDAYS
    return number * DAY, int(advance.total_seconds()) * SECOND, day.weekday(), off


def calendar(since: int, until: int) -> Calendar:
    """The days that may hold an instant of [since, until), one more on each side."""
    facts = [_day_facts(number) for number in range(since // DAY - 1, until // DAY + 2)]
    midnight, advance, weekday, off = zip(*facts, strict=True)
    return Calendar(np.array(midnight), np.array(advance), np.array(weekday), np.array(off))


@cache
def _paces_by_type() -> dict[str, Pace]:
    paces = {}
    for code, unit_type in unit_types().items():
        several = Pace.SEVERAL if code in SEVERAL_A_WEEK else Pace.WEEKLY
        usual = Pace.WARD if code in WARDS else several
        paces[code] = Pace.CRITICAL if unit_type.duty <= timedelta(days=1) else usual
    return paces


def _told(unit: Unit, by_hand: dict[str, Habit]) -> Pace | None:
    """The pace that the registry or the showcase imposes, before anything is drawn."""
    habit = by_hand.get(unit.id)
    if unit.closed or habit is Habit.NEVER:
        return Pace.NONE
    if habit is None:
        return None
    return {Habit.FEED: Pace.FEED, Habit.SELDOM: Pace.SELDOM}.get(habit, _paces_by_type()[unit.unit_type])


def paces(region: Region) -> dict[Pace, Ints]:
    """The numbers of the units (their places in `region.units`) of each pace."""
    by_hand = habits()
    found: dict[Pace, list[int]] = {pace: [] for pace in Pace}
    drawn: dict[bool, list[int]] = {True: [], False: []}
    for number, unit in enumerate(region.units):
        told = _told(unit, by_hand)
        if told is None:
            drawn[_paces_by_type()[unit.unit_type] is Pace.CRITICAL].append(number)
        else:
            found[told].append(number)
    for number, rank in zip(drawn[True], spread(len(drawn[True])), strict=True):
        found[Pace.FEED if rank < FEED_SHARE else Pace.CRITICAL].append(number)
    # Critical care always declares something: the share that never does is made up by the others.
    share = NEVER_SHARE * (len(drawn[True]) + len(drawn[False])) / max(len(drawn[False]), 1)
    for number, rank in zip(drawn[False], spread(len(drawn[False])), strict=True):
        usual = _paces_by_type()[region.units[number].unit_type]
        found[Pace.NONE if rank < share else usual].append(number)
    return {pace: np.array(sorted(numbers), np.int64) for pace, numbers in found.items()}


def silent(seed: int, key: Ints, offset: Floats, instant: Ints) -> Bools:
    """Whether a unit (key, place of its cycle in [0, 1)) is in a spell of silence of 10 to 60 days; one spell a cycle."""
    shifted = instant + (offset * SILENCE_CYCLE).astype(np.int64)
    cycle = shifted // SILENCE_CYCLE
    start = SILENCE_FIRST + noise(seed, 1, key, cycle) * (SILENCE_LAST - SILENCE_FIRST)
    length = 10 * DAY + noise(seed, 2, key, cycle) * 50 * DAY
    place = shifted - cycle * SILENCE_CYCLE
    result: Bools = (place >= start) & (place < start + length)
    return result


def _feed(seed: int, key: Ints, since: int, until: int) -> tuple[Ints, Ints]:
    steps = np.arange(since // FEED_PERIOD - 2, until // FEED_PERIOD + 1)
    own, step = (axis.ravel() for axis in np.meshgrid(np.arange(len(key)), steps, indexing="ij"))
    start = (spread(len(key)) * FEED_PERIOD).astype(np.int64)[own]
    return own, step * FEED_PERIOD + start + (noise(seed, 3, key[own], step) * FEED_JITTER).astype(np.int64)


def _critical(seed: int, key: Ints, days: Calendar) -> tuple[Ints, Ints]:
    """Three to six times a day, at the unit's own hours, spread over the units so that every hour has its share."""
    number = np.arange(len(key))
    a_day, phase = 3 + number % 4, spread(len(key) // 4 + 1)[number // 4]
    own, day, slot = (axis.ravel() for axis in np.meshgrid(*map(np.arange, (len(key), len(days.midnight), 6)), indexing="ij"))
    kept = slot < a_day[own]
    own, day, slot = own[kept], day[kept], slot[kept]
    usual = (phase[own] + slot) / a_day[own] * DAY
    jitter = (noise(seed, 5, key[own], day_number(days, day) * 8 + slot) - 0.5) * 20 * MINUTE
    return own, days.midnight[day] + (usual + jitter).astype(np.int64)


def day_number(days: Calendar, day: Ints) -> Ints:
    """Days since 1970 of places in the calendar: unlike the places, the same whatever the window."""
    result: Ints = days.midnight[day] // DAY
    return result


def _at_work(seed: int, key: Ints, days: Calendar, pace: Pace) -> tuple[Ints, Ints]:
    """Wards every working day (some twice) and a day off in three; the others on the unit's own weekdays, at office hours."""
    own, day, slot = (axis.ravel() for axis in np.meshgrid(*map(np.arange, (len(key), len(days.midnight), 2)), indexing="ij"))
    mine, number = key[own], day_number(days, day)
    off = days.off[day]
    if pace is Pace.WARD:
        sometimes = off & (noise(seed, 6, mine, number) < 0.33)
        twice = ~off & (noise(seed, 7, mine) < 0.15)
        kept = np.where(slot == 0, ~off | sometimes, twice)
        opening, width = 7 * HOUR + 20 * MINUTE, 3 * HOUR
    else:
        kept = (slot == 0) & ~off & _own_weekday(seed, mine, days.weekday[day], pace)
        opening, width = 9 * HOUR, 7 * HOUR
    own, day, slot, mine, number = own[kept], day[kept], slot[kept], mine[kept], number[kept]
    usual = opening + slot * 7 * HOUR + noise(seed, 8, mine) * width
    jitter = (noise(seed, 9, mine, number * 2 + slot) - 0.5) * 40 * MINUTE
    return own, days.midnight[day] - days.advance[day] + (usual + jitter).astype(np.int64)


def _own_weekday(seed: int, key: Ints, weekday: Ints, pace: Pace) -> Bools:
    if pace is Pace.WEEKLY:
        result: Bools = weekday == (noise(seed, 10, key) * 5).astype(np.int64)
        return result
    table = np.array([[day in days for day in range(7)] for days in WEEKDAYS])
    chosen: Bools = table[(noise(seed, 10, key) * len(WEEKDAYS)).astype(np.int64), weekday]
    return chosen


def _seldom(key: Ints, days: Calendar) -> tuple[Ints, Ints]:
    own, day = (axis.ravel() for axis in np.meshgrid(*map(np.arange, (len(key), len(days.midnight))), indexing="ij"))
    kept = (day_number(days, day) + own * SELDOM_SHIFT) % SELDOM_DAYS == 0
    own, day = own[kept], day[kept]
    return own, days.midnight[day] - days.advance[day] + 10 * HOUR + own * 17 * MINUTE


def instants(seed: int, pace: Pace, key: Ints, since: int, until: int) -> tuple[Ints, Ints]:
    """When the units of one pace declare, at least over [since, until): (place in `key`, instant), whole seconds."""
    days = calendar(since, until)
    match pace:
        case Pace.NONE:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        case Pace.FEED:
            own, instant = _feed(seed, key, since, until)
        case Pace.CRITICAL:
            own, instant = _critical(seed, key, days)
        case Pace.SELDOM:
            own, instant = _seldom(key, days)
        case _:
            own, instant = _at_work(seed, key, days, pace)
    instant = instant // SECOND * SECOND
    if pace in (Pace.FEED, Pace.SELDOM):
        return own, instant
    heard = ~silent(seed, key[own], spread(len(key))[own], instant)
    return own[heard], instant[heard]
