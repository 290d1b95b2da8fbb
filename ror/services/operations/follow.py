"""What other processes commit to a shared store: learnt of by asking, told as if it had been committed here."""

import asyncio
import logging

from ror.errors import Unavailable
from ror.services import events
from ror.store import declarations, registry
from ror.store.engine.database import Database

SECONDS = 0.5
"""How often a replica asks: with the half second in which pages coalesce what they are told, well under two seconds."""

MOST_TOLD = 200
"""Past so many declarations at once, every open page is told instead of each that shows one of them."""

log = logging.getLogger(__name__)


def changes(db: Database, seen: int, position: int) -> list[events.Change]:
    """What was committed after one position up to another, in order: a declaration each, or one change of everything.

    What this process committed itself is among it: pages that drew it already stay as they are.
    """
    with db.reader() as cursor:
        units = declarations.units_between(cursor, seen, position)
        if len(units) > MOST_TOLD or registry.last_change(cursor) > seen:
            return [events.Change(position)]
        found = {unit: registry.unit(cursor, unit) for unit in set(units.values())}
    return [
        events.Change(at, unit, known[1], known[3]) if (known := found[unit]) else events.Change(at)
        for at, unit in units.items()
    ]


async def follow(db: Database) -> None:
    """Ask again and again, until cancelled; a store that nobody else writes to is left alone."""
    if not db.engine.shared:
        return
    seen = db.position
    while True:
        await asyncio.sleep(SECONDS)
        try:
            position = await asyncio.to_thread(db.catch_up)
            if position > seen:
                for change in await asyncio.to_thread(changes, db, seen, position):
                    events.publish(change)
                seen = position
        except Unavailable:
            log.warning("The store does not answer; what others declared will be learnt of when it does.")
            await asyncio.sleep(5 * SECONDS)
        except Exception:
            log.exception("What others declared could not be learnt of; the next try is in a moment.")
            await asyncio.sleep(5 * SECONDS)
