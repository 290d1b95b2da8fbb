"""The call round of coordinators: which units to call first and why, the outcomes of calls, who is calling."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from ror.errors import Refused
from ror.model.local_time import format_time, midnight
from ror.model.nomenclature import CapacityType
from ror.model.text import plain_lines

CLAIM = timedelta(minutes=10)
"""How long a unit is left to the coordinator who is calling it."""

TRY_AGAIN = timedelta(hours=2)
"""A unit that could not be reached comes back among those to call after this time."""

IRREGULAR = 0.5
"""A unit that was late in this share of its last weeks is irregular: its number is doubtful from half of its duty on."""

NOTE_LENGTH = 300

_TIME = re.compile(r"\s*([0-9]{1,2})\s*(?:[hH:]\s*([0-9]{2})?)?\s*")


class CallReason(StrEnum):
    """The reasons to call a unit, the most urgent first."""

    CONTRADICTED = "contradicted"
    LATE = "late"
    NEVER = "never"
    UNCERTAIN = "uncertain"
    STILL = "still"
    SUDDEN = "sudden"

    @property
    def label(self) -> str:
        """The reason on the screens."""
        return {
            CallReason.CONTRADICTED: "contredite par un lecteur",
            CallReason.LATE: "en retard",
            CallReason.NEVER: "jamais renseignée",
            CallReason.UNCERTAIN: "souvent en retard",
            CallReason.STILL: "n'a pas bougé depuis longtemps, ce qui est rare pour elle",
            CallReason.SUDDEN: "change bien plus souvent que d'habitude depuis deux semaines",
        }[self]


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why the number of a unit is doubtful: its reasons in the order of `CallReason`, and how much.

    `elapsed` is its age divided by its duty (1: just late), None for a unit that never declared; `irregularity` the share of
    its last weeks in which it was late.
    """

    reasons: tuple[CallReason, ...]
    elapsed: float | None
    irregularity: float = 0.0

    @property
    def order(self) -> tuple[float, ...]:
        """The key that sorts the most doubtful first: contradicted, late, never declared, oldest for its duty, irregular."""
        contradicted, late = (reason in self.reasons for reason in (CallReason.CONTRADICTED, CallReason.LATE))
        never = CallReason.NEVER in self.reasons
        return (not contradicted, not late, not never, -(self.elapsed or 0.0), -self.irregularity)


def doubt(
    *,
    contradicted: bool,
    overdue: bool,
    age: timedelta | None,
    duty: timedelta,
    irregularity: float,
    still: bool = False,
    sudden: bool = False,
) -> Doubt | None:
    """Return why an open unit should be called, None when its number needs no call.

    `still`: its number stays too still to be true; `sudden`: it changes far more often than before (`model.trust.rhythm`).
    """
    elapsed = None if age is None else age / duty
    reasons = []
    if contradicted:
        reasons.append(CallReason.CONTRADICTED)
    if overdue:
        reasons.append(CallReason.LATE if age is not None else CallReason.NEVER)
    elif irregularity >= IRREGULAR and elapsed is not None and elapsed >= 0.5:
        reasons.append(CallReason.UNCERTAIN)
    reasons += [reason for reason, marked in ((CallReason.STILL, still), (CallReason.SUDDEN, sudden)) if marked]
    return Doubt(tuple(reasons), elapsed, irregularity) if reasons else None


class CallKind(StrEnum):
    """The events of the call round: a call begins, is given up, has an outcome; a unit is assigned to a coordinator."""

    TAKEN = "taken"
    RELEASED = "released"
    CONFIRMED = "confirmed"
    NUMBER = "number"
    UNREACHABLE = "unreachable"
    CALL_BACK = "call_back"
    ASSIGNED = "assigned"

    @property
    def label(self) -> str:
        """The event on the screens."""
        return {
            CallKind.TAKEN: "Appel en cours",
            CallKind.RELEASED: "Appel abandonné",
            CallKind.CONFIRMED: "Nombre confirmé",
            CallKind.NUMBER: "Autre nombre",
            CallKind.UNREACHABLE: "Injoignable",
            CallKind.CALL_BACK: "À rappeler",
            CallKind.ASSIGNED: "À appeler par",
        }[self]


CALLS = frozenset({CallKind.CONFIRMED, CallKind.NUMBER, CallKind.UNREACHABLE, CallKind.CALL_BACK})
"""The possible results of a call."""

REACHED = frozenset({CallKind.CONFIRMED, CallKind.NUMBER})


@dataclass(frozen=True, slots=True)
class Call:
    """An event of the call round; `number` orders the events.

    `available` is the number learnt, `before` the one on the board then; `position` is that of the declaration that the event
    wrote, None when none was written. `call_back_at` is when to call again, `assignee` the account that the unit is given to.
    """

    number: int
    unit: str
    kind: CallKind
    account: str
    at: datetime
    available: int | None = None
    before: int | None = None
    position: int | None = None
    call_back_at: datetime | None = None
    assignee: str = ""
    note: str = ""


class CallStep(StrEnum):
    """Where a unit stands in the round."""

    TO_CALL = "to_call"
    CALLING = "calling"
    LATER = "later"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class CallState:
    """Where a unit stands in the round at an instant.

    `claim` is the call in progress, `outcome` the event with the result of the last call, `assignee` the account that the unit
    is given to. `seen` is the number of the last event, by which an act on the unit detects that somebody else acted meanwhile.
    `urgent`: the time to call again has come.
    """

    step: CallStep = CallStep.TO_CALL
    claim: Call | None = None
    outcome: Call | None = None
    assignee: str = ""
    seen: int = 0
    urgent: bool = False


