"""Compare two orders of calls on the log: by what a call teaches, and the oldest numbers first."""

from datetime import timedelta

import numpy as np

from ror.model.trust import calls
from ror.model.trust.calls import OrderGain
from ror.model.trust.checks import Claim, size_of
from ror.model.trust.estimate import fit_estimate
from ror.services.availability.trust.check_history import LEARNT_WEEKS, History
from ror.store.board import checks
from ror.store.engine.database import Database

COMPARED_WEEKS = 4
"""The last weeks, on whose days the orders are compared, from what was learnt before them."""


def order_gain(db: Database, history: History) -> OrderGain | None:
    """Return the shares of changed numbers that the first calls of each order would have found; None without a number.

    `history` has `LEARNT_WEEKS` and `COMPARED_WEEKS` at least. A call at the hour of its end on each day finds the number of
    the next declaration within a day, where there is one. All units are taken to be in equal demand: demand tells where an
    answer matters, not whether a number changed.
    """
    first_compared, period = history.weeks - COMPARED_WEEKS, history.checks.period
    past = history.checks.where((period < first_compared) & (period >= first_compared - LEARNT_WEEKS))
    estimate = fit_estimate(past, Claim.SAME, history.groups)
    with db.reader() as cursor:
        past_days = checks.days(cursor, history.units, history.at - timedelta(weeks=COMPARED_WEEKS), history.at)
    row, day, before, found = (past_days[name].to_numpy().astype(np.int64) for name in ("row", "day", "before", "found"))
    hours = past_days["hours"].to_numpy()
    likely = estimate.probability(row, history.group_of[row], size_of(before), hours)
    ones = np.ones(len(row))
    call_values = np.where(likely.usable, calls.call_value(likely.value, ones < 0, ones), np.nan)
    return calls.order_gain(day, call_values, hours, found != before)
