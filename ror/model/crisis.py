"""Events of a crisis (plan blanc, heat wave...): who is in scope, how often they owe a number, and the rounds of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from ror.errors import Refused
from ror.model.count_parts import CountPart, PartKey
from ror.model.declaration import EventKind
from ror.model.local_time import local_day
from ror.model.text import plain_lines

RHYTHMS = (1, 2, 3, 4, 6, 8, 12, 24)
"""Hours between two numbers that an event may ask for."""

MAX_DURATION = timedelta(days=92)
NAME_LENGTH = 80

HALF = 2
"""The reminder of a round leaves once 1 / `HALF` of the round has passed; the reminder of the first round leaves at once."""


class CrisisKind(StrEnum):
    """The kinds of events."""

    PLAN_BLANC = "plan_blanc"
    BRONCHIOLITIS = "bronchiolitis"
    HEAT_WAVE = "heat_wave"
    OUTAGE = "outage"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The kind on the screens."""
        return {
            CrisisKind.PLAN_BLANC: "Plan blanc",
            CrisisKind.BRONCHIOLITIS: "Bronchiolite",
            CrisisKind.HEAT_WAVE: "Canicule",
            CrisisKind.OUTAGE: "Panne",
            CrisisKind.OTHER: "Autre événement",
        }[self]

    @property
    def levels(self) -> tuple[int, ...]:
        """The levels that an event of the kind may have; 0 is none."""
        return (1, 2) if self is CrisisKind.PLAN_BLANC else (0,)


class ExtraCount(StrEnum):
    """The counts that an event may ask for besides the number available."""

    REOPENABLE = "reopenable"
    MOBILIZED = "mobilized"
    IN_24_HOURS = "in_24_hours"

    @property
    def label(self) -> str:
        """The count on the screens."""
        return {
            ExtraCount.REOPENABLE: "Fermés réactivables",
            ExtraCount.MOBILIZED: "Supplémentaires mobilisés",
            ExtraCount.IN_24_HOURS: "Supplémentaires à 24 h",
        }[self]

    @property
    def key(self) -> PartKey:
        """The key of its part of a count; that of `IN_24_HOURS` is a part of the numbers of temporality 03 (R331)."""
        return {
            ExtraCount.REOPENABLE: PartKey("closed", closing_type="01"),
            ExtraCount.MOBILIZED: PartKey("supplementary", additional_bed_type="01"),
            ExtraCount.IN_24_HOURS: PartKey("supplementary", additional_bed_type="03"),
        }[self]

    def number(self, parts: Iterable[CountPart]) -> int | None:
        """Return the number of this count among parts, whatever their crisis; None when it was not declared."""
        numbers = [part.number for part in parts if replace(part.key, crisis_type="", assignment="") == self.key]
        return sum(numbers) if numbers else None


@dataclass(frozen=True, slots=True)
class CrisisScope:
    """Which units an event is about, by place and by need.

    A unit is in scope when it is in one of the départements or structures (any place when both are empty) and answers one of
    the needs (any need when there are none).
    """

    departments: tuple[str, ...] = ()
    structures: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    def holds(self, department: str, structure: str, needs: str) -> bool:
        """Return whether a unit is in scope; `needs` are the codes of its needs, joined by « | »."""
        everywhere = not (self.departments or self.structures)
        in_area = everywhere or department in self.departments or structure in self.structures
        return in_area and (not self.needs or bool(set(self.needs) & set(needs.split("|"))))

    def holds_unit(self, row: Mapping[str, Any]) -> bool:
        """Return whether a row of the board is in scope."""
        return self.holds(row["department"], row["finess"], row["needs"] or "")


@dataclass(frozen=True, slots=True)
class Duty:
    """What an event asks of the units in its scope: a number every `seconds`, counted from `since`."""

    scope: CrisisScope
    since: datetime
    seconds: int


@dataclass(frozen=True, slots=True)
class CrisisRound:
    """A round of an event: the units in scope owe a number between its two instants. `number` counts from 1."""

    number: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class CrisisEvent:
    """A version of an event, at a position of the log: each change of the event is another version with the same `id`.

    `rounds_from` is when its rhythm began, None for `opened_at`; `until` is when it ends, or ended.
    """

    id: str
    kind: CrisisKind
    level: int
    name: str
    scope: CrisisScope
    opened_at: datetime
    until: datetime
    rhythm_hours: int
    extra_counts: tuple[ExtraCount, ...] = ()
    rounds_from: datetime | None = None
    position: int = 0
    recorded_at: datetime | None = None

    @property
    def label(self) -> str:
        """What the event is called on the screens: « Plan blanc niveau 2 », « Panne (réseau électrique) »."""
        words = f"{self.kind.label} niveau {self.level}" if self.level else self.kind.label
        return f"{words} ({self.name})" if self.name else words

    @property
    def rhythm(self) -> timedelta:
        """The time between two numbers of a unit."""
        return timedelta(hours=self.rhythm_hours)

    @property
    def since(self) -> datetime:
        """When its present rhythm began."""
        return self.rounds_from or self.opened_at

    @property
    def duty(self) -> Duty:
        """What the event asks of units."""
        return Duty(self.scope, self.since, self.rhythm_hours * 3600)

    def is_open(self, at: datetime) -> bool:
        """Return whether the event is open at an instant."""
        return self.opened_at <= at < self.until


