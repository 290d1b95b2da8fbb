"""Receive from another system, a bed management software or a patient record, numbers that it observed at an instant."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from ror.errors import OlderNumber, PartsRefused, Refused
from ror.model.capacity import NOTHING, STATUS_WORDS, Counts, check_capacity, checked_counts
from ror.model.count_parts import CountPart, PartKey
from ror.model.declaration import Channel, Declaration, EventKind, checked_comment
from ror.model.freshness import CLOCK_TOLERANCE
from ror.model.journal import Act
from ror.model.nomenclature import SourceType
from ror.model.rights import Account
from ror.services import journal
from ror.services.availability.declarable_unit import DeclarableUnit, authorize_unit
from ror.services.region_time import local_words
from ror.store import declarations
from ror.store.engine.database import Database

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)

_TOGETHER = ("available", "occupied", "reserved", "closed")
"""The statuses among which the beds of a unit are divided."""


@dataclass(frozen=True, slots=True)
class Received:
    """The numbers of a unit from a system. `counts` by status (the fields of `Counts`): a status left out keeps its last one.

    `parts` are those of these counts. `observed_at` is when the numbers were true (capacityUpdateDate), with its zone; each
    instant needs `available`. `comment` None keeps the last one; with one, `seen_position` is the last position that its
    author saw, as in `DeclarationDraft`. `temporality` (R331) "" is the unit's own; the numbers of another one stand apart.
    """

    unit: str
    counts: Mapping[str, int]
    observed_at: datetime
    source_type: SourceType
    comment: str | None = None
    seen_position: int = 0
    parts: Sequence[CountPart] = ()
    temporality: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """Numbers to write for a temporality: all its `counts`, and which statuses were sent (`given`); else as `Received`."""

    temporality: str
    counts: Counts
    given: frozenset[str]
    observed_at: datetime
    source_type: SourceType
    comment: str | None = None
    seen_position: int = 0


def receive(db: Database, account: Account, received: Received, now: datetime) -> tuple[Declaration, bool]:
    """Write the numbers received unless the log has them; return the event that has them, and whether it was written now.

    The same numbers at the same instant change nothing; at a later one they are a confirmation. An unusual number is
    written without a question: nobody is there to answer. A unit closed for a time stays so. Raises `Forbidden`, `NotFound`,
    `Refused`, and its subclass `OlderNumber` for numbers older than the last ones, or that differ from those of the
    same instant.
    """
    with journal.refusals(db, Act.DECLARE, account, f"unit:{received.unit}", now), db.transaction() as transaction:
        unit = authorize_unit(transaction, account, received.unit, channel=Channel.API)
        event, new = receive_in(unit, received, now)
    if new:
        unit.publish(event)
    return event, new


def receive_in(unit: DeclarableUnit, received: Received, now: datetime) -> tuple[Declaration, bool]:
    """Write numbers received in the unit's transaction; what is new is to be published once that is committed.

    Returns and raises what `receive` does.
    """
    temporality = received.temporality or str(unit.kind.temporality)
    last = unit.last_for(temporality)
    before = last.counts if last else NOTHING
    parts = [*(part for part in before.parts if part.key.status not in received.counts), *received.parts]
    for key, times in Counter(part.key for part in parts).items():
        if times > 1 or (key.status not in received.counts and any(part.key == key for part in received.parts)):
            raise PartsRefused(
                f"Le détail du nombre « {STATUS_WORDS[key.status]} » vient avec ce nombre, chaque partie une seule fois."
            )
    counts = replace(before, **received.counts, parts=tuple(parts))
    given = frozenset(received.counts)
    observation = Observation(
        *(temporality, counts, given, received.observed_at, received.source_type, received.comment, received.seen_position)
    )
    return write_observation(unit, observation, now)


def write_observation(unit: DeclarableUnit, observation: Observation, now: datetime) -> tuple[Declaration, bool]:
    """Write an observation in the unit's transaction. Returns and raises what `receive` does."""
    _check_instant(observation.observed_at, now)
    last = unit.last_for(observation.temporality)
    counts = checked_counts(observation.counts)
    comment = checked_comment((last.comment if last else "") if observation.comment is None else observation.comment)
    same = last is not None and last.counts == counts and last.comment == comment
    if last is not None and last.observed_at is not None and observation.observed_at <= last.observed_at:
        if same and observation.observed_at == last.observed_at:
            return last, False
        if observation.observed_at < last.observed_at or not _completes(unit, observation, counts, last, comment):
            received, present = (local_words(at, unit.department) for at in (observation.observed_at, last.observed_at))
            raise OlderNumber(
                f"Le nombre reçu date du {received} ; celui de l'unité, du {present}, est plus récent ou du même instant : "
                "envoyez un nombre plus récent."
            )
    _check_available(observation, last)
    if observation.comment is not None:
        unit.check_comment_not_masked(observation.seen_position, comment)
    own = unit.last_number
    closed_until = unit.remaining_closure(own, now) if own else None
    unit.check_open(counts)
    _check_closure(closed_until, counts)
    _check_capacity(observation.given, counts, unit)
    kind = EventKind.CONFIRMED if same else EventKind.DECLARED
    event = replace(
        unit.new_event(kind, counts, comment, now, temporality=observation.temporality),
        observed_at=observation.observed_at,
        source_type=str(observation.source_type),
        closed_until=closed_until if observation.temporality == unit.kind.temporality else None,
        acts_on=last.position if same and last is not None else None,
    )
    unit.append(Act.CONFIRM if same else Act.DECLARE, event)
    return event, True


