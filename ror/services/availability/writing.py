"""What every gesture that declares does once it may: where the unit stands, what forbids it, the event and its line."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from ror.errors import CommentMasked, Forbidden, NotFound, Outdated, Refused
from ror.model.capacity import Counts, Declaration, EventKind
from ror.model.freshness import PARIS, instant_words
from ror.model.journal import Act
from ror.model.nomenclature import SourceType, UnitType, unit_types
from ror.model.registry import Unit
from ror.model.rights import Account, Action, may
from ror.services import events, journal
from ror.services.rights import fresh
from ror.store import accounts, comments, declarations, registry
from ror.store.engine.database import Cursor, Transaction

IMPORT = "un import"
"""The author, in words, of what no account declared: the command line did."""


@dataclass(frozen=True, slots=True)
class Place:
    """A unit and where it stands."""

    unit: Unit
    structure: str
    legal_entity: str
    department: str

    @property
    def type(self) -> UnitType:
        """What the unit counts in, and how often."""
        return unit_types()[self.unit.unit_type]


def allowed(cursor: Cursor, account: Account | None, unit_id: str) -> Place:
    """Where the unit stands, for an account whose roles and perimeter, as they stand in this transaction, hold it.

    None is the command line, which may declare everywhere.
    """
    found = registry.unit(cursor, unit_id)
    if found is None:
        raise NotFound("Cette unité n'existe pas ou plus : vérifiez son identifiant, ou rechargez la page.")
    place = Place(*found)
    where = (place.unit.id, place.structure, place.legal_entity)
    if account is not None and not may(fresh(cursor, account), Action.DECLARE, where):
        raise Forbidden("Cette unité n'est pas dans votre périmètre : adressez-vous au support pour y être habilité.")
    return place


def check_open(place: Place, counts: Counts) -> None:
    """Raise `Refused` for a number above 0 of a unit that the registry says closed."""
    if place.unit.closed and counts.available:
        raise Refused("Cette unité est fermée au répertoire : elle ne peut offrir que 0. Demandez sa réouverture.")


def foresee(transaction: Transaction, units: Sequence[str]) -> None:
    """Read at once what the gestures on many units will ask for one by one: `foresee_last`, and what each usually declares."""
    foresee_last(transaction, units)
    numbers = declarations.recent_numbers_of(transaction.cursor, units)
    transaction.kept.update({("numbers", *key): found for key, found in numbers.items()})
    transaction.kept.update({("usual", unit): True for unit in units})


def foresee_last(transaction: Transaction, units: Sequence[str]) -> None:
    """Read at once the last events of many units, which `write` keeps up as it adds to them."""
    for event in declarations.latest_of(transaction.cursor, units):
        _keep_last(transaction, event)
    transaction.kept.update({("foreseen", unit): True for unit in units})


def _keep_last(transaction: Transaction, event: Declaration) -> None:
    key = (event.unit, event.temporality)
    transaction.kept["last", *key, True] = event
    if event.kind is not EventKind.MASKED:
        transaction.kept["last", *key, False] = event


def last_of(transaction: Transaction, unit: str, temporality: str, *, masks: bool = True) -> Declaration | None:
    """The unit's last event for a temporality, as the transaction sees it; `masks` as for `declarations.latest`."""
    if ("foreseen", unit) in transaction.kept:
        found: Declaration | None = transaction.kept.get(("last", unit, temporality, masks))
        return found
    return declarations.latest(transaction.cursor, unit, temporality=temporality, masks=masks, end=transaction.position)


def recent_numbers(transaction: Transaction, unit: str, temporality: str) -> Sequence[int]:
    """What the unit usually declares, as the transaction sees it: `declarations.recent_numbers`."""
    if ("usual", unit) in transaction.kept:
        numbers: Sequence[int] = transaction.kept.get(("numbers", unit, temporality), ())
        return numbers
    return declarations.recent_numbers(transaction.cursor, unit, temporality, end=transaction.position)


def not_outdated(transaction: Transaction, place: Place, seen: int) -> None:
    """Raise `Outdated` when somebody declared the unit after the position that was seen."""
    if told := overtaken(transaction, place, seen):
        raise Outdated(f"{told} Votre saisie est gardée : vérifiez-la, puis enregistrez de nouveau si elle est plus juste.")


def overtaken(transaction: Transaction, place: Place, seen: int) -> str:
    """Who declared the unit after the position that was seen, what and when, as a sentence; "" when nobody did."""
    # A masked comment changes no number: a form drawn before it, or after it, is not outdated by it.
    cursor = transaction.cursor
    last = last_of(transaction, place.unit.id, str(place.type.temporality), masks=False)
    # A position that the log has not reached was seen before a restore: of another log.
    if last is None or last.position <= seen <= transaction.position:
        return ""
    author = accounts.names(cursor, [last.account]).get(last.account, "quelqu'un d'autre") if last.account else IMPORT
    number = "aucun nombre" if last.counts.available is None else place.type.capacity_type.of(last.counts.available)
    did = "a annulé une mise à jour :" if last.kind is EventKind.UNDONE else "a déclaré"
    return f"Entre-temps, {author} {did} {number} ({instant_words(last.recorded_at)})."


def not_masked(cursor: Cursor, place: Place, seen: int, comment: str) -> None:
    """A form drawn with a text that was masked since would bring it back: whoever typed in it looks at it once more."""
    if comment and comments.masked_since(cursor, place.unit.id, str(place.type.temporality), seen):
        raise CommentMasked(
            "Entre-temps, un administrateur a masqué le commentaire de cette unité. Votre saisie est gardée : vérifiez "
            "qu'elle ne contient aucune donnée patient, puis enregistrez de nouveau."
        )


def event_of(
    transaction: Transaction,
    place: Place,
    account: Account | None,
    kind: EventKind,
    counts: Counts,
    comment: str,
    now: datetime,
    save_id: str = "",
) -> Declaration:
    """An event of now, typed by hand, at the next position."""
    return Declaration(
        position=transaction.next_position(),
        kind=kind,
        unit=place.unit.id,
        temporality=str(place.type.temporality),
        counts=counts,
        comment=comment,
        closed_until=None,
        source_type=str(SourceType.MANUAL),
        account=account.id if account else "",
        observed_at=now,
        recorded_at=now,
        save_id=save_id,
    )


def write(transaction: Transaction, act: Act, account: Account | None, event: Declaration) -> None:
    """The event and its line of the journal, which says the numbers and that there is a comment, never the comment."""
    before = last_of(transaction, event.unit, event.temporality)
    declarations.append(transaction, event)
    if ("foreseen", event.unit) in transaction.kept:
        _keep_last(transaction, event)
    transaction.kept.pop(("usual", event.unit), None)
    journal.record(
        transaction, act, account, f"unit:{event.unit}", event.recorded_at, before=_numbers(before), after=_numbers(event)
    )


def _numbers(event: Declaration | None) -> dict[str, Any] | None:
    if event is None:
        return None
    counts = {status: number for status, number in asdict(event.counts).items() if number is not None}
    others = {"closed_until": event.closed_until, "acts_on": event.acts_on, "comment": bool(event.comment)}
    return {"position": event.position, **counts, **{name: value for name, value in others.items() if value}}


def still(closed_until: date | None, now: datetime) -> date | None:
    """A closure that is not over yet."""
    return closed_until if closed_until is not None and closed_until >= now.astimezone(PARIS).date() else None


def told(event: Declaration, place: Place) -> Declaration:
    """Tell open pages of a committed event; returns it."""
    events.publish(events.Change(event.position, event.unit, place.structure, place.department, event.kind))
    return event
