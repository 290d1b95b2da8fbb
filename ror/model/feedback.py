"""What readers report of a number after a call: which reports contradict it, and the words for it.

A number is a unit's last one for its temporality, identified by the instant at which it was true: masking a comment does not
change it, a confirmation replaces it, and an undo brings it back.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ror.errors import Refused
from ror.model.capacity import checked_number
from ror.model.french import count
from ror.model.freshness import age_words
from ror.model.text import plain

WORD_LENGTH = 140
MAX_AN_HOUR = 100
"""Reports that one account may give in an hour; a word added later counts as one. That is two calls in three minutes."""

HOUR = timedelta(hours=1)
WORD_DAYS = 400
"""Retention of the words of reports; the reports themselves stay, as declarations do."""

MARK = "⚑"
"""The shape of a contradicted number, beside its words."""


class FeedbackKind(StrEnum):
    """What a reader reports of a number; `WITHDRAWN` takes the reader's own report back."""

    CONFIRMED = "confirmed"
    FULL = "full"
    UNREACHABLE = "unreachable"
    OTHER = "other"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """The kind on the screens."""
        return {
            FeedbackKind.CONFIRMED: "Confirmé",
            FeedbackKind.FULL: "Plus de place",
            FeedbackKind.UNREACHABLE: "Injoignable",
            FeedbackKind.OTHER: "Autre nombre",
            FeedbackKind.WITHDRAWN: "Retiré",
        }[self]


GIVEN = tuple(kind for kind in FeedbackKind if kind is not FeedbackKind.WITHDRAWN)
"""The kinds that a reader chooses from, in their order on the screens."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """One report, as it is stored. Of the reports of an account about a number, only the last one counts.

    `about` is the instant of the number (`Declaration.observed_at`). `other` is the number that the reader was given by
    telephone, None when the report has none. `contradicts` is the result of the function of this name at the time of the
    report. `channel` is a `model.declaration.Channel`.
    """

    position: int
    unit: str
    temporality: str
    about: datetime
    account: str
    kind: FeedbackKind
    other: int | None
    contradicts: bool
    word: str
    channel: str
    recorded_at: datetime

    def same_as(self, other: "Feedback") -> bool:
        """Return whether another report says the same thing of the same number."""
        return replace(self, position=other.position, channel=other.channel, recorded_at=other.recorded_at) == other


@dataclass(frozen=True, slots=True)
class Contradiction:
    """The reports that contradict a number: how many accounts, the latest instant, and the kind and other number to show.

    `kind` is that of the latest report of another number or of no place left, else `UNREACHABLE`.
    """

    accounts: int
    at: datetime
    kind: FeedbackKind
    other: int | None = None

    def words(self, now: datetime) -> str:
        """Return the mark in words: « ⚑ contredit par 2 lecteurs il y a 20 min : plus de place »."""
        verb = "mis en doute" if self.kind is FeedbackKind.UNREACHABLE else "contredit"
        reason = {
            FeedbackKind.FULL: "plus de place",
            FeedbackKind.UNREACHABLE: "injoignable",
            FeedbackKind.OTHER: "autre nombre" if self.other is None else f"plutôt {self.other}",
        }[self.kind]
        return f"{MARK} {verb} par {count(self.accounts, 'lecteur')} {age_words(now - self.at)} : {reason}"


def contradicts(kind: FeedbackKind) -> bool:
    """Return whether a report contradicts a number, or puts it in doubt: every kind but a confirmation does."""
    return kind not in (FeedbackKind.CONFIRMED, FeedbackKind.WITHDRAWN)


def check_feedback(kind: FeedbackKind, available: int, other: int | None) -> None:
    """Raise `Refused` for a report that repeats the number it is about: "no place left" of 0, or the same number."""
    if kind is FeedbackKind.FULL and available == 0:
        raise Refused("Ce nombre est déjà 0 : choisissez « Confirmé ».")
    if kind is FeedbackKind.OTHER and other == available:
        raise Refused(f"{available} est le nombre affiché : choisissez « Confirmé », ou donnez l'autre nombre.")


def checked_other(kind: FeedbackKind, typed: object) -> int | None:
    """Parse the other number as typed, None when nothing was. Raises `Refused`, also for another kind than `OTHER`."""
    number = checked_number(typed, "Nombre annoncé")
    if number is not None and kind is not FeedbackKind.OTHER:
        raise Refused("Un autre nombre va avec « Autre nombre » : choisissez-le d'abord.")
    return number


def checked_word(word: str) -> str:
    """Return a word cleaned to one line. Raises `Refused` past `WORD_LENGTH` characters."""
    cleaned = plain(word)
    if len(cleaned) > WORD_LENGTH:
        raise Refused(f"Le mot compte {len(cleaned)} caractères : raccourcissez-le à {WORD_LENGTH} au plus.")
    return cleaned
