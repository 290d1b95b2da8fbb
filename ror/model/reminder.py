"""Reminders of late units: about which units a person gets a mail at an instant."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from ror.model.french import WEEKDAYS
from ror.model.sending import SendingAttempt

WEEK = timedelta(days=7)
RECENT = timedelta(days=1)
"""A weekly mail leaves out a unit that was declared within this time."""

LOOK_BACK = 2 * WEEK
"""Mails older than this need not be read: a weekly appointment is a week old at most."""


class Rhythm(StrEnum):
    """How often a manager wants a mail."""

    LATE = "late"
    WEEKLY = "weekly"
    OFF = "off"

    @property
    def label(self) -> str:
        """The rhythm on the screens."""
        return {
            Rhythm.LATE: "Seulement en cas de retard, une fois par jour au plus",
            Rhythm.WEEKLY: "Chaque semaine, un jour et une heure fixes",
            Rhythm.OFF: "Jamais",
        }[self]


@dataclass(frozen=True, slots=True)
class Preference:
    """When a manager wants a mail; `weekday` (0 is Monday) and `hour` are those of a weekly mail.

    `changed_at` is None for a manager who never chose.
    """

    rhythm: Rhythm = Rhythm.LATE
    weekday: int = 0
    hour: int = 9
    changed_at: datetime | None = None

    @property
    def words(self) -> str:
        """The preference in one sentence part: « chaque lundi à 9 h »."""
        if self.rhythm is Rhythm.WEEKLY:
            return f"chaque {WEEKDAYS[self.weekday]} à {self.hour} h"
        return "jamais" if self.rhythm is Rhythm.OFF else "en cas de retard"


@dataclass(frozen=True, slots=True)
class Deputyship:
    """A manager names a deputy from a day to another, both included; with `instead`, the manager gets no mail meanwhile.

    It gives no right. It concerns the units that are in both their own perimeters.
    """

    account: str
    deputy: str
    first_day: date
    last_day: date
    instead: bool

    def lasts(self, day: date) -> bool:
        """Return whether the deputyship covers a day."""
        return self.first_day <= day <= self.last_day


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may get mails, at hours of `zone`; `deputyships` are those in which this person names a deputy."""

    id: str
    zone: tzinfo
    preference: Preference = field(default_factory=Preference)
    last: SendingAttempt | None = None
    deputyships: tuple[Deputyship, ...] = ()

    def receives(self, hours: tuple[int, int], now: datetime) -> bool:
        """Return whether a mail may go now: within the hours, and either the first of the day or its next attempt."""
        local = now.astimezone(self.zone)
        if self.preference.rhythm is Rhythm.OFF or not hours[0] <= local.hour < hours[1]:
            return False
        first = self.last is None or self.last.at.astimezone(self.zone).date() < local.date()
        return first or self.mail_to_retry(now) is not None

    def mail_to_retry(self, now: datetime) -> SendingAttempt | None:
        """Return the mail of today whose next attempt is due, None when the mail that may go now is a new one."""
        last = self.last
        if last is None or not last.may_be_retried(now):
            return None
        return last if last.at.astimezone(self.zone).date() == now.astimezone(self.zone).date() else None

    def receives_in_round(self, start: datetime, now: datetime) -> bool:
        """Return whether the mail of a round of a crisis may go now, at any hour: none was sent since the round began."""
        if self.preference.rhythm is Rhythm.OFF:
            return False
        return self.last is None or self.last.at < start or self.last.may_be_retried(now)


@dataclass(frozen=True, slots=True)
class DueUnit:
    """A unit that is late, or will be within a week: its last position, who owns it, and to whom it is handed over."""

    unit: str
    position: int
    overdue: bool
    recent: bool
    """Whether it was declared within `RECENT`."""

    owners: frozenset[str]
    receivers: frozenset[str] = frozenset()
    round_start: datetime | None = None
    """The start of the round of a crisis in which a mail about the unit is due, None for no such round."""


