"""Receive from another system, a bed management software or a patient record, numbers that it observed at an instant."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime

from ror.errors import OlderNumber, Refused
from ror.model.capacity import STATUS_WORDS, Counts, Declaration, EventKind, check_capacity, checked_comment, checked_counts
from ror.model.freshness import CLOCK_TOLERANCE, instant_words
from ror.model.journal import Act
from ror.model.nomenclature import SourceType
from ror.model.rights import Account
from ror.services import journal
from ror.services.availability.declarable_unit import DeclarableUnit, authorize_unit, remaining_closure
from ror.store import declarations
from ror.store.engine.database import Database

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)

_TOGETHER = ("available", "occupied", "reserved", "closed")
"""The statuses that share the beds of a unit."""


@dataclass(frozen=True, slots=True)
class Received:
    """The numbers of a unit from a system. `counts` by status (the fields of `Counts`): a status left out keeps its last one.

    `observed_at` is when the numbers were true (capacityUpdateDate), with its zone; each instant needs `available`.
    `comment` None keeps the last one; with one, `seen_position` is the last position that its author saw, as in
    `DeclarationDraft`.
    """

    unit: str
    counts: Mapping[str, int]
    observed_at: datetime
    source_type: SourceType
    comment: str | None = None
    seen_position: int = 0


def receive(db: Database, account: Account, received: Received, now: datetime) -> tuple[Declaration, bool]:
    """Write the numbers received unless the log has them; return the event that has them, and whether it was written now.

    The same numbers at the same instant change nothing; at a later one they are a confirmation. An unusual number is
    written without a question: nobody is there to answer. A unit closed for a time stays so. Raises `Forbidden`, `NotFound`,
    `Refused`, and its child `OlderNumber` for numbers older than the last ones, or other ones of the same statuses and instant.
    """
    with journal.refusals(db, Act.DECLARE, account, f"unit:{received.unit}", now), db.transaction() as transaction:
        unit = authorize_unit(transaction, account, received.unit)
        event, new = receive_in(unit, received, now)
    if new:
        unit.publish(event)
    return event, new


def receive_in(unit: DeclarableUnit, received: Received, now: datetime) -> tuple[Declaration, bool]:
    """Write numbers received in the unit's transaction; what is new is to be published once that is committed.

    Returns and raises what `receive` does.
    """
    _check_instant(received, now)
    last = unit.last_number
    counts = checked_counts(replace(last.counts if last else Counts(None), **received.counts))
    comment = checked_comment((last.comment if last else "") if received.comment is None else received.comment)
    same = last is not None and asdict(last.counts) == asdict(counts) and last.comment == comment
    if last is not None and last.observed_at is not None and received.observed_at <= last.observed_at:
        if same and received.observed_at == last.observed_at:
            return last, False
        if received.observed_at < last.observed_at or not _completes(unit, received, last, comment):
            raise OlderNumber(
                f"Le nombre reçu date du {instant_words(received.observed_at)} ; celui de l'unité, du "
                f"{instant_words(last.observed_at)}, est plus récent ou du même instant : envoyez un nombre plus récent."
            )
    _check_available(received, last)
    if received.comment is not None:
        unit.check_comment_not_masked(received.seen_position, comment)
    closed_until = remaining_closure(last, now) if last else None
    unit.check_open(counts)
    _check_closure(closed_until, counts)
    _check_capacity(received, counts, unit)
    kind = EventKind.CONFIRMED if same else EventKind.DECLARED
    event = replace(
        unit.new_event(kind, counts, comment, now),
        observed_at=received.observed_at,
        source_type=str(received.source_type),
        closed_until=closed_until,
        acts_on=last.position if same and last is not None else None,
    )
    unit.append(Act.CONFIRM if same else Act.DECLARE, event)
    return event, True


def _check_instant(received: Received, now: datetime) -> None:
    if received.observed_at.tzinfo is None:
        raise Refused("L'instant du nombre doit dire son fuseau horaire, comme dans 2026-05-04T08:00:00+02:00.")
    if not EARLIEST <= received.observed_at <= now + CLOCK_TOLERANCE:
        raise Refused(
            f"L'instant du nombre, {received.observed_at.isoformat()}, est à venir ou bien trop ancien : vérifiez la date, et "
            "l'horloge du système qui l'envoie."
        )


def _check_available(received: Received, last: Declaration | None) -> None:
    """Raise `Refused` for a later instant without the number available: the last one would pass for confirmed then."""
    later = last is None or last.observed_at is None or received.observed_at > last.observed_at
    if later and "available" not in received.counts:
        raise Refused(
            "Dites aussi le nombre disponible, avec le reste ou avant lui pour le même instant : sans lui, celui qui est "
            "connu passerait pour confirmé."
        )


def _check_closure(closed_until: date | None, counts: Counts) -> None:
    """Raise `Refused` for a number above 0 of a unit that a manager closed for a time: only a manager reopens it."""
    if closed_until is not None and counts.available:
        raise Refused(
            f"Un responsable a fermé cette unité jusqu'au {closed_until:%d/%m/%Y} inclus : elle ne peut offrir que 0. "
            "Envoyez 0, ou demandez-lui de la rouvrir."
        )


def _check_capacity(received: Received, counts: Counts, unit: DeclarableUnit) -> None:
    """Raise `Refused` as `check_capacity` does; name the last numbers that were added when those sent fit by themselves."""
    added = {name: number for name in _TOGETHER if name not in received.counts and (number := getattr(counts, name))}
    try:
        check_capacity(counts, unit.kind.capacity_type, unit.entry.installed)
    except Refused as refused:
        check_capacity(replace(counts, **dict.fromkeys(added, None)), unit.kind.capacity_type, unit.entry.installed)
        words = ", ".join(f"{STATUS_WORDS[name]} : {number}" for name, number in added.items())
        raise Refused(
            f"{refused.user_message} Ce que l'envoi ne dit pas a gardé son dernier nombre ({words}) : dites-le aussi, même 0."
        ) from None


def _completes(unit: DeclarableUnit, received: Received, last: Declaration, comment: str) -> bool:
    """Return whether numbers of the last event's instant add to it: systems send one status after the other.

    A status may be sent for the instant as long as it still has the number, or none, that it had before that instant.
    """
    before: Declaration | None = last
    while before is not None and before.observed_at == received.observed_at:
        before = declarations.previous(unit.transaction.cursor, before)
    at_instant, before_instant = asdict(last.counts), asdict(before.counts if before else Counts(None))
    free = (at_instant[status] in (None, before_instant[status], number) for status, number in received.counts.items())
    return comment == last.comment and all(free)
