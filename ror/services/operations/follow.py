"""Poll a shared store for the commits of other replicas, and publish them as if they were commits of this process."""

import asyncio
import logging

from ror.errors import Unavailable
from ror.services import events
from ror.store import call_round, declarations, feedback, registry, registry_changes
from ror.store.engine.database import Database

SECONDS = 0.5
"""Interval of the polls: with the half second during which pages group events, a page is late by less than two seconds."""

MAX_CHANGES = 200
"""Above this number of declarations at once, a single change that concerns every page is published instead."""

log = logging.getLogger(__name__)


def changes(db: Database, previous: int, position: int) -> list[events.CommitEvent]:
    """Return the commits after `previous` up to `position`, in order: one for each event, or a single one for every page.

    The commits of this process are among them: pages that show them already do not change.
    """
    with db.reader() as cursor:
        units = declarations.units_between(cursor, previous, position) | feedback.units_between(cursor, previous, position)
        if len(units) > MAX_CHANGES or max(registry_changes.last_changes(cursor)) > previous:
            return [events.CommitEvent(position)]
        rows = {unit: registry.unit(cursor, unit) for unit in set(units.values())}
    ordered = sorted(units.items())
    return [
        events.CommitEvent(at, unit, row[1], row[3]) if (row := rows[unit]) else events.CommitEvent(at) for at, unit in ordered
    ]


def _last_call(db: Database) -> int:
    """Return the number of the last event of the call round, which has no position of the log."""
    with db.reader() as cursor:
        return call_round.last_number(cursor)


async def follow(db: Database) -> None:
    """Poll until cancelled; return at once for a store that only this process writes to."""
    if not db.engine.shared:
        return
    previous, calls = db.position, 0
    while True:
        await asyncio.sleep(SECONDS)
        try:
            position = await asyncio.to_thread(db.catch_up)
            if position > previous:
                for change in await asyncio.to_thread(changes, db, previous, position):
                    events.publish(change)
                previous = position
            number = await asyncio.to_thread(_last_call, db)
            if number > calls:
                events.publish(events.CommitEvent(position, calls=number))
                calls = number
        except Unavailable:
            log.warning("The store does not answer; what others declared will be learnt of when it does.")
            await asyncio.sleep(5 * SECONDS)
        except Exception:
            log.exception("What others declared could not be learnt of; the next try is in a moment.")
            await asyncio.sleep(5 * SECONDS)