def known_at(versions: Sequence[CrisisEvent], at: datetime) -> list[CrisisEvent]:
    """Return each event as it was known at an instant, the earliest opened first; `versions` are in the order of the log."""
    latest = {version.id: version for version in versions if version.recorded_at is None or version.recorded_at <= at}
    return sorted(latest.values(), key=lambda event: (event.opened_at, event.position))


def open_at(versions: Sequence[CrisisEvent], at: datetime) -> list[CrisisEvent]:
    """Return the events that were open at an instant, as they were known then."""
    return [event for event in known_at(versions, at) if event.is_open(at)]


def duties_at(versions: Sequence[CrisisEvent], at: datetime) -> tuple[Duty, ...]:
    """Return what the events that are open at an instant ask of units."""
    return tuple(event.duty for event in open_at(versions, at))


def rounds(versions: Sequence[CrisisEvent], now: datetime) -> list[CrisisRound]:
    """Return the rounds of an event that had begun by an instant; `versions` are those of this event, in order.

    A new rhythm begins a new round.
    """
    rhythms: dict[datetime, CrisisEvent] = {}
    for version in versions:
        rhythms[version.since] = version
    end = min(versions[-1].until, now)
    spans: list[tuple[datetime, datetime]] = []
    for begin, following in pairwise([*rhythms, versions[-1].until]):
        spans += _cut(begin, following, rhythms[begin].rhythm)
    begun = [(start, stop) for start, stop in spans if start < end or start == versions[0].opened_at]
    # An event that was closed at the instant of its opening has a round all the same.
    begun = begun or [(versions[0].opened_at, versions[-1].until)]
    return [CrisisRound(number, start, stop) for number, (start, stop) in enumerate(begun, 1)]


def _cut(begin: datetime, end: datetime, rhythm: timedelta) -> Iterator[tuple[datetime, datetime]]:
    """Yield the start and the end of each round between two instants; the last one may be shorter than the rhythm."""
    while begin < end:
        yield begin, min(begin + rhythm, end)
        begin += rhythm


def current_round(event: CrisisEvent, now: datetime) -> CrisisRound:
    """Return the round of an event at an instant, its last round once it is over; numbers restart with each new rhythm."""
    at = min(now, event.until - timedelta(microseconds=1))
    number = max((at - event.since) // event.rhythm, 0)
    start = event.since + number * event.rhythm
    return CrisisRound(number + 1, start, min(start + event.rhythm, event.until))


def is_answer(kind: str | None, observed_at: datetime | None, recorded_at: datetime | None, start: datetime) -> bool:
    """Return whether the last event of a unit answers a round that began at an instant.

    A declared number is dated by its recording; the number that an undo or a mask leaves, by when it was true.
    """
    if kind in (EventKind.DECLARED, EventKind.CONFIRMED, EventKind.CLOSED):
        return recorded_at is not None and recorded_at >= start
    return observed_at is not None and observed_at >= start


def reminded_from(event: CrisisEvent, now: datetime) -> datetime:
    """Return the instant of the present round from which units without an answer are reminded."""
    present = current_round(event, now)
    return present.start if present.start == event.opened_at else present.start + (present.end - present.start) / HALF


def checked(event: CrisisEvent, now: datetime) -> CrisisEvent:
    """Clean an event as it was typed. Raises `Refused` with a sentence that says what to correct."""
    if event.level not in event.kind.levels:
        raise Refused("Choisissez le niveau du plan blanc : 1 ou 2.")
    if event.rhythm_hours not in RHYTHMS:
        raise Refused(f"Choisissez un rythme parmi {', '.join(map(str, RHYTHMS))} heures.")
    if event.until <= now:
        raise Refused("La fin de l'événement est passée : donnez un instant à venir.")
    if event.until > now + MAX_DURATION:
        raise Refused(
            f"Un événement dure {MAX_DURATION.days} jours au plus : donnez une fin plus proche, à prolonger au besoin."
        )
    name = " ".join(plain_lines(event.name).split())
    if len(name) > NAME_LENGTH:
        raise Refused(f"La précision compte {len(name)} caractères : raccourcissez-la à {NAME_LENGTH} au plus.")
    return replace(event, name=name, extra_counts=tuple(sorted(set(event.extra_counts), key=list(ExtraCount).index)))


def deadline_words(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Format a deadline in a time zone: « 16 h », « 16 h 30 », « le 24/11 à 8 h » on another day."""
    local, today = at.astimezone(zone), local_day(now, zone)
    time = f"{local.hour} h {local.minute:02d}" if local.minute else f"{local.hour} h"
    return time if local.date() == today else f"le {local:%d/%m} à {time}"


def rhythm_words(hours: int) -> str:
    """Format a rhythm: « toutes les 4 h », « toutes les heures », « chaque jour »."""
    return {1: "toutes les heures", 24: "chaque jour"}.get(hours, f"toutes les {hours} h")
