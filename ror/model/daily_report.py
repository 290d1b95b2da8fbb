"""The report of the region: at which hours it is due, what a missed hour does, who may still be sent it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from ror.model.reminder import MailState, may_be_retried

MOST_HOURS = 4
"""Hours of a day at which there is a report."""

PROPOSED_HOURS = (7, 17)
"""The hours that the screen proposes; there is no report before a coordinator chose hours."""

LATEST = timedelta(hours=4)
"""A report that could not be made at its hour is made within this time after it, with the numbers of then, and sent within
this time after it was made. Past it the morning's report would meet that of the evening."""

RETENTION = timedelta(days=400)
"""Reports are archived for this time: those of the same season a year ago are still there."""

COMPARED = timedelta(days=2)
"""A report is compared with the last one of an hour, which every subscriber received, if it was made within this time."""

SHORTEST_GAP = timedelta(minutes=5)
"""A report made on demand serves everybody who asks for one within this time."""


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """An hour of a day at which a report is due, in the time of the region."""

    day: date
    hour: int

    def at(self, zone: tzinfo) -> datetime:
        """Return the instant of the slot: of an hour that the clock shows twice the first one.

        An hour that the clock leaves out begins with the one after it.
        """
        return datetime(self.day.year, self.day.month, self.day.day, self.hour, tzinfo=zone)

    @property
    def words(self) -> str:
        """The slot on the screens: « 29/11/2026 à 07 h »."""
        return f"{self.day:%d/%m/%Y} à {self.hour:02} h"


@dataclass(frozen=True, slots=True)
class Schedule:
    """The hours of the reports, none for no report by itself; those before `changed_at` are not made up for."""

    hours: tuple[int, ...] = ()
    changed_at: datetime | None = None


def last_slot(schedule: Schedule, zone: tzinfo, now: datetime) -> Slot | None:
    """Return the last slot at or before an instant, None when the schedule has none since it was chosen."""
    today = now.astimezone(zone).date()
    slots = [Slot(day, hour) for day in (today - timedelta(days=1), today) for hour in schedule.hours]
    # Two slots fall on one instant where the clock leaves an hour out: the later one stands for both.
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
    """Return the slot of which the report is to be made now, None for none.

    Only the last one counts: a server that was stopped over several makes one report, and none when `LATEST` is past.
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
    """Return whether a report is to be mailed now to somebody who subscribed to them, by what became of it so far.

    Who subscribes gets the next report, not the one of this morning. A mail is tried again only when the server cannot have
    accepted it.
    """
    if subscribed_at > created_at or now - created_at > LATEST:
        return False
    return delivery is None or may_be_retried(delivery.state, delivery.tried_at, now)
