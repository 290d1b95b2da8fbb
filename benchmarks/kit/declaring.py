"""`python -m ror serve` with a thread that declares without end, and without the delays before open pages are woken.

Run as `python -m benchmarks.kit.declaring PORT`.
"""

import sys
import threading
import time
from datetime import UTC, datetime
from itertools import count

from ror.cli import serve
from ror.demo.catalogue import SHOWCASE
from ror.model.capacity import Counts
from ror.services.availability.declare import DeclarationDraft, declare
from ror.store import accounts, declarations
from ror.store.engine.database import open_database
from ror.web.server import live_hub

PAUSE = 0.15
"""Seconds between two declarations: about the time that a page takes to draw."""


def declare_for_ever() -> None:
    """Declare for three units of the demonstration's manager in turn, once a page is open, a number that differs each time."""
    while not live_hub.hub.count:
        time.sleep(0.1)
    database = open_database()
    with database.reader() as cursor:
        stored = accounts.by_login(cursor, "responsable")
        units = list(SHOWCASE)[:3]
        positions = {event.unit: event.position for event in declarations.latest(cursor, units)}
    assert stored is not None
    for number in count():
        unit = units[number % len(units)]
        draft = DeclarationDraft(unit, Counts(number // len(units) % 3), seen_position=positions.get(unit, 0))
        positions[unit] = declare(database, stored[0], draft, datetime.now(UTC), confirmed=True).position
        time.sleep(PAUSE)


if __name__ == "__main__":
    live_hub.COALESCE_SECONDS = live_hub.BUSY_SECONDS = live_hub.SECONDS_PER_PAGE = 0
    threading.Thread(target=declare_for_ever, daemon=True).start()
    serve(sys.argv[1])
