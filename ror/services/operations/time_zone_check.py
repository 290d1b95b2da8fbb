"""Check that the time of the region is that of its structures: overseas a forgotten setting makes every hour shown wrong."""

import logging
from datetime import datetime

from ror.model.territory import time_zone, zone_place
from ror.services.region_time import region_words, region_zone
from ror.store import registry
from ror.store.engine.database import Database

log = logging.getLogger(__name__)


def other_times(db: Database, now: datetime) -> list[str]:
    """Return the places of the structures' time zones (« La Réunion ») when no structure has the region's time, else []."""
    with db.reader() as cursor:
        zones = {time_zone(code) for code in registry.departments_of_structures(cursor)}
    if any(now.astimezone(zone).utcoffset() == now.astimezone(region_zone()).utcoffset() for zone in zones):
        return []
    return sorted(zone_place(zone) for zone in zones)


def warn(db: Database, now: datetime) -> None:
    """Write a line to the log when no structure has the time of the region."""
    if places := other_times(db, now):
        log.warning(
            "No structure has the time of the region (%s), which screens, reports and mails are in; theirs: %s. "
            "Set ROR_REGION to the name of the territory, or ROR_TIME_ZONE.",
            region_words(),
            ", ".join(places),
        )
