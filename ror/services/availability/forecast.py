"""Forecasts of « Tendances »: the totals of a territory and of its needs or départements, tomorrow and the day after.

A total is what the board shows: numbers declared for some time. What is foreseen is what the board will show then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache

import numpy as np

from ror.model import forecast
from ror.model.forecast import AHEAD, HISTORY_DAYS, Forecast
from ror.model.rights import Account
from ror.model.trend import COMPARED_DAYS, GroupBy, TrendQuery, daily_instants
from ror.services.availability import consult, trends
from ror.services.availability.trends import Trend
from ror.services.region_time import region_zone
from ror.store.cache import Cache
from ror.store.engine.database import Database

MEASURES = ("beds", "places")
SHOWN_DAYS = 14
"""Days before now of the numbers that stand beside a forecast."""


@dataclass(frozen=True, slots=True, eq=False)
class ForecastSeries:
    """The total of a group of units day by day, and what is foreseen of it.

    `code` and `label` are those of a `Trend`. `instants` and `values` are those of the last `SHOWN_DAYS` days and of now, fewer
    where the history is shorter; `history` is its number of days, at most those read. `targets` are the instants that
    `forecasts` are for, one for each of `AHEAD`. `up_to_date` is the share (0 to 1) of open units that are not overdue now,
    None when none is open.
    """

    code: str
    label: str
    measure: str
    history: int
    instants: tuple[datetime, ...]
    values: tuple[int, ...]
    up_to_date: float | None
    targets: tuple[datetime, ...]
    forecasts: tuple[Forecast, ...]

    @property
    def now(self) -> int:
        """The total of the last full hour."""
        return self.values[-1]


_BLOCK, _BLOCKS = 28, 13
"""Days of a block of a validation, and the blocks of a year."""


@dataclass(slots=True)
class ForecastValidation:
    """How often the bands of several series held over the last year, each judged on a later day.

    `series` counts those with a total on some day, `shown_now` those of them with a band now. `days` counts the days judged;
    by blocks of four weeks, the last block last, `shown` counts the days with a band and `held` those whose band held.
    """

    region: bool
    measure: str
    ahead: int
    series: int = 0
    shown_now: int = 0
    days: int = 0
    shown: list[int] = field(default_factory=lambda: [0] * _BLOCKS)
    held: list[int] = field(default_factory=lambda: [0] * _BLOCKS)


@lru_cache(maxsize=4)
def _computed(db: Database) -> Cache:
    return Cache()


def forecasts(
    db: Database, account: Account, query: TrendQuery, measure: str, now: datetime, by: GroupBy | None = None
) -> list[ForecastSeries]:
    """Return the forecasts of the units of a query: of each group in the order of `trends.trends_by`, or of them all together.

    `measure` is one of `MEASURES`; the days of the query are ignored. Groups that had nothing available on any day are left
    out. Computed once an hour for every reader. Raises as `trends.trend`.
    """
    query = replace(query, days=HISTORY_DAYS - COMPARED_DAYS)
    board, zone = consult.current(db, account), region_zone()
    last = daily_instants(now, 0, zone)[0]

    def compute() -> list[ForecastSeries]:
        groups = trends.trends_by(db, account, query, by, now) if by else [trends.trend(db, account, query, now)]
        targets = tuple(forecast.target(last, ahead, zone) for ahead in AHEAD)
        return [_series(group, measure, targets) for group in groups if _totals(group, measure)]

    return _computed(db).get((board.registry_position, last, query, measure, by), compute)


def validate(db: Database, account: Account, now: datetime) -> list[ForecastValidation]:
    """Return how often the bands of every need and territory held over a year, as screens would have shown them day by day.

    The list has one for the region and one for its départements, for each measure and each of `AHEAD`. The level of a band has
    more days to settle here than on screens, which read `HISTORY_DAYS`. Raises as `trends.trend`.
    """
    validations = {
        (region, measure, ahead): ForecastValidation(region, measure, ahead)
        for region in (True, False)
        for measure in MEASURES
        for ahead in AHEAD
    }
    for department in ("", *filter(None, consult.current(db, account).slices)):
        query = TrendQuery(_BLOCK * _BLOCKS + HISTORY_DAYS, department=department)
        groups = [trends.trend(db, account, query, now), *trends.trends_by(db, account, query, GroupBy.NEED, now)]
        for (region, measure, ahead), validation in validations.items():
            if region is not bool(department):
                for group in groups:
                    _add(validation, _totals(group, measure), ahead)
    return list(validations.values())


def _add(validation: ForecastValidation, series: Sequence[int], ahead: int) -> None:
    """Count in a validation how often the bands of a series held, if the series has a total."""
    if not series:
        return
    validation.series += 1
    validation.shown_now += forecast.forecast(series[-HISTORY_DAYS - 1 :], ahead).shown is not None
    outcomes = forecast.held_out(series, ahead)[-_BLOCK * _BLOCKS :]
    validation.days += len(outcomes)
    for ago, outcome in enumerate(reversed(outcomes)):
        if outcome is not None:
            validation.shown[-1 - ago // _BLOCK] += 1
            validation.held[-1 - ago // _BLOCK] += outcome


def _totals(trend: Trend, measure: str) -> list[int]:
    """Return the totals of a trend since the first of its units existed; none when each of them is 0."""
    numbers = trend.values[measure]
    return [int(number) for number in numbers[~np.isnan(numbers)]] if np.nan_to_num(numbers).any() else []


def _series(trend: Trend, measure: str, targets: tuple[datetime, ...]) -> ForecastSeries:
    series = _totals(trend, measure)
    values = tuple(series[-SHOWN_DAYS - 1 :])
    share = float(trend.values["up_to_date"][-1])
    return ForecastSeries(
        trend.code,
        trend.label,
        measure,
        len(series),
        trend.instants[-len(values) :],
        values,
        None if np.isnan(share) else share,
        targets,
        tuple(forecast.forecast(series, ahead) for ahead in AHEAD),
    )
