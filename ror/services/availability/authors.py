"""Who changed the number of a unit, for the managers of its perimeter and for administrators; nobody else reads a name."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ror.errors import Forbidden, NotFound
from ror.model.declaration import Channel, EventKind
from ror.model.journal import Act
from ror.model.nomenclature import CapacityType
from ror.model.rights import Account, Action, may
from ror.model.unit_kind import unit_kind
from ror.services import journal
from ror.services.availability.consult import HISTORY, UnitRow
from ror.services.availability.declarable_unit import IMPORT_AUTHOR
from ror.services.rights import check, lacks_second_factor
from ror.store import call_round, declarations, registry, unit_types
from ror.store.engine.database import Database

MAX_CHANGES = 50
_MAX_EVENTS = 1_000
"""A unit that software feeds is confirmed some 25 times a day: in a row, these are one change."""

_UNKNOWN = "Compte inconnu"


@dataclass(frozen=True, slots=True)
class AuthoredChange:
    """One event of a unit: when, who, how, and its number available before and after (None: no number).

    `channel` is None in the events of earlier versions; `capacity` is what the unit counted then. `times` counts the
    confirmations in a row by one author, of which this is the last. For the correction of a past number `corrects` is the
    instant of that number; None for an event of the log.
    """

    at: datetime
    author: str
    kind: EventKind
    channel: Channel | None
    before: int | None
    after: int | None
    capacity: CapacityType
    times: int = 1
    corrects: datetime | None = None


def allowed(account: Account, row: UnitRow) -> bool:
    """Return whether the screen offers the authors of a unit of the board; `read` checks the right again."""
    where = (row["unit"], row["finess"], row["legal_entity"])
    return may(account, Action.READ_AUTHORS, where) and not _lacks_second_factor(account, where)


def read(db: Database, account: Account, unit_id: str, now: datetime) -> list[AuthoredChange]:
    """Return who changed the number of a unit over the last 90 days, the newest first, `MAX_CHANGES` at most.

    Confirmations (those in a row as one), closures, undos and corrections of past numbers are among them. A manager needs no
    second factor to read the names of the perimeter; an administrator needs that of the journal. Raises `Forbidden`,
    journalled, or `NotFound`.
    """
    with journal.refusals(db, Act.CONSULT, account, f"unit:{unit_id}", now), db.reader() as cursor:
        check(account, Action.READ_AUTHORS)
        registered = registry.unit(cursor, unit_id)
        if registered is None:
            raise NotFound("Cette unité n'existe pas ou plus : rechargez la page.")
        entry, structure, legal_entity, _ = registered
        where = (unit_id, structure, legal_entity)
        if not may(account, Action.READ_AUTHORS, where):
            raise Forbidden("Seuls les responsables de cette unité et les administrateurs voient qui a changé son nombre.")
        if _lacks_second_factor(account, where):
            check(account, Action.READ_JOURNAL)
        kind = unit_kind(entry, unit_types.types(cursor))
        if kind is None:
            return []
        rows = declarations.authored(cursor, unit_id, str(kind.temporality), now - HISTORY, _MAX_EVENTS).to_pylist()
        corrections = call_round.authored_corrections(cursor, unit_id, now - HISTORY)
    events = [
        AuthoredChange(
            at=row["recorded_at"].astimezone(UTC),
            author=(row["name"] or _UNKNOWN) if row["account"] else IMPORT_AUTHOR.capitalize(),
            kind=EventKind(row["kind"]),
            channel=Channel(row["channel"]) if row["channel"] in set(Channel) else None,
            before=row["before"],
            after=row["after"],
            capacity=CapacityType(row["capacity_type"] or kind.capacity_type),
        )
        for row in rows
    ]
    events = _without_repetitions(events) + [_correction(row, kind.capacity_type) for row in corrections]
    return sorted(events, key=lambda event: event.at, reverse=True)[:MAX_CHANGES]


def _correction(row: dict[str, Any], capacity: CapacityType) -> AuthoredChange:
    return AuthoredChange(
        at=row["recorded_at"].astimezone(UTC),
        author=row["name"] or _UNKNOWN,
        kind=EventKind.DECLARED,
        channel=Channel(row["channel"]),
        before=row["before"],
        after=row["available"],
        capacity=CapacityType(row["capacity_type"] or capacity),
        corrects=row["observed_at"].astimezone(UTC),
    )


def _without_repetitions(events: Sequence[AuthoredChange]) -> list[AuthoredChange]:
    """Return events, newest first, with the confirmations in a row by one author as one."""
    changes: list[AuthoredChange] = []
    for event in events:
        last = changes[-1] if changes else None
        if last and event.kind is EventKind.CONFIRMED and replace(last, at=event.at, times=1) == event:
            changes[-1] = replace(last, times=last.times + 1)
        else:
            changes.append(event)
    return changes


def _lacks_second_factor(account: Account, where: tuple[str, str, str]) -> bool:
    """Return whether the account may read the names as an administrator alone, and lacks the second factor of one."""
    return not may(account, Action.HAND_OVER, where) and lacks_second_factor(account, Action.READ_JOURNAL)
