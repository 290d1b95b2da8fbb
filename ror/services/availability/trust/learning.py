"""Learn from the log, in the background, how likely each number of the board still holds; pages read it without a query."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from time import perf_counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ror.model.trust.checks import Bools, Claim, Floats, Ints, size_of
from ror.model.trust.estimate import Estimate, Probability, fit_estimate
from ror.model.trust.expected import RESIDUAL_DAYS, Movement, Residuals, Total, fit_movement, fit_residuals, total
from ror.services.availability.trust import check_history
from ror.services.availability.trust.check_history import HELD_OUT_WEEKS, History
from ror.services.periodic import repeat
from ror.store.board import board as boards
from ror.store.board import checks
from ror.store.cache import Cache
from ror.store.engine.database import Database

MAX_SHARE = 0.05
"""The share of a processor that learning may take: after a learning of a minute the next one waits for 20."""

MIN_PAUSE = timedelta(minutes=10)
"""The next learning waits at least this long."""

MAX_UNITS = 20_000
"""The most units to learn from: the history of a country would take a minute and a gigabyte each time."""

FIRST, SECONDS = 30, 60
"""Seconds from the start of a server to its first learning, which must not slow its first pages, and between two checks."""


@dataclass(frozen=True, slots=True)
class _Numbers:
    """Numbers of the board: the row and the group of the unit, the number, its age in hours; columns of one length.

    `usable` is false for a closed unit, one without a number, and one of a type that is not in what was learnt.
    """

    unit: Ints
    group: Ints
    number: Ints
    hours: Floats
    usable: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Trust:
    """The result of learning from the log up to a position.

    `region` and `departments` are the residuals of past totals, of the whole and of départements. `seconds` is the time that
    learning took. `cache` holds what is computed from this result alone.
    """

    history: History
    estimates: Mapping[Claim, Estimate]
    movement: Movement
    region: Residuals
    departments: Residuals
    seconds: float
    cache: Cache

    def probability(self, units: pa.Table, at: datetime, claim: Claim) -> Probability:
        """Return the probability that a claim holds for each unit, a row of the board, at an instant.

        Columns read: unit, unit_type, needs, available, observed_at, open. The probability of a closed unit, or of one without
        a number, is not usable.
        """
        rows = self._numbers(units, at)
        found = self.estimates[claim].probability(rows.unit, rows.group, size_of(rows.number), rows.hours)
        usable = rows.usable if claim is Claim.SAME else rows.usable & (rows.number > 0)
        return Probability(found.value, found.low, found.high, found.usable & usable)

    def total(self, units: pa.Table, at: datetime) -> Total | None:
        """Return the expected total of the usable numbers of units; None where past totals were not within their bounds.

        Columns read: those of `probability`, and department: the intervals of one département and of several differ.
        """
        residuals = self.departments if len(set(units["department"].to_pylist())) == 1 else self.region
        rows = self._numbers(units, at)
        if not residuals.is_shown or not rows.usable.any():
            return None
        unit, number = rows.unit[rows.usable], rows.number[rows.usable]
        same = self.estimates[Claim.SAME].value(unit, rows.group[rows.usable], size_of(number), rows.hours[rows.usable])
        return total(number, *self.movement.moments(unit, number, same), residuals)

    def _numbers(self, units: pa.Table, at: datetime) -> _Numbers:
        kinds = self.history.kinds
        row = pc.index_in(units["unit"], value_set=self.history.units["unit"].combine_chunks())
        unit = row.fill_null(-1).to_numpy().astype(np.int64)
        pairs = zip(units["unit_type"].to_pylist(), units["needs"].to_pylist(), strict=True)
        group = np.array([kinds.get(pair, -1) for pair in pairs], dtype=np.int64)
        observed = units["observed_at"].cast(pa.timestamp("us", "UTC")).cast(pa.int64())
        number = units["available"]
        usable = (group >= 0) & ~np.array(observed.is_null()) & ~np.array(number.is_null())
        usable &= np.array(units["open"])
        age = (int(at.timestamp() * 1e6) - observed.fill_null(0).to_numpy()) / 3.6e9
        numbers = number.fill_null(0).to_numpy().astype(np.int64)
        return _Numbers(unit, np.maximum(group, 0), numbers, np.maximum(age, 0), usable)


class _Learner:
    """The last `Trust` of a database, learnt again by `refresh`."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._lock = threading.Lock()
        self.latest: Trust | None = None

    def refresh(self, now: datetime, should_stop: Callable[[], bool]) -> Trust | None:
        """Learn again, unless that was done too recently, nothing was declared since, or the board has over `MAX_UNITS`."""
        if boards.current(self._db).units.num_rows > MAX_UNITS:
            return None
        with self._lock:
            last = self.latest
            if last is None or self._is_due(last, now):
                with suppress(Stopped):
                    self.latest = learn(self._db, now, should_stop)
            return self.latest

    def _is_due(self, last: Trust, now: datetime) -> bool:
        pause = max(MIN_PAUSE, timedelta(seconds=last.seconds / MAX_SHARE))
        return now - last.history.at >= pause and (
            self._db.position != last.history.position or now - last.history.at >= timedelta(days=1)
        )


