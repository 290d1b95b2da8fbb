"""Plant faults in a copy of the log and count how many are found: frozen units, sudden changes, units that calls contradict."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np

from ror.model.trust import planting, rhythm
from ror.model.trust.checks import Checks, Claim, Floats
from ror.model.trust.estimate import fit_estimate
from ror.model.trust.planting import WEEKS, Detection
from ror.model.trust.telephone import contradicted_often, reliability
from ror.services.availability.trust import check_history
from ror.services.availability.trust.check_history import LEARNT_WEEKS, History
from ror.store.board import planted
from ror.store.board.board import Board
from ror.store.engine.database import Database


def planted_faults(db: Database, board: Board, until: datetime) -> Mapping[str, Detection]:
    """Return how many of the faults planted in the last weeks of the log before an instant are found, by kind.

    The kinds are frozen, sudden and lying. The log is only read.
    """
    since = until - timedelta(weeks=LEARNT_WEEKS)
    with db.reader() as cursor:
        history = check_history.read_with(cursor, board, until, LEARNT_WEEKS)
        names = history.units["unit"].to_pylist()
        plan = planting.plan(history.checks, len(names))
        frozen, sudden, lying, honest = (
            [names[row] for row in rows] for rows in (plan.frozen, plan.sudden, plan.lying, plan.honest)
        )
        try:
            planted.plant(cursor, since, until - timedelta(weeks=WEEKS), frozen, sudden)
            planted.plant_calls(cursor, lying, honest)
            altered = check_history.read_with(cursor, board, until, LEARNT_WEEKS)
        finally:
            planted.remove(cursor)
    estimate = fit_estimate(altered.checks, Claim.SAME, altered.groups)
    still = rhythm.still_probability(altered.checks, estimate)
    changing = rhythm.sudden_probability(altered.checks, estimate)
    return {
        "frozen": planting.count_detected(frozen, _marked(altered, still)),
        "sudden": planting.count_detected(sudden, _marked(altered, changing)),
        "lying": planting.count_detected(lying, _contradicted(altered.checks, names)),
    }


def _marked(history: History, probability: Floats) -> set[str]:
    names = history.units["unit"].to_pylist()
    return {names[row] for row in np.flatnonzero(probability < rhythm.IMPROBABLE)}


def _contradicted(checks: Checks, names: list[str]) -> set[str]:
    """Return the units that calls confirm less often than all units together."""
    calls, confirmed = (np.bincount(checks.unit, of, minlength=len(names)) for of in (checks.calls, checks.calls_same))
    usual = confirmed.sum() / max(calls.sum(), 1)
    pairs = zip(names, calls.tolist(), confirmed.tolist(), strict=True)
    return {name for name, made, same in pairs if contradicted_often(reliability(round(made), round(same)), usual)}
