"""What a trend is asked for: a period, a territory, which units; and the instants that it is sampled at."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from ror.model.board import Filters

PERIODS = (7, 30, 90, 365)
"""Days that a trend covers."""

COMPARED_DAYS = 28
"""Days before a period that its first ones are compared with."""

REGULARITY_WEEKS = 8


class GroupBy(StrEnum):
    """What a trend is cut by."""

    DEPARTMENT = "department"
    NEED = "need"
    UNIT_TYPE = "unit_type"
    STRUCTURE = "structure"


@dataclass(frozen=True, slots=True)
class TrendQuery:
    """The units of a département and of a structure ("" for all) that pass the filters, over some days.

    Of the filters only those that say which units count: what a unit offers, and since when, is what the trend follows.
    """

    days: int = 30
    filters: Filters = field(default_factory=Filters)
    department: str = ""
    structure: str = ""


def daily_instants(now: datetime, days: int, zone: ZoneInfo) -> tuple[datetime, ...]:
    """Return the last full hour, and the same hour in a time zone on each of the days before: `days` + 1 instants, in UTC.

    A day on which that hour does not exist, when summer time begins, has the next one.
    """
    # By the hour the past is the same for every reader until the next one.
    last = now.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    before = ((last - timedelta(days=ago)).astimezone(UTC) for ago in range(days, 0, -1))
    # A subtraction, even of nothing, takes the second hour of that name for the first when summer time ends.
    return (*before, last.astimezone(UTC))
