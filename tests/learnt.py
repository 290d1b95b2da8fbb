"""A history of a unit of the tiny region, long enough for the trust in its numbers to be learnt."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pyarrow as pa

from ror.services.availability.trust import learning
from ror.services.availability.trust.learning import Trust
from ror.store import declarations
from ror.store.engine.database import Database
from tests.region import NOW, event, rolled_back

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
    """Declare a unit every so often up to an instant, repeating a cycle of numbers."""
    with rolled_back(db) as transaction:
        declarations.append(transaction, event(transaction, unit, 0, until))
        last_event = transaction.cursor.execute("FROM declaration WHERE unit = ? ORDER BY position DESC LIMIT 1", [unit])
        template = last_event.to_arrow_table(1)
    many = (until - since) // every
    row = template.drop_columns("position").to_pylist()[0]
    instants = [until - (many - 1 - place) * every for place in range(many)]
    events = [
        row | {"available": numbers[place % len(numbers)], "observed_at": at, "recorded_at": at}
        for place, at in enumerate(instants)
    ]
    with db.transaction() as transaction:
        declarations.append_table(transaction, pa.Table.from_pylist(events, template.drop_columns("position").schema))


def learn(db: Database, now: datetime = NOW) -> Trust:
    """Learn from what was declared, as the server does."""
    learnt = learning.refresh(db, now)
    assert learnt is not None
    return learnt
