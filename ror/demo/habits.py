"""Habits of declaring: one table by pace, and the times at which the units of a pace declare."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np

from ror.demo.draws import DAY, HOUR, MINUTE, SECOND, Bools, Floats, Ints, generator, spread
from ror.model.freshness import PARIS


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


@dataclass(frozen=True, slots=True)
class Habit:
    """When the units of a pace declare.

    `times` is how many declarations a day; `days` are the days of a cycle of so many days, which begins on a Monday. Units
    take the elements of `times` and of `days` in turn. `days_off` is the share of weekends and public holidays on which they
    declare too. Within `hours` (local) each unit has its own; without them its times are spread round the clock, in UTC.
    Each declaration is at most `jitter` (microseconds) before or after. Units with `silences` are quiet some weeks a year.
    """

    times: tuple[int, ...] = (1,)
    cycle: int = 7
    days: tuple[tuple[int, ...], ...] = (tuple(range(7)),)
    days_off: float = 0.0
    hours: tuple[float, float] | None = (9, 16)
    jitter: int = 20 * MINUTE
    silences: bool = True


HABITS = {
    # Never an hour old once its record has arrived, so that at any hour some numbers are green.
    Pace.FEED: Habit(times=(27,), days_off=1, hours=None, jitter=90 * SECOND, silences=False),
    Pace.SOFTWARE: Habit(times=(3,), days_off=1, hours=None, jitter=10 * MINUTE, silences=False),
    Pace.CRITICAL: Habit(times=(3, 4, 5, 6), days_off=1, hours=None, jitter=10 * MINUTE),
    Pace.DAILY: Habit(days_off=1, hours=(7, 20)),
    Pace.WARD: Habit(times=(1, 1, 1, 1, 1, 1, 2), days_off=0.33, hours=(7.33, 10.33)),
    Pace.SEVERAL: Habit(days=((0, 3), (1, 4), (0, 2, 4), (1, 3))),
    Pace.WEEKLY: Habit(days=tuple((day,) for day in range(5))),
    # Every six weeks, in turn: five in six of them are older than a week at any instant.
    Pace.LATE: Habit(cycle=42, days=tuple((7 * week + day,) for week in range(6) for day in range(5)), silences=False),
    Pace.SELDOM: Habit(cycle=45, days=((0,), (15,), (30,)), days_off=1, silences=False),
}
"""`Pace.NONE` has none: its units never declare."""

SECOND_TIME = 7 * HOUR
"""From the first declaration of a day to the next, within hours."""

SILENCE_CYCLE, SILENCE_FIRST, SILENCE_RANGE = 380, 25, 280
"""Days: one spell of silence of 10 to 45 in each cycle of a unit, which begins so many after it."""

LONGEST_GAP = 100 * DAY
"""No unit that declares is silent longer: 84 days for a late one that a public holiday cost its turn, less for others."""

LONGEST_DELAY = 3 * MINUTE
"""From what software observes to its record, at most; at least a minute."""

_HOLIDAYS = ("01-01", "05-01", "05-08", "07-14", "08-15", "11-01", "11-11", "12-25")
_FIRST_MONDAY = 4
"""5 January 1970, in days since 1970."""


def _days_off(days: Ints) -> Bools:
    """Return which of these days (numbers since 1970) are Saturdays, Sundays or public holidays."""
    dates = days.astype("datetime64[D]")
    holidays = [f"{year}-{day}" for year in np.unique(dates.astype("datetime64[Y]")) for day in _HOLIDAYS]
    off: Bools = ~np.is_busday(dates, holidays=holidays)
    return off


def _local_midnights(days: Ints) -> Ints:
    """Return midnight in Paris of each day, as an instant; by the offset at noon, where the clocks change."""
    noons = (datetime.fromtimestamp(int(day) * 86_400 + 43_200, PARIS) for day in days)
    offsets = [int((noon.utcoffset() or noon - noon).total_seconds()) for noon in noons]
    midnights: Ints = days * DAY - np.array(offsets) * SECOND
    return midnights


def _silences(seed: int, pace: int, phase: Floats, days: Ints) -> Bools:
    """Return whether each unit (`phase` is its position in its cycle) is in a spell of silence on each day: (days, units)."""
    silent = np.zeros((len(days), len(phase)), np.bool_)
    for cycle in range(int(days[0]) // SILENCE_CYCLE - 1, int(days[-1]) // SILENCE_CYCLE + 1):
        start, length = generator(seed, "silences", pace, cycle).random((2, len(phase)))
        first = (cycle + phase) * SILENCE_CYCLE + SILENCE_FIRST + start * SILENCE_RANGE
        silent |= (days[:, None] >= first) & (days[:, None] < first + 10 + 35 * length)
    return silent


def declaration_times(seed: int, pace: Pace, steady: Bools, since: int, until: int) -> tuple[Ints, Ints, Ints]:
    """Return the declarations of the units of a pace, at least those observed over [since, until), in whole seconds.

    `steady` holds one element a unit: whether it is spared the silences. The result has three columns: the unit's index in
    `steady`, the instant observed, and the delay of its record if software sends it.
    """
    if pace not in HABITS or not len(steady):
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64)
    habit, code, count = HABITS[pace], list(Pace).index(pace), len(steady)
    unit, days, phase = np.arange(count), np.arange(since // DAY - 1, until // DAY + 2), spread(count)
    times = np.array(habit.times)[unit % len(habit.times)]
    slots = np.arange(max(habit.times))
    jitter, delay, luck = np.stack(
        [generator(seed, "times", code, int(day)).random((3, len(slots), count)) for day in days], axis=1
    )

    patterns = np.array([[day in pattern for day in range(habit.cycle)] for pattern in habit.days])
    declares = patterns[unit % len(patterns)].T[(days - _FIRST_MONDAY) % habit.cycle]
    declares &= ~_days_off(days)[:, None] | (luck[:, 0] < habit.days_off)
    if habit.silences:
        declares &= steady | ~_silences(seed, code, phase, days)
    day, slot, unit = np.nonzero(declares[:, None, :] & (slots[:, None] < times))

    if habit.hours is None:
        interval = DAY // times
        first, midnight = phase * interval, days * DAY
    else:
        opening, closing = habit.hours
        interval = np.full(count, SECOND_TIME)
        first, midnight = (opening + phase * (closing - opening)) * HOUR, _local_midnights(days)
    shift = (2 * jitter[day, slot, unit] - 1) * habit.jitter
    observed = midnight[day] + (first[unit] + slot * interval[unit] + shift).astype(np.int64)
    late = MINUTE + delay[day, slot, unit] * (LONGEST_DELAY - MINUTE)
    return unit, observed // SECOND * SECOND, late.astype(np.int64) // SECOND * SECOND
