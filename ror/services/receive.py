"""The gesture of another system: a number observed at an instant, from a bed management software or a patient record."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from ror.errors import Older, Refused
from ror.model.capacity import Counts, Declaration, Kind, check_capacity, checked_comment, checked_counts
from ror.model.freshness import AHEAD, instant_words
from ror.model.journal import Act
from ror.model.nomenclature import SourceType
from ror.model.rights import Account
from ror.services import journal, writing
from ror.store import declarations
from ror.store.database import Database, Writer


@dataclass(frozen=True, slots=True)
class Received:
    """What a system says of a unit. `counts` by status (the fields of `Counts`): a status left out keeps its last number.

    `comment` None keeps the last one; with one, `seen` is the last position that its author knew (as in `declare.Draft`).
    `observed_at` is when the numbers were true (capacityUpdateDate), with its zone.
    """

    unit: str
    counts: Mapping[str, int]
    observed_at: datetime
    source_type: SourceType
    comment: str | None = None
    seen: int = 0


def receive(db: Database, account: Account, received: Received, now: datetime) -> tuple[Declaration, bool]:
    """Write what was received, unless we hold it already: the event that says it, and whether it was written now.

    The same numbers at the same instant change nothing; at a later one they are a confirmation. No question is asked of an
    unusual number: nobody is there to answer. Raises `Forbidden`, `NotFound`, `Refused`, and its child `Older` for numbers
    older than what we hold, or others for the same instant.
    """
    with journal.refusals(db, Act.DECLARE, account, f"unit:{received.unit}", now), db.writer() as writer:
        event, place, new = written(writer, account, received, now)
    return (writing.told(event, place) if new else event), new


def written(writer: Writer, account: Account, received: Received, now: datetime) -> tuple[Declaration, writing.Place, bool]:
    """As `receive`, inside a transaction that may hold others; what is new is to be told of once committed."""
    _check_instant(received, now)
    place = writing.allowed(writer.cursor, account, received.unit)
    last = declarations.latest(
        writer.cursor, received.unit, temporality=str(place.type.temporality), masks=False, end=writer.position
    )
    counts = checked_counts(replace(last.counts if last else Counts(None), **received.counts))
    comment = checked_comment((last.comment if last else "") if received.comment is None else received.comment)
    same = last is not None and asdict(last.counts) == asdict(counts) and last.comment == comment
    if last is not None and last.observed_at is not None and received.observed_at <= last.observed_at:
        if same and received.observed_at == last.observed_at:
            return last, place, False
        raise Older(
            f"Le nombre reçu date du {instant_words(received.observed_at)} ; celui de l'unité, du "
            f"{instant_words(last.observed_at)}, est plus récent ou du même instant : envoyez un nombre plus récent."
        )
    if received.comment is not None:
        writing.not_masked(writer.cursor, place, received.seen, comment)
    writing.check_open(place, counts)
    check_capacity(counts, place.type.capacity_type, place.unit.installed)
    kind = Kind.CONFIRMED if same and last is not None else Kind.DECLARED
    event = replace(
        writing.event_of(writer, place, account, kind, counts, comment, now),
        observed_at=received.observed_at,
        source_type=str(received.source_type),
    )
    if same and last is not None:
        event = replace(event, closed_until=writing.still(last.closed_until, now), acts_on=last.position)
    writing.write(writer, Act.CONFIRM if same else Act.DECLARE, account, event)
    return event, place, True


def _check_instant(received: Received, now: datetime) -> None:
    if received.observed_at.tzinfo is None:
        raise Refused("L'instant du nombre doit dire son fuseau horaire, comme dans 2026-05-04T08:00:00+02:00.")
    if received.observed_at > now + AHEAD:
        raise Refused(f"L'instant du nombre, le {instant_words(received.observed_at)}, est à venir : vérifiez l'horloge.")
