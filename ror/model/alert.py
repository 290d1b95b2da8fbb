"""Alerts: a question of the board saved with a name, when it is true, and when its owner gets a mail.

An alert rings each time it becomes true. A total that moves around its threshold does not ring again and again: once true,
the alert stays true until the total leaves the threshold by a tenth of it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from ror.errors import Refused
from ror.model.filters import Filters
from ror.model.nomenclature import CapacityType
from ror.model.patient_type import PatientType
from ror.model.text import plain

MAX_ALERTS = 20
"""Most alerts that one account may have."""

MAX_NAME_LENGTH = 80
MAX_THRESHOLD = 9_999

EXPIRY = timedelta(hours=24)
"""A mail that could not leave within this time is not sent."""


class AlertKind(StrEnum):
    """What makes an alert true."""

    UNIT = "unit"
    RISES = "rises"
    FALLS = "falls"

    @property
    def label(self) -> str:
        """The kind on the screens."""
        return {
            AlertKind.UNIT: "Une unité répond à la question",
            AlertKind.RISES: "Le total atteint un seuil",
            AlertKind.FALLS: "Le total passe sous un seuil",
        }[self]


@dataclass(frozen=True, slots=True)
class Condition:
    """A question, and what makes it true.

    `place` is a key of `model.place`, "" for none, `kilometres` the radius around it; `department` is a code, "" for all.
    A total counts beds or places, as `filters.capacity_type` says; `threshold` applies to totals alone.
    """

    filters: Filters = field(default_factory=Filters)
    place: str = ""
    kilometres: float = 0.0
    department: str = ""
    kind: AlertKind = AlertKind.UNIT
    threshold: int = 0

    @property
    def adds(self) -> bool:
        """Return whether the value is a total of beds or places, and not a number of units."""
        return self.kind is not AlertKind.UNIT

    @property
    def offered(self) -> Filters:
        """The filters on what units offer and on the age of the number; with `UNIT`, a unit must have something available."""
        at_least = self.filters.at_least if self.adds else max(self.filters.at_least, 1)
        return Filters(at_least=at_least, ranks=self.filters.ranks, sex=self.filters.sex)

    def holds(self, value: int, before: bool) -> bool:
        """Return whether the alert is true for a value; `before` is whether it was true until now."""
        margin = self.threshold // 10 if before else 0
        match self.kind:
            case AlertKind.UNIT:
                return value >= 1
            case AlertKind.RISES:
                return value >= self.threshold - margin
        return value < self.threshold + margin

    @property
    def words(self) -> str:
        """When the alert is true: « quand une unité répond », « quand le total atteint 5 lits »."""
        if self.filters.capacity_type is None or self.kind is AlertKind.UNIT:
            return "quand une unité répond"
        verb = "atteint" if self.kind is AlertKind.RISES else "passe sous"
        return f"quand le total {verb} {self.filters.capacity_type.of(self.threshold)}"

    def value_words(self, value: int) -> str:
        """Return a value in words: « 3 unités », « 12 lits »."""
        if self.filters.capacity_type is None or self.kind is AlertKind.UNIT:
            return f"{value} unité{'s' if value > 1 else ''}"
        return self.filters.capacity_type.of(value)


def problem(condition: Condition) -> str:
    """Return in French what is wrong with a condition, "" for nothing."""
    narrowed = condition.filters.of_units() != Filters(every_need=condition.filters.every_need)
    if not condition.adds:
        if not (narrowed or condition.place or condition.department):
            return "Précisez d'abord la question : choisissez un besoin, un lieu ou un type d'unité."
        return ""
    if condition.filters.capacity_type is None:
        return "Choisissez si le total compte les lits ou les places."
    if not 1 <= condition.threshold <= MAX_THRESHOLD:
        return f"Choisissez un seuil entre 1 et {MAX_THRESHOLD}."
    return ""


def checked_name(name: str) -> str:
    """Return a name on one line; "" for none. Raises `Refused` past `MAX_NAME_LENGTH` characters."""
    checked = plain(name).strip()
    if len(checked) > MAX_NAME_LENGTH:
        raise Refused(f"Le nom compte {len(checked)} caractères : raccourcissez-le à {MAX_NAME_LENGTH} au plus.")
    return checked


def to_object(condition: Condition) -> dict[str, Any]:
    """Return a condition as an object of JSON."""
    return asdict(condition)


def from_object(values: Mapping[str, Any]) -> Condition:
    """Return the condition that `to_object` wrote."""
    filters: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values["filters"].items()
    }
    for name, kind in (("capacity_type", CapacityType), ("patients", PatientType)):
        if filters[name] is not None:
            filters[name] = kind(filters[name])
    return Condition(**{**values, "filters": Filters(**filters), "kind": AlertKind(values["kind"])})


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert of an account. `address` is the address of its question; with `by_mail` its owner also receives mails.

    `holds`, `value` and `changed_at` describe its last change. It does not ring before `muted_until`, nor while `paused`.
    `version` grows with each change of its condition.
    """

    id: str
    account: str
    name: str
    address: str
    condition: Condition
    by_mail: bool
    created_at: datetime
    version: int
    holds: bool
    value: int
    changed_at: datetime
    muted_until: datetime | None = None
    paused: bool = False

    def is_silent(self, now: datetime) -> bool:
        """Return whether the alert is muted or paused at an instant."""
        return self.paused or (self.muted_until is not None and now < self.muted_until)


