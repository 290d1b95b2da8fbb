"""A history for forecasts: a ward whose number of beds varies at random, a réanimation whose number never moves."""

import random
from datetime import datetime, timedelta

from ror.store.engine.database import Database
from tests.region import RESUSCITATION, WARD, write

DAYS = 190
DAY = timedelta(days=1)


def numbers(days: int = DAYS, seed: int = 1) -> list[int]:
    """Return random numbers of beds, one a day. With this seed, the bands one and two days ahead are both shown."""
    chance = random.Random(seed)
    return [chance.randint(4, 15) for _ in range(days)]


def write_history(db: Database, now: datetime, days: int = DAYS) -> list[int]:
    """Write the numbers of the ward, two hours and a half before each day's instant, the last of which is now; return them.

    The units were entered before. Réanimation has 3 beds all along.
    """
    written = numbers()[-days:]
    with db.transaction() as transaction:
        transaction.cursor.execute("UPDATE unit SET created_at = ?", [now - (days - 0.5) * DAY])
    first = now - (days - 1) * DAY - timedelta(hours=2.5)
    write(db, RESUSCITATION, 3, first)
    for day, number in enumerate(written):
        write(db, WARD, number, first + day * DAY)
    return written
