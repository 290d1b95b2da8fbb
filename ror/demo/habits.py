"""When each unit declares: round the clock, every day, on working days, once a week, seldom or never, with silences."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cache

import numpy as np

from ror.demo.chance import DAY, HOUR, MINUTE, SECOND, Bools, Floats, Ints, noise, spread
from ror.demo.customs import Custom, custom
from ror.demo.region import Region
from ror.demo.showcase import Habit, habits
from ror.model.freshness import PARIS
from ror.model.nomenclature import CapacityType, unit_types
from ror.model.registry import Unit

NEVER_SHARE = 0.04
FEED_PERIOD, FEED_JITTER = 53 * MINUTE, 3 * MINUTE
"""An hourly feed is never an hour old, so that at any hour some numbers are green."""

SOFTWARE_PERIOD, SOFTWARE_JITTER = 8 * HOUR, 20 * MINUTE
SILENCE_CYCLE, SILENCE_FIRST, SILENCE_LAST = 380 * DAY, 25 * DAY, 305 * DAY
"""One spell of silence in each cycle, beginning between these two days of it: two spells are at least 40 days apart."""

SELDOM_DAYS, SELDOM_SHIFT = 45, 15
LATE_WEEKS = 6
"""Late units answer every six weeks, in turn: five in six of them are older than a week at any instant."""

LONGEST_GAP = 100 * DAY
"""No unit that declares stays silent longer: 84 days for a late one that a public holiday cost its turn, less for others."""

WARDS = frozenset({"16", "175"})
SEVERAL_A_WEEK = frozenset({"100", "101", "128", "130", "174", "249"})
WEEKDAYS = ((0, 3), (1, 4), (0, 2, 4), (1, 3))
HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)})


class Pace(StrEnum):
    """How often a unit declares."""

    FEED = "feed"
    SOFTWARE = "software"
    CRITICAL = "critical"
    DAILY = "daily"
    WARD = "ward"
    SEVERAL = "several"
    WEEKLY = "weekly"
    LATE = "late"
    SELDOM = "seldom"
    NONE = "none"


UNBROKEN = frozenset({Pace.FEED, Pace.SOFTWARE, Pace.LATE, Pace.SELDOM})
"""No spells of silence: machines have none, and those who answer seldom are silent enough."""


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


def _shares(unit: Unit, own: Custom, never: float) -> tuple[tuple[Pace, float], ...]:
    """The paces that a unit may be drawn, each with its share; what remains keeps the pace of its type."""
    usual = _paces_by_type()[unit.unit_type]
    if usual is Pace.CRITICAL:
        return (Pace.FEED, own.feed), (Pace.DAILY, own.calm)
    bed = unit_types()[unit.unit_type].capacity_type is CapacityType.BED
    software = own.software + own.software_beds * bed
    calm = own.calm * (usual is Pace.WARD)
    drawn = (Pace.NONE, never), (Pace.SOFTWARE, software), (Pace.DAILY, own.daily), (Pace.LATE, own.late)
    return (*drawn, (Pace.SEVERAL, calm))


def _pick(shares: tuple[tuple[Pace, float], ...], rank: float, usual: Pace) -> Pace:
    for pace, share in shares:
        if rank < share:
            return pace
        rank -= share
    return usual


def paces(region: Region) -> dict[Pace, Ints]:
    """The numbers of the units (their places in `region.units`) of each pace."""
    by_hand = habits()
    departments = {structure.finess: structure.department for structure in region.structures}
    found: dict[Pace, list[int]] = {pace: [] for pace in Pace}
    drawn: dict[tuple[str, bool], list[int]] = {}
    for number, unit in enumerate(region.units):
        told = _told(unit, by_hand)
        if told is None:
            critical = _paces_by_type()[unit.unit_type] is Pace.CRITICAL
            drawn.setdefault((departments[unit.structure], critical), []).append(number)
        else:
            found[told].append(number)
    # Critical care always declares something: the share that never does is made up by the others.
    others = sum(len(numbers) for (_, critical), numbers in drawn.items() if not critical)
    never = NEVER_SHARE * sum(map(len, drawn.values())) / max(others, 1)
    # Each département is spread on its own: its shares hold in it, not only over the region.
    for (department, _), numbers in drawn.items():
        own = custom(department, region.scale.customs)
        for number, rank in zip(numbers, spread(len(numbers)), strict=True):
            unit = region.units[number]
            shares = _shares(unit, own, never)
            found[_pick(shares, float(rank), _paces_by_type()[unit.unit_type])].append(number)
    return {pace: np.array(sorted(numbers), np.int64) for pace, numbers in found.items()}


def silent(seed: int, key: Ints, offset: Floats, instant: Ints) -> Bools:
    """Whether a unit (key, place of its cycle in [0, 1)) is in a spell of silence of 10 to 45 days; one spell a cycle."""
    shifted = instant + (offset * SILENCE_CYCLE).astype(np.int64)
    cycle = shifted // SILENCE_CYCLE
    start = SILENCE_FIRST + noise(seed, 1, key, cycle) * (SILENCE_LAST - SILENCE_FIRST)
    length = 10 * DAY + noise(seed, 2, key, cycle) * 35 * DAY
    place = shifted - cycle * SILENCE_CYCLE
    result: Bools = (place >= start) & (place < start + length)
    return result


def _feed(seed: int, key: Ints, since: int, until: int, period: int, jitter: int) -> tuple[Ints, Ints]:
    steps = np.arange(since // period - 2, until // period + 1)
    own, step = (axis.ravel() for axis in np.meshgrid(np.arange(len(key)), steps, indexing="ij"))
    start = (spread(len(key)) * period).astype(np.int64)[own]
    return own, step * period + start + (noise(seed, 3, key[own], step) * jitter).astype(np.int64)


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
    """Wards every working day (some twice) and a day off in three; daily units every day, at their own hour of the day;
    the others on the unit's own weekdays, at office hours.
    """
    own, day, slot = (axis.ravel() for axis in np.meshgrid(*map(np.arange, (len(key), len(days.midnight), 2)), indexing="ij"))
    mine, number = key[own], day_number(days, day)
    off = days.off[day]
    if pace is Pace.WARD:
        sometimes = off & (noise(seed, 6, mine, number) < 0.33)
        twice = ~off & (noise(seed, 7, mine) < 0.15)
        kept = np.where(slot == 0, ~off | sometimes, twice)
        opening, width = 7 * HOUR + 20 * MINUTE, 3 * HOUR
    elif pace is Pace.DAILY:
        kept = slot == 0
        opening, width = 7 * HOUR, 13 * HOUR
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


def _late(seed: int, key: Ints, days: Calendar) -> tuple[Ints, Ints]:
    """Each unit on its own working day of the six weeks: as many of them answer every week of the year."""
    own, day = (axis.ravel() for axis in np.meshgrid(*map(np.arange, (len(key), len(days.midnight))), indexing="ij"))
    turn = np.arange(len(key)) % (5 * LATE_WEEKS)
    # 5 January 1970 was the first Monday, day 4.
    mine = 4 + turn // 5 * 7 + turn % 5
    number = day_number(days, day)
    kept = ((number - mine[own]) % (7 * LATE_WEEKS) == 0) & ~days.off[day]
    own, day, number = own[kept], day[kept], number[kept]
    hour = 9 * HOUR + (noise(seed, 11, key[own], number) * 8 * HOUR).astype(np.int64)
    return own, days.midnight[day] - days.advance[day] + hour


def steady(region: Region) -> Bools:
    """For each unit of the region, whether the showcase spares it the spells of silence."""
    by_hand = habits()
    return np.array([by_hand.get(unit.id) is Habit.STEADY for unit in region.units], np.bool_)


def instants(seed: int, pace: Pace, key: Ints, spared: Bools, since: int, until: int) -> tuple[Ints, Ints]:
    """When the units of one pace declare, at least over [since, until): (place in `key`, instant), whole seconds.

    `spared` says of each key whether it has no spells of silence.
    """
    days = calendar(since, until)
    match pace:
        case Pace.NONE:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        case Pace.FEED:
            own, instant = _feed(seed, key, since, until, FEED_PERIOD, FEED_JITTER)
        case Pace.SOFTWARE:
            own, instant = _feed(seed, key, since, until, SOFTWARE_PERIOD, SOFTWARE_JITTER)
        case Pace.CRITICAL:
            own, instant = _critical(seed, key, days)
        case Pace.SELDOM:
            own, instant = _seldom(key, days)
        case Pace.LATE:
            own, instant = _late(seed, key, days)
        case _:
            own, instant = _at_work(seed, key, days, pace)
    instant = instant // SECOND * SECOND
    if pace in UNBROKEN:
        return own, instant
    heard = spared[own] | ~silent(seed, key[own], spread(len(key))[own], instant)
    return own[heard], instant[heard]
