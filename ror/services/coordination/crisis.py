"""Open, change and close the events of a crisis, for coordinators; read the open ones and their progress.

An event shortens the duty of the units in its scope (`model.crisis.Duty`); ageing the board (`store.board.aging`) applies it.
"""

import re
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ror.errors import NotFound, Outdated, Refused
from ror.model import crisis as rules
from ror.model.crisis import CrisisEvent, CrisisKind, CrisisRound, CrisisScope, ExtraCount
from ror.model.journal import Act
from ror.model.needs import published_needs
from ror.model.rights import Account, Action
from ror.model.territory import territories
from ror.services import events, journal
from ror.services.coordination.crisis_progress import Progress as Progress
from ror.services.coordination.crisis_progress import progress as progress
from ror.store import crises, registry
from ror.store.board import board as boards
from ror.store.engine.database import Cursor, Database, Transaction

MAX_STRUCTURES = 200
"""Structures that an event may name; for more of them it names départements."""

_ID = re.compile(r"[0-9A-Za-z_-]{8,32}")


@dataclass(frozen=True, slots=True)
class TypedEvent:
    """An event as a coordinator typed it; `until` None when it was not typed or makes no sense."""

    kind: CrisisKind
    level: int
    name: str
    scope: CrisisScope
    until: datetime | None
    rhythm_hours: int
    extra_counts: tuple[ExtraCount, ...] = ()


def open_events(db: Database, now: datetime) -> list[CrisisEvent]:
    """Return the events that are open now, the earliest opened first."""
    return rules.open_at(boards.current(db).crises, now)


def all_events(db: Database, account: Account, now: datetime) -> list[CrisisEvent]:
    """Return every event as it is known now, the last opened first. Raises `Forbidden`, journalled."""
    journal.require(db, account, Action.COORDINATE, Act.CRISIS, "crisis:", now)
    return rules.known_at(boards.current(db).crises, now)[::-1]


def event_rounds(db: Database, event_id: str, now: datetime) -> list[CrisisRound]:
    """Return the rounds of an event that had begun by now, none for an unknown event."""
    versions = [version for version in boards.current(db).crises if version.id == event_id]
    return rules.rounds(versions, now) if versions else []


def open_event(db: Database, account: Account, event_id: str, typed: TypedEvent, now: datetime) -> CrisisEvent:
    """Open an event from now on, and return it; `event_id` was created with the form, so that a form sent twice opens once.

    Raises `Forbidden`, journalled, or `Refused`.
    """
    if not _ID.fullmatch(event_id):
        raise Refused("Rien n'est ouvert : rechargez la page et recommencez.")
    with _transaction(db, account, event_id, now) as transaction:
        if versions := crises.versions(transaction.cursor, event_id):
            return versions[-1]
        event = _checked(transaction.cursor, event_id, typed, now, now)
        written = crises.add(transaction, event, now)
        journal.record(transaction, Act.CRISIS, account, f"crisis:{event_id}", now, after=_values(written))
    events.publish(events.CommitEvent(written.position))
    return written


def change_event(
    db: Database, account: Account, event_id: str, seen_position: int, typed: TypedEvent, now: datetime
) -> CrisisEvent:
    """Change an open event: its end, its rhythm, its scope... A new rhythm begins a new round now. Returns it.

    `seen_position` is that of the version that the form was rendered from. Raises `Forbidden`, journalled, `NotFound`,
    `Refused`, or `Outdated` when somebody changed it since.
    """
    with _transaction(db, account, event_id, now) as transaction:
        before = _open(transaction.cursor, event_id, now)
        event = _checked(transaction.cursor, event_id, replace(typed, kind=before.kind), before.opened_at, now)
        if event.rhythm_hours == before.rhythm_hours:
            event = replace(event, rounds_from=before.since)
        if _values(event) == _values(before):
            return before
        if before.position > seen_position:
            raise Outdated("Entre-temps, cet événement a été modifié. Votre saisie est gardée : vérifiez-la, puis enregistrez.")
        written = crises.add(transaction, event, now)
        subject = f"crisis:{event_id}"
        journal.record(transaction, Act.CRISIS, account, subject, now, before=_values(before), after=_values(written))
    events.publish(events.CommitEvent(written.position))
    return written


