"""A log of declarations of the tiny region, long enough to learn how its numbers hold; for the tests of trust."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ror.model.trust.expected import LEVEL, Residuals
from ror.services.availability.trust import learning
from ror.services.availability.trust.learning import Trust
from ror.store import declarations
from ror.store.engine.database import Database
from tests.region import WARD, event

WEEKS = 12
EVERY = timedelta(hours=6)

STILL = (4, 4, 4, 4, 4, 4, 4, 5)
"""Numbers that a unit declares over and over: six of eight stand at the next declaration, and something is always left."""

MOVING = (2, 2, 0, 0)
"""Half of these numbers stand at the next declaration; of those above 0, half are full by then."""


def write_log(db: Database, until: datetime, numbers: Mapping[str, Sequence[int]] | None = None) -> None:
    """Write the declarations of units, one each `EVERY` for `WEEKS`, the last one at an instant: enough to learn from."""
    steps = WEEKS * timedelta(weeks=1) // EVERY
    with db.transaction() as transaction:
        for unit, cycle in (numbers or {WARD: STILL}).items():
            for step in range(steps + 1):
                at = until - (steps - step) * EVERY
                declarations.append(transaction, event(transaction, unit, cycle[step % len(cycle)], at))


def learn(db: Database, now: datetime, *, totals: bool = False) -> Trust:
    """Learn from the log of a database as its server does; with `totals`, as if the intervals of past totals had held."""
    learner = learning._learner(db)
    learner.latest = None
    learnt = learning.refresh(db, now)
    assert learnt is not None
    if totals:
        held = Residuals(mean=0.0, half=1.3, coverage=LEVEL, days=56)
        learnt = learner.latest = replace(learnt, region=held, departments=held)
    return learnt
