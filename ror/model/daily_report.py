"""The report of the region: at which hours it is due, what happens to a missed hour, and who is still mailed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from ror.model.sending import MailState, may_be_retried

MAX_HOURS = 4
"""Most reports of a day."""

PROPOSED_HOURS = (7, 17)
"""The hours that the screen proposes; there is no report before a coordinator chose hours."""

LATEST = timedelta(hours=4)
"""A report that could not be made at its hour is made within this time after it, with the numbers of that later moment, and
sent within this time after it was made. Any later, the report of the morning would arrive with that of the evening."""

RETENTION = timedelta(days=400)
"""Reports are archived for this time: those of the same season a year ago are still there."""

COMPARED = timedelta(days=2)
"""A report is compared with the last scheduled one, which every subscriber received, if that was made within this time."""

MIN_GAP = timedelta(minutes=5)
"""A report made on demand serves everybody who asks for one within this time."""


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """An hour of a day at which a report is due, in the time of the region."""

    day: date
    hour: int

    def at(self, zone: tzinfo) -> datetime:
        """Return the instant of the slot: the first one for an hour that the clock shows twice.

        For an hour that the clock skips, the instant is the start of the hour after it.
        """
        return datetime(self.day.year, self.day.month, self.day.day, self.hour, tzinfo=zone)

    @property
    def words(self) -> str:
        """The slot on the screens: « 29/11/2026 à 07 h »."""
        return f"{self.day:%d/%m/%Y} à {self.hour:02} h"


@dataclass(frozen=True, slots=True)
class Schedule:
    """The hours of the reports, empty for no scheduled report; slots before `changed_at` are not made up for."""

    hours: tuple[int, ...] = ()
    changed_at: datetime | None = None


def last_slot(schedule: Schedule, zone: tzinfo, now: datetime) -> Slot | None:
    """Return the last slot at or before an instant, None when the schedule has none since it was chosen."""
    today = now.astimezone(zone).date()
    slots = [Slot(day, hour) for day in (today - timedelta(days=1), today) for hour in schedule.hours]
    # Two slots fall on one instant where the clock skips an hour: the later one stands for both.
    past = [(slot.at(zone).timestamp(), slot) for slot in slots if slot.at(zone).timestamp() <= now.timestamp()]
    if not past:
        return None
    instant, slot = max(past)
    changed = schedule.changed_at
    return None if changed is not None and instant <= changed.timestamp() else slot


def next_slot(schedule: Schedule, zone: tzinfo, now: datetime) -> Slot | None:
    """Return the first slot after an instant, None without hours."""
    today = now.astimezone(zone).date()
    slots = [Slot(day, hour) for day in (today, today + timedelta(days=1)) for hour in schedule.hours]
    return min((slot for slot in slots if slot.at(zone).timestamp() > now.timestamp()), default=None)


def due(schedule: Schedule, zone: tzinfo, now: datetime, existing: Collection[Slot]) -> Slot | None:
    """Return the slot whose report is to be made now, None for none.

    Only the last slot counts: a server that was stopped over several makes one report, and none once `LATEST` has passed.
    """
    slot = last_slot(schedule, zone, now)
    if slot is None or slot in existing or now.timestamp() - slot.at(zone).timestamp() > LATEST.total_seconds():
        return None
    return slot


@dataclass(frozen=True, slots=True)
class ReportDelivery:
    """The last attempt to mail a report to an account."""

    state: MailState
    tries: int
    tried_at: datetime


def may_deliver(created_at: datetime, subscribed_at: datetime, delivery: ReportDelivery | None, now: datetime) -> bool:
    """Return whether a report is to be mailed now to a subscriber; `delivery` is the last attempt, None before the first.

    A new subscriber gets the next report, not one made before the subscription. A mail is tried again only when the server
    cannot have accepted it.
    """
    if subscribed_at > created_at or now - created_at > LATEST:
        return False
    return delivery is None or may_be_retried(delivery.state, delivery.tried_at, now)
