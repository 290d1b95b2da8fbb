"""The local time of the region, which screens and files show, and that of a structure, by its département."""

from collections.abc import Collection
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from ror.model.local_time import format_instant, format_time, local_day
from ror.model.territory import time_zone, time_zone_of_region, zone_words
from ror.settings import settings


def region_zone() -> ZoneInfo:
    """Return the time zone of the region: the setting `ROR_TIME_ZONE`, else that of the territory that `ROR_REGION` names."""
    current = settings()
    return ZoneInfo(current.time_zone) if current.time_zone else time_zone_of_region(current.region)


def region_day(now: datetime | None = None) -> date:
    """Return the day that it is in the region, now or at an instant."""
    return local_day(now or datetime.now(UTC), region_zone())


def instant_words(at: datetime) -> str:
    """Format an instant in the time of the region: « 23/11/2026 à 09 h 05 »."""
    return format_instant(at, region_zone())


def local_words(at: datetime, department: str) -> str:
    """Format an instant in a structure's time; « ... à 12 h 05 (heure de La Réunion) » where it is not the region's."""
    return f"{format_instant(at, time_zone(department))}{zone_note(at, department)}"


def zone_note(at: datetime, department: str) -> str:
    """Return whose time it is in a département, « (heure de La Réunion) » after a space; "" when the region has the same."""
    zone = time_zone(department)
    return "" if at.astimezone(zone).utcoffset() == at.astimezone(region_zone()).utcoffset() else f" ({zone_words(zone)})"


def local_time(at: datetime, departments: Collection[str]) -> str:
    """Format a time, « 12 h 05 (heure de La Réunion) », in the time zone that départements share, else in the region's."""
    code = next(iter(departments), "")
    shared = bool(departments) and len({time_zone(one).key for one in departments}) == 1
    return f"{format_time(at, time_zone(code))}{zone_note(at, code)}" if shared else format_time(at, region_zone())


def region_words() -> str:
    """Return the words for the time of the region: « heure de Paris »."""
    return zone_words(region_zone())