@dataclass(frozen=True, slots=True)
class Line:
    """A unit of a mail; `absent` is the account whose deputy receives the line, "" when the unit is the receiver's own."""

    unit: DueUnit
    absent: str = ""


def appointment(preference: Preference, zone: tzinfo, now: datetime) -> datetime:
    """Return the last instant, at or before now, of the weekday and hour of a preference."""
    local = now.astimezone(zone)
    day = local.date() - timedelta(days=(local.weekday() - preference.weekday) % 7)
    at = datetime(day.year, day.month, day.day, preference.hour, tzinfo=zone)
    return at if at <= local else at - WEEK


def _concerns(preference: Preference, unit: DueUnit, person: Person, last: SendingAttempt | None, now: datetime) -> bool:
    """Return whether `preference`, that of `person`, asks for a mail about a unit now.

    `last` is the last mail to the receiver: `person`, or a deputy. A round of a crisis concerns everybody who gets mails.
    """
    if unit.round_start is not None and replace(person, last=last).receives_in_round(unit.round_start, now):
        return True
    if preference.rhythm is Rhythm.LATE:
        return unit.overdue
    if preference.rhythm is Rhythm.OFF or (unit.recent and not unit.overdue):
        return False
    at = appointment(preference, person.zone, now)
    missed = preference.changed_at is not None and at <= preference.changed_at
    waiting = last is not None and last.may_be_retried(now)
    return not missed and (last is None or last.at < at or waiting)


def plan(
    people: Mapping[str, Person], units: Iterable[DueUnit], hours: tuple[int, int], now: datetime
) -> dict[str, list[Line]]:
    """Return by account the lines of each mail to send now, in the order of the units.

    `people` are those who can be reached: enabled managers with a mail address. During a deputyship the lines of the units
    that the deputy owns too go to the deputy, at the rhythm of the absent manager and in the hours of the deputy; the absent
    manager gets them as well unless it is `instead`. A deputy who wants no mail gets no lines, and takes none from the manager.

    A person gets one mail a day, within the hours; and, as long as a round of a crisis waits for its numbers, one a round.
    """
    lines: dict[str, dict[str, Line]] = {}
    for unit in units:
        for name in sorted(unit.owners | unit.receivers):
            person = people.get(name)
            if person is None:
                continue
            lasting = _lasting(people, person, unit, now)
            if not (lasting and lasting.instead) and _concerns(person.preference, unit, person, person.last, now):
                lines.setdefault(name, {}).setdefault(unit.unit, Line(unit))
            if lasting and _concerns(person.preference, unit, person, people[lasting.deputy].last, now):
                lines.setdefault(lasting.deputy, {})[unit.unit] = Line(unit, absent=name)
    ready = {name for name, own in lines.items() if _is_ready(people[name], own.values(), hours, now)}
    return {name: list(lines[name].values()) for name in sorted(ready)}


def _is_ready(person: Person, lines: Iterable[Line], hours: tuple[int, int], now: datetime) -> bool:
    """Return whether a mail with these lines may go now: at a usual hour, or in a round of a crisis."""
    starts = [line.unit.round_start for line in lines if line.unit.round_start is not None]
    return person.receives(hours, now) or any(person.receives_in_round(start, now) for start in starts)


def _lasting(people: Mapping[str, Person], person: Person, unit: DueUnit, now: datetime) -> Deputyship | None:
    """Return the present deputyship that sends mails of a person about a unit to a deputy, None for none."""
    if person.id not in unit.owners:
        return None
    today = now.astimezone(person.zone).date()
    for deputyship in person.deputyships:
        deputy = people.get(deputyship.deputy)
        wants = deputy is not None and deputy.preference.rhythm is not Rhythm.OFF
        if deputyship.lasts(today) and wants and deputyship.deputy in unit.owners:
            return deputyship
    return None
