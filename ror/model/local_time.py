"""Instants in local time. The time zone is always a parameter: that of the region, or that of a territory."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """Return the date of an instant in a time zone."""
    return at.astimezone(zone).date()


def midnight(now: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant at which the day of another instant began in a time zone."""
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def day_after(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which the day after a date begins in a time zone: a day has 23 to 25 hours."""
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def format_instant(at: datetime, zone: ZoneInfo) -> str:
    """Format an instant in a time zone: « 23/11/2026 à 09 h 05 »."""
    return f"{at.astimezone(zone):%d/%m/%Y à %H h %M}"


def format_time(at: datetime, zone: ZoneInfo) -> str:
    """Format the time of an instant in a time zone: « 10 h 12 »."""
    return f"{at.astimezone(zone):%H h %M}"
