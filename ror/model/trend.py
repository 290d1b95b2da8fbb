"""The query of a trend: a period, a territory, which units; and the instants at which it is sampled."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from ror.model.filters import Filters

PERIODS = (7, 30, 90, 365)
"""The choices of days that a trend covers."""

COMPARED_DAYS = 28
"""Days before a period that are read too: the first days of the period are compared with them."""

REGULARITY_WEEKS = 8


class GroupBy(StrEnum):
    """The field by which a trend is split into lines."""

    DEPARTMENT = "department"
    NEED = "need"
    UNIT_TYPE = "unit_type"
    STRUCTURE = "structure"


@dataclass(frozen=True, slots=True)
class TrendQuery:
    """The units of a département and of a structure ("" for all) that pass the filters, over some days.

    Only the filters on the units themselves apply (`Filters.of_units`): what they offer is what the trend follows.
    """

    days: int = 30
    filters: Filters = field(default_factory=Filters)
    department: str = ""
    structure: str = ""


def daily_instants(now: datetime, days: int, zone: ZoneInfo) -> tuple[datetime, ...]:
    """Return the last full hour, and the same hour in a time zone on each of the days before: `days` + 1 instants, in UTC.

    On a day without that hour, when summer time begins, it is the next hour.
    """
    # Full hours, so that every reader asks for the same instants, and one reading serves all until the next hour.
    last = now.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    before = ((last - timedelta(days=ago)).astimezone(UTC) for ago in range(days, 0, -1))
    # `last` is not `last - 0 days`: where the clock shows an hour twice, arithmetic turns the second one into the first.
    return (*before, last.astimezone(UTC))
