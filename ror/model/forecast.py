"""Forecast a daily total a day or two ahead: a band, how often such bands held over eight weeks, and when to stay silent.

The number foreseen is that of the best of three simple methods; the half-width of its band is a split conformal quantile of
the past errors of that method (Lei et al. 2018), at a level that follows the misses (adaptive conformal inference, Gibbs and
Candès 2021). docs/trust-forecast.md has the assumptions and what breaks them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

LEVEL = 0.8
"""The share of days that bands are announced to hold on."""

TOLERANCE = 0.05
"""How far the share observed may be from `LEVEL` for a band to be shown."""

AHEAD = (1, 2)
"""Days that are foreseen: the same hour tomorrow and the day after, 24 and 48 hours but when the clocks change."""

WINDOW = 56
"""Days (eight weeks) of errors that a band is computed from, and of bands that its coverage is counted over."""

LATELY, MAX_MISSED_LATELY = 14, 5
"""Of the last `LATELY` bands, how many may miss. Independent bands that hold 4 times in 5 miss more 4 times in 100."""

HISTORY_DAYS = 182
"""Days of history that are read: those of `days_needed`, and some more for the level to settle."""

_WEEK, _WEEKS = 7, 4
_LEARNING_RATE = 0.05
"""How fast the level follows: a miss raises it by 4 points, a band that held lowers it by 1."""

_LOWEST, _HIGHEST = 0.4, WINDOW / (WINDOW + 1)
"""Ends of the level: at the highest, a band is as wide as the largest error of the window."""


@dataclass(frozen=True, slots=True)
class ForecastBand:
    """Whole numbers between which a total is foreseen, both included; `middle` is the one foreseen."""

    low: int
    middle: int
    high: int

    def holds(self, value: int) -> bool:
        """Return whether an observed total is within the band."""
        return self.low <= value <= self.high


class Silence(StrEnum):
    """Why no band is shown: too few days, a share observed too far from the one announced, or misses of late."""

    HISTORY = "history"
    COVERAGE = "coverage"
    LATELY = "lately"


@dataclass(frozen=True, slots=True)
class Forecast:
    """The band `ahead` days ahead, and how past bands performed.

    `days` is how many past bands were checked, 0 or `WINDOW`; `held` of them held, `missed_lately` of the last `LATELY` did
    not. `band` is None only for `Silence.HISTORY`; no screen shows it where there is a silence.
    """

    ahead: int
    band: ForecastBand | None
    days: int
    held: int
    missed_lately: int
    silence: Silence | None

    @property
    def shown(self) -> ForecastBand | None:
        """The band that may be shown."""
        return None if self.silence else self.band

    @property
    def coverage(self) -> float | None:
        """The share of past bands that held, 0 to 1; None when none was checked."""
        return self.held / self.days if self.days else None


def target(last: datetime, ahead: int, zone: ZoneInfo) -> datetime:
    """Return the same hour in a time zone some days after an instant, in UTC."""
    return (last.astimezone(zone) + timedelta(days=ahead)).astimezone(UTC)


def days_needed(ahead: int) -> int:
    """Return the days of history that a forecast needs: four weeks, `WINDOW` errors, then `WINDOW` bands with an outcome."""
    return _WEEK * _WEEKS + 2 * (WINDOW + ahead) - 1


def conformal_rank(count: int, level: float) -> int:
    """Return the rank (from 1) of the error that is the half-width of a band of a level (0 to 1), among `count` errors.

    Of `count` + 1 errors in no particular order, the one to come is at most that one with a probability of the level at
    least. More than `count` means that no finite band has this level.
    """
    # A level such as 0.55 is not exact: (99 + 1) x 0.55 is 55, not a little more.
    return math.ceil((count + 1) * level - 1e-9)


def half_width(errors: Sequence[int], level: float) -> float:
    """Return the half-width of a band by past absolute errors; infinite when they are too few for the level."""
    rank = conformal_rank(len(errors), level)
    return math.inf if rank > len(errors) else sorted(errors)[max(rank, 1) - 1]


def foreseen(series: Sequence[int], day: int, ahead: int) -> tuple[int, ...]:
    """Return the forecast of each method for `ahead` days after a day (an index), from the series up to that day.

    The methods: the last value; the last value plus the median change of the same weekdays over the last four weeks; half way
    from the last value to the mean of the same weekday.
    """
    last = series[day]
    before = [day - _WEEK * weeks for weeks in range(1, _WEEKS + 1)]
    same_weekday = [series[start + ahead] for start in before]
    changes = sorted(series[start + ahead] - series[start] for start in before)
    change = (changes[1] + changes[2]) / 2
    return last, max(_rounded(last + change), 0), _rounded((last + sum(same_weekday) / _WEEKS) / 2)


def past_bands(series: Sequence[int], ahead: int) -> list[ForecastBand]:
    """Return for each day of a series its band for `ahead` days later, computed from what was known on that day.

    The first band is that of day `first_day`, the last one that of today; empty when the series is too short.
    """
    first = _WEEK * _WEEKS
    methods = [foreseen(series, day, ahead) for day in range(first, len(series))]
    errors = [[abs(number - series[day + ahead]) for number in of_day] for day, of_day in enumerate(methods[:-ahead], first)]
    bands: list[ForecastBand] = []
    level = LEVEL
    for day in range(first_day(ahead), len(series)):
        judged = day - ahead - first_day(ahead)  # index of the band for this day
        if judged >= 0:
            level = moved_level(level, bands[judged].holds(series[day]))
        end = day - ahead - first + 1
        by_method = list(zip(*errors[end - WINDOW : end], strict=True))
        best = min(range(len(by_method)), key=lambda method: sum(by_method[method]))
        middle = methods[day - first][best]
        width = int(half_width(by_method[best], level))
        bands.append(ForecastBand(max(middle - width, 0), middle, middle + width))
    return bands


def moved_level(level: float, held: bool) -> float:
    """Return the level of the day after an outcome: lower when a band held, higher when it missed, within its ends."""
    return min(max(level + _LEARNING_RATE * (LEVEL - held), _LOWEST), _HIGHEST)


def first_day(ahead: int) -> int:
    """Return the index of the first day of a series that has a band: after four weeks, then `WINDOW` known errors."""
    return _WEEK * _WEEKS + WINDOW + ahead - 1


def outcomes(series: Sequence[int], ahead: int, bands: Sequence[ForecastBand]) -> list[bool]:
    """Return whether each of `past_bands` held, for those whose target day is in the series."""
    values = series[first_day(ahead) + ahead :]
    return [band.holds(value) for band, value in zip(bands, values, strict=False)]


def judge(held: Sequence[bool]) -> Silence | None:
    """Return why bands with these past outcomes are not shown, None when they may be; the last `WINDOW` outcomes count."""
    checked = held[-WINDOW:]
    if len(checked) < WINDOW:
        return Silence.HISTORY
    # 42 of 56 are five points from 80 %, not a little more.
    if abs(sum(checked) / WINDOW - LEVEL) > TOLERANCE + 1e-9:
        return Silence.COVERAGE
    return Silence.LATELY if checked[-LATELY:].count(False) > MAX_MISSED_LATELY else None


def forecast(series: Sequence[int], ahead: int) -> Forecast:
    """Return the forecast of a daily series of totals, the last of which is today's."""
    bands = past_bands(series, ahead)
    held = outcomes(series, ahead, bands)
    silence, checked = judge(held), held[-WINDOW:]
    if silence is Silence.HISTORY:
        return Forecast(ahead, None, 0, 0, 0, silence)
    return Forecast(ahead, bands[-1], WINDOW, sum(checked), checked[-LATELY:].count(False), silence)


def held_out(series: Sequence[int], ahead: int) -> list[bool | None]:
    """Return for each past day whether the band that screens would have shown held; None for a day of silence.

    There is one result for each day with `WINDOW` outcomes known by then. The outcome of the day itself came later, so that it
    had no part in whether its band was shown.
    """
    held = outcomes(series, ahead, past_bands(series, ahead))
    days = range(WINDOW + ahead - 1, len(held))
    return [None if judge(held[: day - ahead + 1]) else held[day] for day in days]


def _rounded(number: float) -> int:
    """Return the nearest whole number, a half up."""
    return math.floor(number + 0.5)
