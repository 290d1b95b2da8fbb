"""The events of the log, and the rules of their comments (RG_EXP_047: a closed offer shows 0 available)."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ror.errors import CommentRefused
from ror.model.capacity import Counts
from ror.model.nomenclature import CapacityType
from ror.model.text import plain_lines

COMMENT_LENGTH = 500


class EventKind(StrEnum):
    """The kinds of events of the log. Each event carries the whole state of its unit after it."""

    DECLARED = "declared"
    CONFIRMED = "confirmed"
    CLOSED = "closed"
    UNDONE = "undone"
    MASKED = "masked"


class Channel(StrEnum):
    """The ways by which an event reaches the log."""

    FORM = "form"
    FILE = "file"
    API = "api"
    FHIR = "fhir"
    LINK = "link"
    TELEPHONE = "telephone"

    @property
    def label(self) -> str:
        """The name of the channel on the screens."""
        return {
            Channel.FORM: "formulaire",
            Channel.FILE: "fichier",
            Channel.API: "API",
            Channel.FHIR: "FHIR",
            Channel.LINK: "lien d'un rappel",
            Channel.TELEPHONE: "par téléphone, coordination",
        }[self]


@dataclass(frozen=True, slots=True)
class Declaration:
    """One event of the append-only log, as it is stored.

    Its numbers are of one temporality (R331): the unit's own, or another, which only other systems send.

    `observed_at` is when the number was true (None once an undo leaves nothing declared), `recorded_at` when it reached
    the service, `position` the commit order, `acts_on` the position that a confirmation, an undo or a mask is about. `save_id`
    identifies the form that was sent ("" for none): a form sent twice is written once. `capacity_type` is what the unit counted
    then, `channel` a `Channel` (both "" in the events of earlier versions).
    """

    position: int
    kind: EventKind
    unit: str
    temporality: str
    counts: Counts
    comment: str
    closed_until: date | None
    source_type: str
    account: str
    observed_at: datetime | None
    recorded_at: datetime
    acts_on: int | None = None
    save_id: str = ""
    capacity_type: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class OtherNumbers:
    """The last numbers of a unit for another temporality (R331) than its own: they change neither its number nor its age.

    The number available and `observed_at` are None once they were taken away.
    """

    temporality: str
    counts: Counts
    source_type: str
    observed_at: datetime | None


def change_words(before: int | None, after: int | None, capacity: CapacityType | None) -> str:
    """Format the numbers available before and after an event: « 4 → 3 lits », « — → 3 lits », « 3 lits, inchangé ».

    Without a capacity type there is no noun; "" when there is no number at all.
    """
    numbers = ["—" if number is None else capacity.of(number) if capacity else str(number) for number in (before, after)]
    if before == after:
        return "" if after is None else f"{numbers[1]}, inchangé"
    if after is not None and before is not None:
        numbers[0] = str(before)
    return " → ".join(numbers)


def checked_comment(comment: str) -> str:
    """Return the comment cleaned by `plain_lines`. Raises `CommentRefused` past `COMMENT_LENGTH` characters.

    A stored comment is checked again when a number is received or learnt by a call, which copy it.
    """
    stripped = comment.strip()
    if len(stripped) <= COMMENT_LENGTH:
        stripped = plain_lines(stripped)
    if len(stripped) > COMMENT_LENGTH:
        raise CommentRefused(
            f"Le commentaire compte {len(stripped)} caractères : raccourcissez-le à {COMMENT_LENGTH} caractères au plus."
        )
    return stripped
