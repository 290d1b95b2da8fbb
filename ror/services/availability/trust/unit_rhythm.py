"""Find units whose rhythm is improbable given their own history: unchanged for too long, or suddenly changing more often."""

from collections.abc import Mapping

import numpy as np

from ror.model.trust import rhythm
from ror.model.trust.checks import Claim
from ror.model.trust.rhythm import StillRun as StillRun
from ror.services.availability.trust.learning import Trust


def too_still(trust: Trust) -> Mapping[str, StillRun]:
    """Return the units whose run without a change is improbable given their own history."""
    found: Mapping[str, StillRun] = trust.cache.get("too_still", lambda: _too_still(trust))
    return found


def sudden_changes(trust: Trust) -> Mapping[str, float]:
    """Return the units that lately changed far more often than before, with the probability of so many changes."""
    found: Mapping[str, float] = trust.cache.get("sudden_changes", lambda: _sudden_changes(trust))
    return found


def still_run(trust: Trust | None, unit: str, position: int | None) -> StillRun | None:
    """Return the run of a unit that stays too still, None for any other unit.

    None too before the first learning, and once the unit declared since: `position` is that of its last event on the board.
    """
    if trust is None or position is None or position > trust.history.position:
        return None
    return too_still(trust).get(unit)


def _too_still(trust: Trust) -> dict[str, StillRun]:
    probability = rhythm.still_probability(trust.history.learnt(), trust.estimates[Claim.SAME])
    units, runs = trust.history.units["unit"].to_pylist(), trust.history.run_since
    return {
        units[row]: StillRun(since, int(checks), float(probability[row]))
        for row, since, checks in zip(*(runs[name].to_pylist() for name in ("row", "first_min", "same_sum")), strict=True)
        if probability[row] < rhythm.IMPROBABLE
    }


def _sudden_changes(trust: Trust) -> dict[str, float]:
    probability = rhythm.sudden_probability(trust.history.learnt(), trust.estimates[Claim.SAME])
    units = trust.history.units["unit"]
    return {units[int(row)].as_py(): float(probability[row]) for row in np.flatnonzero(probability < rhythm.IMPROBABLE)}
