"""Begin an old demonstration anew at the start of a server, so that one left for months does not grow without bound.

The log is append-only and its positions have no gap: nothing is deleted in it. The whole database is put away, and the
fictitious region is seeded again.
"""

import logging
from datetime import datetime, timedelta

from ror import demo
from ror.services.operations import demonstration
from ror.settings import settings
from ror.store import registry_changes
from ror.store.engine.database import Database, open_database
from ror.store.files import put_away

MAX_AGE = timedelta(days=400)
"""After this time since its seeding a demonstration is begun anew."""

log = logging.getLogger(__name__)


def open_started(now: datetime) -> Database:
    """Open the database of this server and play its demonstration, begun anew when it is old. Raises `DatabaseError`.

    The old database, with what people declared and changed, is put away beside the new one; only the last such file stays. A
    database on PostgreSQL, which others may have open, and a country are left as they are.
    """
    database = open_database()
    if database.path is not None and settings().demo and _is_old(database, now):
        database.close()
        open_database.cache_clear()
        previous = put_away(database.path)
        log.warning("The demonstration was seeded more than %d days ago: begun anew; the old one: %s.", MAX_AGE.days, previous)
        database = open_database()
    demonstration.start(database, now)
    return database


def _is_old(database: Database, now: datetime) -> bool:
    with database.reader() as cursor:
        if demonstration.stored_scale(cursor) is not demo.REGIONAL:
            return False
        return now - registry_changes.first_change(cursor, registry_changes.DEMONSTRATION) > MAX_AGE
