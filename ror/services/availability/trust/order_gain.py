"""Compare two orders of calls on the log: by what a call teaches, and the oldest numbers first."""

from datetime import datetime, timedelta

import numpy as np

from ror.model.trust import calls
from ror.model.trust.calls import OrderGain
from ror.model.trust.checks import Claim, size_of
from ror.model.trust.estimate import fit_estimate
from ror.services.availability.trust import check_history
from ror.services.availability.trust.check_history import LEARNT_WEEKS
from ror.store.board import checks
from ror.store.engine.database import Database

COMPARED_WEEKS = 4
"""The last weeks, on whose days the orders are compared, from what was learnt before them."""


def order_gain(db: Database, now: datetime) -> OrderGain | None:
    """Return the shares of changed numbers that the first calls of each order would have found; None without a number.

    A call at the hour of `now` on each day finds the number of the next declaration within a day, where there is one.
    All units are taken to be in equal demand: demand tells where an answer matters, not whether a number changed.
    """
    history = check_history.read(db, now, LEARNT_WEEKS + COMPARED_WEEKS)
    estimate = fit_estimate(history.checks.where(history.checks.period < LEARNT_WEEKS), Claim.SAME, history.groups)
    with db.reader() as cursor:
        past_days = checks.days(cursor, history.units, now - timedelta(weeks=COMPARED_WEEKS), now)
    row, day, before, found = (past_days[name].to_numpy().astype(np.int64) for name in ("row", "day", "before", "found"))
    hours = past_days["hours"].to_numpy()
    likely = estimate.probability(row, history.group_of[row], size_of(before), hours)
    ones = np.ones(len(row))
    call_values = np.where(likely.usable, calls.call_value(likely.value, ones < 0, ones), np.nan)
    return calls.order_gain(day, call_values, hours, found != before)
