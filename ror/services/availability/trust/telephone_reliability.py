"""The reliability of units by telephone: how many of the calls of the last weeks confirmed what they declare."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np

from ror.model.journal import Act
from ror.model.rights import Account, Action
from ror.model.trust.telephone import Reliability, reliability
from ror.services import journal
from ror.services.availability.trust import learning
from ror.services.availability.trust.learning import Trust
from ror.store.engine.database import Database


def reliability_by_unit(db: Database, account: Account, units: Sequence[str], now: datetime) -> dict[str, Reliability]:
    """Return the reliability of the given units that had enough calls, by id. Raises `Forbidden`, journalled."""
    journal.require(db, account, Action.READ_RELIABILITY, Act.CONSULT, "board", now)
    learnt = learning.latest(db)
    found = reliabilities(learnt) if learnt else {}
    return {unit: found[unit] for unit in units if unit in found}


def reliabilities(learnt: Trust) -> Mapping[str, Reliability]:
    """Return the reliability of each unit that had enough calls, by id, from the checks that were learnt from."""
    found: Mapping[str, Reliability] = learnt.cache.get("reliabilities", lambda: _reliabilities(learnt))
    return found


def usual(learnt: Trust) -> float:
    """Return the share of all calls that confirm a number; 1 without a call."""
    checks = learnt.history.learnt()
    calls = float(checks.calls.sum())
    return float(checks.calls_same.sum()) / calls if calls else 1.0


def _reliabilities(learnt: Trust) -> dict[str, Reliability]:
    checks, units = learnt.history.learnt(), learnt.history.units["unit"].to_pylist()
    calls, confirmed = (np.bincount(checks.unit, of, minlength=len(units)) for of in (checks.calls, checks.calls_same))
    counts = zip(units, calls, confirmed, strict=True)
    by_unit = ((unit, reliability(round(made), round(same))) for unit, made, same in counts)
    return {unit: one for unit, one in by_unit if one}
