"""The gesture of another system: a number observed at an instant, from a bed management software or a patient record."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime

from ror.errors import Older, Refused
from ror.model.capacity import STATUS_WORDS, Counts, Declaration, EventKind, check_capacity, checked_comment, checked_counts
from ror.model.freshness import CLOCK_TOLERANCE, instant_words
from ror.model.journal import Act
from ror.model.nomenclature import SourceType
from ror.model.rights import Account
from ror.services import journal
from ror.services.availability import writing
from ror.store import declarations
from ror.store.engine.database import Database, Transaction

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)

_TOGETHER = ("available", "occupied", "reserved", "closed")
"""The statuses that share the beds of a unit."""


@dataclass(frozen=True, slots=True)
class Received:
    """What a system says of a unit. `counts` by status (the fields of `Counts`): a status left out keeps its last number.

    `observed_at` is when the numbers were true (capacityUpdateDate), with its zone; `available` is told for each instant.
    `comment` None keeps the last one; with one, `seen` is the last position that its author knew (as in `declare.Draft`).
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
    unusual number: nobody is there to answer. A unit closed for a time stays so. Raises `Forbidden`, `NotFound`, `Refused`,
    and its child `Older` for numbers older than what we hold, or others of the same statuses for the same instant.
    """
    with journal.refusals(db, Act.DECLARE, account, f"unit:{received.unit}", now), db.transaction() as transaction:
        event, place, new = written(transaction, account, received, now)
    return (writing.told(event, place) if new else event), new


def written(
    transaction: Transaction, account: Account | None, received: Received, now: datetime
) -> tuple[Declaration, writing.Place, bool]:
    """As `receive`, inside a transaction that may hold others; what is new is to be told of once committed.

    `account` None is the command line.
    """
    place = writing.allowed(transaction.cursor, account, received.unit)
    _check_instant(received, now)
    last = writing.last_of(transaction, received.unit, str(place.type.temporality), masks=False)
    counts = checked_counts(replace(last.counts if last else Counts(None), **received.counts))
    comment = checked_comment((last.comment if last else "") if received.comment is None else received.comment)
    same = last is not None and asdict(last.counts) == asdict(counts) and last.comment == comment
    if last is not None and last.observed_at is not None and received.observed_at <= last.observed_at:
        if same and received.observed_at == last.observed_at:
            return last, place, False
        if received.observed_at < last.observed_at or not _completes(transaction, received, last, comment):
            raise Older(
                f"Le nombre reçu date du {instant_words(received.observed_at)} ; celui de l'unité, du "
                f"{instant_words(last.observed_at)}, est plus récent ou du même instant : envoyez un nombre plus récent."
            )
    _check_available(received, last)
    if received.comment is not None:
        writing.not_masked(transaction.cursor, place, received.seen, comment)
    closed_until = writing.still(last.closed_until, now) if last else None
    writing.check_open(place, counts)
    _check_closure(closed_until, counts)
    _check_capacity(received, counts, place)
    kind = EventKind.CONFIRMED if same and last is not None else EventKind.DECLARED
    event = replace(
        writing.event_of(transaction, place, account, kind, counts, comment, now),
        observed_at=received.observed_at,
        source_type=str(received.source_type),
        closed_until=closed_until,
        acts_on=last.position if same and last is not None else None,
    )
    writing.write(transaction, Act.CONFIRM if same else Act.DECLARE, account, event)
    return event, place, True


def _check_instant(received: Received, now: datetime) -> None:
    if received.observed_at.tzinfo is None:
        raise Refused("L'instant du nombre doit dire son fuseau horaire, comme dans 2026-05-04T08:00:00+02:00.")
    if not EARLIEST <= received.observed_at <= now + CLOCK_TOLERANCE:
        raise Refused(
            f"L'instant du nombre, {received.observed_at.isoformat()}, est à venir ou bien trop ancien : vérifiez la date, et "
            "l'horloge du système qui l'envoie."
        )


def _check_available(received: Received, last: Declaration | None) -> None:
    """A later instant says the number available too: the one we hold would pass for confirmed at an instant it was not."""
    later = last is None or last.observed_at is None or received.observed_at > last.observed_at
    if later and "available" not in received.counts:
        raise Refused(
            "Dites aussi le nombre disponible, avec le reste ou avant lui pour le même instant : sans lui, celui qui est "
            "connu passerait pour confirmé."
        )


def _check_closure(closed_until: date | None, counts: Counts) -> None:
    """What a manager closed for a time, a manager reopens: no software undoes it by sending what it counts all day."""
    if closed_until is not None and counts.available:
        raise Refused(
            f"Un responsable a fermé cette unité jusqu'au {closed_until:%d/%m/%Y} inclus : elle ne peut offrir que 0. "
            "Envoyez 0, ou demandez-lui de la rouvrir."
        )


def _check_capacity(received: Received, counts: Counts, place: writing.Place) -> None:
    """As `check_capacity`; whoever sent what fits by itself is told what it was counted with."""
    kept = {name: held for name in _TOGETHER if name not in received.counts and (held := getattr(counts, name))}
    try:
        check_capacity(counts, place.type.capacity_type, place.unit.installed)
    except Refused as refused:
        check_capacity(replace(counts, **dict.fromkeys(kept, None)), place.type.capacity_type, place.unit.installed)
        words = ", ".join(f"{STATUS_WORDS[name]} : {held}" for name, held in kept.items())
        raise Refused(
            f"{refused.message} Ce que l'envoi ne dit pas a gardé son dernier nombre ({words}) : dites-le aussi, même 0."
        ) from None


def _completes(transaction: Transaction, received: Received, last: Declaration, comment: str) -> bool:
    """Whether numbers of the very instant that we hold add to it: systems send one status after the other.

    A status may be told for the instant as long as it still has the number, or none, that it had before that instant.
    """
    before: Declaration | None = last
    while before is not None and before.observed_at == received.observed_at:
        before = declarations.latest(
            transaction.cursor, last.unit, before.position, last.temporality, masks=False, end=transaction.position
        )
    held, carried = asdict(last.counts), asdict(before.counts if before else Counts(None))
    told = (held[status] in (None, carried[status], number) for status, number in received.counts.items())
    return comment == last.comment and all(told)