class RingingMailState(StrEnum):
    """The state of the mail of a ringing. A `CLAIMED` mail that nothing is sending belonged to a process that ended."""

    NONE = "none"
    WAITING = "waiting"
    CLAIMED = "claimed"
    SENT = "sent"
    REFUSED = "refused"
    DOUBTFUL = "doubtful"

    @property
    def label(self) -> str:
        """The state on the screens."""
        return {
            RingingMailState.NONE: "sans courriel",
            RingingMailState.WAITING: "courriel à envoyer",
            RingingMailState.CLAIMED: "courriel en cours d'envoi ou interrompu",
            RingingMailState.SENT: "courriel envoyé",
            RingingMailState.REFUSED: "courriel refusé par le serveur",
            RingingMailState.DOUBTFUL: "connexion coupée pendant l'envoi : courriel peut-être reçu",
        }[self]


@dataclass(frozen=True, slots=True)
class Ringing:
    """An alert that became true: when, with which value, and the state of its mail. `number` grows with each ringing."""

    number: int
    alert: str
    account: str
    rang_at: datetime
    value: int
    mail: RingingMailState
    tries: int
    tried_at: datetime
    acknowledged_at: datetime | None


@dataclass(frozen=True, slots=True)
class AlertPreference:
    """How an account is notified of its alerts. `quiet_from` and `quiet_until` are hours of the day, equal for none."""

    sound: bool = False
    quiet_from: int = 0
    quiet_until: int = 0

    def is_quiet(self, now: datetime, zone: tzinfo) -> bool:
        """Return whether an instant is in the quiet hours: no sound, no mail before their end."""
        hour, first, end = now.astimezone(zone).hour, self.quiet_from, self.quiet_until
        return first <= hour < end if first <= end else hour >= first or hour < end

    @property
    def quiet_words(self) -> str:
        """The quiet hours in words."""
        return f"de {self.quiet_from} h à {self.quiet_until} h" if self.quiet_from != self.quiet_until else "aucune"


class Mute(StrEnum):
    """For how long an alert is muted."""

    HOUR = "hour"
    TOMORROW = "tomorrow"
    OFF = "off"
    NO = "no"

    @property
    def label(self) -> str:
        """The choice on the screens."""
        return {Mute.HOUR: "1 heure", Mute.TOMORROW: "jusqu'à demain 8 h", Mute.OFF: "arrêtée", Mute.NO: "non"}[self]

    def applied(self, alert: Alert, now: datetime, zone: tzinfo) -> Alert:
        """Return an alert muted from now on."""
        local = now.astimezone(zone)
        tomorrow = (local + timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0).astimezone(now.tzinfo)
        until = {Mute.HOUR: now + timedelta(hours=1), Mute.TOMORROW: tomorrow}.get(self)
        return replace(alert, muted_until=until, paused=self is Mute.OFF)