def write_remaining(unit: DeclarableUnit, temporality: str, counts: Counts, now: datetime) -> Declaration:
    """Write, in the unit's transaction, the numbers that are left for a temporality once some were removed.

    They keep their instant; without a number available, nothing is declared any more. Raises `Refused`.
    """
    last = unit.last_for(temporality)
    assert last is not None
    if counts.available is not None:
        _check_capacity(frozenset(), checked_counts(counts), unit)
    event = replace(
        unit.new_event(EventKind.DECLARED, counts, last.comment, now, temporality=temporality),
        observed_at=None if counts.available is None else last.observed_at,
        source_type=last.source_type,
        closed_until=unit.remaining_closure(last, now),
    )
    unit.append(Act.DECLARE, event)
    return event


def _check_instant(observed_at: datetime, now: datetime) -> None:
    if observed_at.tzinfo is None:
        raise Refused("L'instant du nombre doit dire son fuseau horaire, comme dans 2026-05-04T08:00:00+02:00.")
    if not EARLIEST <= observed_at <= now + CLOCK_TOLERANCE:
        raise Refused(
            f"L'instant du nombre, {observed_at.isoformat()}, est à venir ou bien trop ancien : vérifiez la date, et "
            "l'horloge du système qui l'envoie."
        )


def is_later(observed_at: datetime, last: Declaration | None) -> bool:
    """Return whether an instant is after that of the last numbers; True when there are none."""
    return last is None or last.observed_at is None or observed_at > last.observed_at


def _check_available(observation: Observation, last: Declaration | None) -> None:
    """Raise `Refused` for a later instant without the number available: the last one would pass for confirmed then."""
    if is_later(observation.observed_at, last) and "available" not in observation.given:
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


def _check_capacity(given: Collection[str], counts: Counts, unit: DeclarableUnit) -> None:
    """Raise `Refused` as `check_capacity` does; name the last numbers that were added when those sent fit by themselves."""
    added = {name: number for name in _TOGETHER if name not in given and (number := getattr(counts, name))}
    try:
        check_capacity(counts, unit.kind.capacity_type, unit.entry.installed)
    except Refused as refused:
        sent = Counts(**{name: None if name in added else number for name, number in counts.by_status().items()}, parts=())
        check_capacity(sent, unit.kind.capacity_type, unit.entry.installed)
        words = ", ".join(f"{STATUS_WORDS[name]} : {number}" for name, number in added.items())
        raise Refused(
            f"{refused.user_message} Ce que l'envoi ne dit pas a gardé son dernier nombre ({words}) : dites-le aussi, même 0."
        ) from None


def _completes(unit: DeclarableUnit, observation: Observation, counts: Counts, last: Declaration, comment: str) -> bool:
    """Return whether numbers of the last event's instant complete it: systems send one status, or part of it, after the other.

    A number may be sent for that instant while the last event has none, or still has that of the event before that instant.
    """
    before: Declaration | None = last
    while before is not None and before.observed_at == observation.observed_at:
        before = declarations.previous(unit.transaction.cursor, before)
    at_instant, before_instant = last.counts.records(), before.counts.records() if before else {}
    sent = {key: number for key, number in counts.records().items() if key.status in observation.given}
    free = (at_instant.get(key) in (None, before_instant.get(key), number) for key, number in sent.items())
    lost = {key.status for key in at_instant if key.status in observation.given and key not in sent}
    untouched = (_of_status(at_instant, status) == _of_status(before_instant, status) for status in lost)
    return comment == last.comment and all(free) and all(untouched)


def _of_status(records: Mapping[PartKey, int], status: str) -> dict[PartKey, int]:
    return {key: number for key, number in records.items() if key.status == status}
