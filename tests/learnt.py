"""A history long enough for something to be learnt of a unit of the tiny region."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import cycle, islice

from ror.model.capacity import Counts
from ror.services.availability import trust
from ror.services.availability.trust import Trust
from ror.store import declarations
from ror.store.engine.database import Database
from tests.region import NOW, event

HALF_DAY = timedelta(hours=12)
WEEK = timedelta(weeks=1)


def declare_regularly(
    db: Database,
    unit: str,
    numbers: Sequence[int],
    *,
    every: timedelta = HALF_DAY,
    since: datetime = NOW - 26 * WEEK,
    until: datetime = NOW,
) -> None:
    """Declare a unit at a rhythm, the last time at an instant, with numbers that come again and again."""
    many = (until - since) // every
    with db.transaction() as transaction:
        for place, number in enumerate(islice(cycle(numbers), many)):
            at = until - (many - 1 - place) * every
            declarations.append(transaction, event(transaction, unit, None, at, counts=Counts(number)))


def learn(db: Database, now: datetime = NOW) -> Trust:
    """Learn from what was declared, as the server does."""
    learnt = trust.refresh(db, now)
    assert learnt is not None
    return learnt
