"""A handover: a manager lets a colleague declare for one of its units until an instant, and keeps its own right."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from ror.model.local_time import local_day


class Shift(StrEnum):
    """The lengths of a handover."""

    EIGHT_HOURS = "8h"
    TWELVE_HOURS = "12h"
    TOMORROW = "tomorrow"

    @property
    def label(self) -> str:
        """The length on the screens."""
        return {
            Shift.EIGHT_HOURS: "pendant 8 h",
            Shift.TWELVE_HOURS: "pendant 12 h",
            Shift.TOMORROW: "jusqu'à demain 8 h",
        }[self]

    def end(self, start: datetime, zone: ZoneInfo) -> datetime:
        """Return the instant at which a handover that starts now ends: hours later, or at 8 the next day in a time zone."""
        if self is Shift.TOMORROW:
            tomorrow = local_day(start, zone) + timedelta(days=1)
            return datetime.combine(tomorrow, time(8), zone).astimezone(start.tzinfo)
        return start + timedelta(hours=8 if self is Shift.EIGHT_HOURS else 12)


@dataclass(frozen=True, slots=True)
class Handover:
    """A unit handed over by an account to another until an instant; the names are those of the accounts now."""

    unit: str
    giver: str
    receiver: str
    until: datetime
    giver_name: str
    receiver_name: str


def until_words(until: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Format the end of a handover in a time zone: « jusqu'à 20 h », « jusqu'à demain 8 h 05 », « jusqu'au 30/11 à 8 h »."""
    end, days = until.astimezone(zone), (local_day(until, zone) - local_day(now, zone)).days
    hour = f"{end.hour} h {end.minute:02}" if end.minute else f"{end.hour} h"
    if days > 1:
        return f"jusqu'au {end:%d/%m} à {hour}"
    return f"jusqu'à demain {hour}" if days == 1 else f"jusqu'à {hour}"