def round_start(now: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant from which events count: midnight in the time of the region, or six hours ago if that is earlier."""
    return min(midnight(now, zone), now - timedelta(hours=6))


def call_state(
    calls: Sequence[Call], now: datetime, contradicted_at: datetime | None = None, late_for: timedelta | None = None
) -> CallState:
    """Return where a unit stands, from its events since `round_start`, oldest first.

    A unit that was reached is called again when a reader contradicts its number after the call, when it is given to somebody,
    or when it is late and the call is older than its duty, `late_for`: an event of a crisis asks for several numbers a day.
    """
    claim, outcome, assignee = None, None, ""
    for call in calls:
        if call.kind is CallKind.ASSIGNED:
            assignee = call.assignee
            outcome = None if outcome and outcome.kind in REACHED else outcome
        elif call.kind is CallKind.TAKEN:
            claim = call
        else:
            claim, outcome = None, call if call.kind in CALLS else outcome
            assignee = "" if call.kind in REACHED else assignee
    seen = calls[-1].number if calls else 0
    if claim is not None and now - claim.at < CLAIM:
        return CallState(CallStep.CALLING, claim, outcome, assignee, seen)
    step, urgent = _step_after(outcome, now)
    if step is CallStep.DONE and outcome:
        contradicted = contradicted_at is not None and contradicted_at > outcome.at
        late = late_for is not None and now - outcome.at > late_for
        step = CallStep.TO_CALL if contradicted or late else step
    return CallState(step, None, outcome, assignee, seen, urgent)


def _step_after(outcome: Call | None, now: datetime) -> tuple[CallStep, bool]:
    """Return the step that follows from the result of the last call, and whether the time to call again has come."""
    if outcome is None:
        return CallStep.TO_CALL, False
    if outcome.kind in REACHED:
        return CallStep.DONE, False
    if outcome.kind is CallKind.UNREACHABLE:
        return (CallStep.TO_CALL if now - outcome.at >= TRY_AGAIN else CallStep.LATER), False
    due = outcome.call_back_at is None or outcome.call_back_at <= now
    return (CallStep.TO_CALL if due else CallStep.LATER), due


_STEP_ORDER = {CallStep.CALLING: 1, CallStep.TO_CALL: 1, CallStep.LATER: 2, CallStep.DONE: 3}


def sort_key(one: CallState, doubt: Doubt | None, rank: int | None = None) -> tuple[float, ...]:
    """Return the key that sorts the round: units to call again now, units to call by doubt, units for later, units done.

    `rank` is the place of the unit by what a call teaches; when given, it replaces the order by doubt. A unit that is being
    called keeps its place.
    """
    step = 0 if one.urgent else _STEP_ORDER[one.step]
    if rank is not None:
        return (step, rank)
    return (step, *(doubt.order if doubt else (9,)))


def outcome_words(call: Call, capacity: CapacityType, zone: ZoneInfo) -> str:
    """Format a call's outcome: « Appelé à 10 h 12 : 3 lits confirmés », « Injoignable à 10 h 12 », « À rappeler à 14 h »."""
    at = f"à {format_time(call.at, zone)}"
    if call.kind is CallKind.UNREACHABLE:
        return f"Injoignable {at}"
    if call.kind is CallKind.CALL_BACK:
        return f"À rappeler à {format_time(call.call_back_at, zone)}" if call.call_back_at else "À rappeler"
    if call.available is None:
        return f"Appelé {at}"
    number = capacity.of(call.available)
    if call.kind is CallKind.CONFIRMED:
        participle = "confirmé" if capacity is CapacityType.BED else "confirmée"
        return f"Appelé {at} : {number} {participle}{'s' if call.available > 1 else ''}"
    before = "" if call.before is None else f" au lieu de {call.before}"
    return f"Appelé {at} : {number}{before}"


def checked_note(note: str) -> str:
    """Return a note cleaned by `plain_lines`. Raises `Refused` past `NOTE_LENGTH` characters."""
    cleaned = plain_lines(note)
    if len(cleaned) > NOTE_LENGTH:
        raise Refused(f"La note compte {len(cleaned)} caractères : raccourcissez-la à {NOTE_LENGTH} au plus.")
    return cleaned


def checked_call_back(typed: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Parse a time of today in a time zone, « 14 h », « 14 h 30 » or « 14:30 », and return its instant.

    Raises `Refused` for any other text, or a time that has passed.
    """
    found = _TIME.fullmatch(typed)
    hour, minute = (int(found[1]), int(found[2] or 0)) if found else (99, 0)
    if hour > 23 or minute > 59:
        raise Refused("Indiquez l'heure à laquelle rappeler, par exemple 14 h 30.")
    local = now.astimezone(zone)
    at = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if at <= local:
        raise Refused(f"Il est déjà {format_time(now, zone)} : indiquez une heure à venir aujourd'hui.")
    return at.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class DayCount:
    """The calls of a day: how many, those that reached somebody, and the numbers that they corrected."""

    calls: int = 0
    reached: int = 0
    corrected: int = 0


def day_count(calls: Iterable[Call], corrections: int) -> DayCount:
    """Count calls, and the numbers corrected: those that `calls` changed, and `corrections` of past numbers.

    A call corrects a number when the one learnt is not the one that was on the board.
    """
    ended = [call for call in calls if call.kind in CALLS]
    reached = [call for call in ended if call.kind in REACHED]
    corrected = sum(call.kind is CallKind.NUMBER and call.available != call.before for call in reached)
    return DayCount(len(ended), len(reached), corrected + corrections)