@lru_cache(maxsize=4)
def _learner(db: Database) -> _Learner:
    return _Learner(db)


def latest(db: Database) -> Trust | None:
    """Return the last result of learning, None before the first one; never waits for a learning in progress."""
    return _learner(db).latest


def refresh(db: Database, now: datetime, should_stop: Callable[[], bool] = lambda: False) -> Trust | None:
    """Learn from the log again when that is due; return the last result. A task of `services.periodic`."""
    return _learner(db).refresh(now, should_stop)


async def run_periodically(db: Database) -> None:
    """Learn `FIRST` seconds after the start of a server, then when it is due, until cancelled."""
    await asyncio.sleep(FIRST)
    await repeat(refresh, db, SECONDS, "the probabilities of numbers", "How likely numbers still hold could not be learnt")


class Stopped(Exception):
    """Raised by `learn` once the server stops."""


def learn(db: Database, now: datetime, should_stop: Callable[[], bool] = lambda: False) -> Trust:
    """Learn from the log; two seconds for the year of a region. Raises `Stopped` between two steps once `should_stop()`."""

    def step() -> None:
        if should_stop():
            raise Stopped

    started = perf_counter()
    step()
    history = check_history.read(db, now)
    learnt, estimates = history.learnt(), dict[Claim, Estimate]()
    for claim in Claim:
        step()
        estimates[claim] = fit_estimate(learnt, claim, history.groups)
    step()
    movement = fit_movement(history.changes)
    residuals = _residuals(db, history, estimates[Claim.SAME], movement)
    return Trust(
        history=history,
        estimates=estimates,
        movement=movement,
        region=fit_residuals(residuals[:, :1]),
        departments=fit_residuals(residuals[:, 1:]),
        seconds=perf_counter() - started,
        cache=Cache(),
    )


def _residuals(db: Database, history: History, estimate: Estimate, movement: Movement) -> Floats:
    """Return how far past totals were from the expected ones, in standard deviations.

    Shape: (days, 1 + départements), the oldest day first, the region before its départements; NaN where the truth of no unit is
    known.
    """
    weeks = timedelta(weeks=HELD_OUT_WEEKS) + timedelta(days=RESIDUAL_DAYS)
    with db.reader() as cursor:
        past_days = checks.days(cursor, history.units, history.at - weeks, history.at)
    row, number, found = (past_days[name].to_numpy().astype(np.int64) for name in ("row", "before", "found"))
    same = estimate.value(row, history.group_of[row], size_of(number), past_days["hours"].to_numpy())
    mean, variance = movement.moments(row, number, same)
    departments, code = np.unique(history.units["department"].to_numpy(zero_copy_only=False), return_inverse=True)
    shape = (weeks.days, len(departments))
    place = (weeks.days - past_days["day"].to_numpy()) * shape[1] + code[row]
    away, spread = (np.bincount(place, of, minlength=shape[0] * shape[1]).reshape(shape) for of in (found - mean, variance))
    away, spread = (np.column_stack([of.sum(axis=1), of]) for of in (away, spread))
    residuals: Floats = np.divide(away, np.sqrt(spread), out=np.full(away.shape, np.nan), where=spread > 0)
    return residuals