def close_event(db: Database, account: Account, event_id: str, now: datetime) -> CrisisEvent:
    """Close an event now, before its end, and return it; one that is over stays as it is.

    Raises `Forbidden`, journalled, or `NotFound`.
    """
    with _transaction(db, account, event_id, now) as transaction:
        before = _last(transaction.cursor, event_id)
        if before.until <= now:
            return before
        written = crises.add(transaction, replace(before, until=now), now)
        before_values, after = {"until": before.until.isoformat()}, {"action": "close", "until": now.isoformat()}
        journal.record(transaction, Act.CRISIS, account, f"crisis:{event_id}", now, before=before_values, after=after)
    events.publish(events.CommitEvent(written.position))
    return written


def _transaction(db: Database, account: Account, event_id: str, now: datetime) -> AbstractContextManager[Transaction]:
    return journal.authorized_transaction(db, account, Action.COORDINATE, Act.CRISIS, f"crisis:{event_id}", now)


def _checked(cursor: Cursor, event_id: str, typed: TypedEvent, opened_at: datetime, now: datetime) -> CrisisEvent:
    """Return a typed event, checked, with a first round that begins now. Raises `Refused`."""
    if typed.until is None:
        raise Refused("Donnez la fin de l'événement : un jour et une heure à venir.")
    scope = _checked_scope(cursor, typed.scope)
    event = CrisisEvent(
        *(event_id, typed.kind, typed.level, typed.name, scope, opened_at, typed.until, typed.rhythm_hours),
        typed.extra_counts,
        rounds_from=now,
    )
    return rules.checked(event, now)


def _checked_scope(cursor: Cursor, scope: CrisisScope) -> CrisisScope:
    """Return a scope with sorted codes. Raises `Refused` for unknown codes or too many structures."""
    if len(scope.structures) > MAX_STRUCTURES:
        raise Refused(f"Nommez {MAX_STRUCTURES} structures au plus ; au-delà, choisissez des départements.")
    existing = registry.structures(cursor, scope.structures)
    unknown = [f"structure {finess}" for finess in scope.structures if finess not in existing]
    unknown += [f"département {code}" for code in scope.departments if code not in territories()]
    unknown += [f"besoin {code}" for code in scope.needs if code not in published_needs()]
    if unknown:
        raise Refused(f"Le périmètre de l'événement ne se comprend pas ({', '.join(unknown)}) : choisissez dans les listes.")
    return CrisisScope(*(tuple(sorted(set(codes))) for codes in (scope.departments, scope.structures, scope.needs)))


def _values(event: CrisisEvent) -> dict[str, Any]:
    """Return an event as the journal stores it; equal values mean that nothing changed."""
    scope = event.scope
    lists = {"departments": scope.departments, "structures": scope.structures, "needs": scope.needs}
    return {
        "kind": str(event.kind),
        "level": event.level,
        "precision": event.name,
        **{name: list(codes) for name, codes in lists.items() if codes},
        "opened_at": event.opened_at.isoformat(),
        "until": event.until.isoformat(),
        "rhythm_hours": event.rhythm_hours,
        "extra_counts": [str(one) for one in event.extra_counts],
    }


def _last(cursor: Cursor, event_id: str) -> CrisisEvent:
    versions = crises.versions(cursor, event_id)
    if not versions:
        raise NotFound("Cet événement n'existe pas : rechargez la page.")
    return versions[-1]


def _open(cursor: Cursor, event_id: str, now: datetime) -> CrisisEvent:
    event = _last(cursor, event_id)
    if event.until <= now:
        raise Refused("Cet événement est terminé : ouvrez-en un autre.")
    return event
