"""Run a task of the server at intervals: the mails of reminders, of reports and of alerts."""

import asyncio
import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from ror.errors import Unavailable
from ror.services.journal import SERVICE, acting_from
from ror.store.engine.database import Database

log = logging.getLogger(__name__)

Task = Callable[[Database, datetime, Callable[[], bool]], object]
"""Runs once at an instant, and ends early once the function that it receives returns true."""


async def repeat(task: Task, db: Database, seconds: float, subject: str, failure: str, *, wait_first: bool = False) -> None:
    """Run a task in a thread at once, then every `seconds`, until cancelled; a run that fails does not end the repetition.

    The log names `subject` as waiting while the store does not answer, and begins with `failure` after another error.
    `wait_first`: the first run comes after the first interval.
    """
    acting_from(SERVICE)
    stopped = threading.Event()
    try:
        if wait_first:
            await asyncio.sleep(seconds)
        while True:
            try:
                await asyncio.to_thread(task, db, datetime.now(UTC), stopped.is_set)
            except Unavailable:
                log.warning("The store does not answer; %s wait for it.", subject)
            except Exception:
                log.exception("%s; the next try is in %d seconds.", failure, seconds)
            await asyncio.sleep(seconds)
    finally:
        # Otherwise the thread would go on, mail after mail, and delay the end of the server.
        stopped.set()
