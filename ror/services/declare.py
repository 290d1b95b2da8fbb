"""The gestures of a manager on a unit: declare, confirm, close for a time, undo."""

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from ror.errors import CommentMasked, Forbidden, NotFound, Outdated, Refused
from ror.model.capacity import Counts, Declaration, Kind, check_capacity, check_usual, checked_comment, checked_counts
from ror.model.freshness import PARIS, instant_words
from ror.model.journal import Act
from ror.model.nomenclature import SourceType, UnitType, unit_types
from ror.model.registry import Unit
from ror.model.rights import Account, Action, may
from ror.services import events, journal
from ror.services.rights import fresh
from ror.store import accounts, comments, declarations, registry
from ror.store.database import Cursor, Database, Writer

UNDO = timedelta(minutes=15)
"""How long the author may take back what was just saved."""

LONGEST_CLOSURE = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a manager is about to save; `seen` is the position of the unit's last event when the form was drawn (0: none).

    `masks_seen` is the position up to which the manager was told of masked comments: that of `seen` when None.
    """

    unit: str
    counts: Counts
    comment: str = ""
    seen: int = 0
    masks_seen: int | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    """A unit and where it stands."""

    unit: Unit
    structure: str
    legal_entity: str
    department: str

    @property
    def type(self) -> UnitType:
        return unit_types()[self.unit.unit_type]


def declare(db: Database, account: Account, draft: Draft, now: datetime, *, confirmed: bool = False) -> Declaration:
    """Write what a unit offers. `confirmed`: the user said yes to an unusual number.

    Raises `Forbidden`, `Refused`, `ConfirmationNeeded`, `Outdated` when somebody else declared since `draft.seen`, or
    `CommentMasked` when there is a comment and an older one was masked since.
    """
    counts, comment = checked_counts(draft.counts), checked_comment(draft.comment)
    with journal.refusals(db, Act.DECLARE, account, f"unit:{draft.unit}", now), db.writer() as writer:
        place = _allowed(writer.cursor, account, draft.unit)
        _not_outdated(writer, place, draft.seen)
        _not_masked(writer.cursor, place, draft.seen if draft.masks_seen is None else draft.masks_seen, comment)
        _check_open(place, counts)
        check_capacity(counts, place.type.capacity_type, place.unit.installed)
        if not confirmed:
            usual = declarations.recent_numbers(writer.cursor, draft.unit, str(place.type.temporality), end=writer.position)
            installed = place.unit.installed if counts.installed is None else counts.installed
            check_usual(counts, place.type.capacity_type, installed, usual)
        event = _event(writer, place, account, Kind.DECLARED, counts, comment, now)
        _write(writer, Act.DECLARE, account, event)
    return _told(event, place)


def confirm(db: Database, account: Account, unit_id: str, seen: int, now: datetime) -> Declaration:
    """« Rien n'a changé »: number and comment are still true now. A unit never declared has nothing to confirm.

    Raises `Forbidden`, `Refused`, or `Outdated`.
    """
    with journal.refusals(db, Act.CONFIRM, account, f"unit:{unit_id}", now), db.writer() as writer:
        place = _allowed(writer.cursor, account, unit_id)
        _not_outdated(writer, place, seen)
        last = declarations.latest(writer.cursor, unit_id, temporality=str(place.type.temporality), end=writer.position)
        if last is None or last.counts.available is None:
            raise Refused("Aucun nombre n'a encore été déclaré pour cette unité : saisissez-en un.")
        _check_open(place, last.counts)
        check_capacity(last.counts, place.type.capacity_type, place.unit.installed)
        event = _event(writer, place, account, Kind.CONFIRMED, last.counts, last.comment, now)
        event = replace(event, closed_until=_still(last.closed_until, now), acts_on=last.position)
        _write(writer, Act.CONFIRM, account, event)
    return _told(event, place)


def close_until(
    db: Database,
    account: Account,
    unit_id: str,
    until: date,
    comment: str,
    seen: int,
    now: datetime,
    *,
    masks_seen: int | None = None,
) -> Declaration:
    """Close a unit for a time, up to and including a day: it offers 0 (RG_EXP_047) and owes nothing meanwhile.

    `masks_seen` as in `Draft`. Raises `Forbidden`, `Refused`, `Outdated`, or `CommentMasked`.
    """
    today = now.astimezone(PARIS).date()
    if not today <= until <= today + LONGEST_CLOSURE:
        raise Refused("Choisissez un dernier jour de fermeture entre aujourd'hui et un an plus tard.")
    with journal.refusals(db, Act.CLOSE_UNTIL, account, f"unit:{unit_id}", now), db.writer() as writer:
        place = _allowed(writer.cursor, account, unit_id)
        _not_outdated(writer, place, seen)
        _not_masked(writer.cursor, place, seen if masks_seen is None else masks_seen, comment)
        event = _event(writer, place, account, Kind.CLOSED, Counts(0), checked_comment(comment), now)
        event = replace(event, closed_until=until)
        _write(writer, Act.CLOSE_UNTIL, account, event)
    return _told(event, place)


def undo(db: Database, account: Account, position: int, now: datetime) -> Declaration:
    """Take back what the account itself just saved: the unit is again as it was, and the log keeps both.

    Raises `Forbidden`, or `Refused` when it is too late, already undone, or followed by another event.
    """
    with journal.refusals(db, Act.UNDO, account, f"declaration:{position}", now), db.writer() as writer:
        event = declarations.at(writer.cursor, position)
        if event is None:
            raise NotFound("Cette mise à jour n'existe pas.")
        place = _allowed(writer.cursor, account, event.unit)
        last = declarations.latest(writer.cursor, event.unit, temporality=event.temporality, masks=False, end=writer.position)
        if event.account != account.id or event.kind in (Kind.UNDONE, Kind.MASKED) or now - event.recorded_at > UNDO:
            raise Refused("Seule votre propre mise à jour, dans le quart d'heure qui la suit, peut être annulée.")
        if last is None or last.position != position:
            raise Refused("L'unité a été mise à jour depuis : saisissez plutôt le bon nombre.")
        before = declarations.latest(
            writer.cursor, event.unit, before=position, temporality=event.temporality, end=writer.position
        )
        taken_back = replace(
            before or replace(event, counts=Counts(None), comment="", closed_until=None, observed_at=None),
            position=writer.next_position(),
            kind=Kind.UNDONE,
            account=account.id,
            recorded_at=now,
            acts_on=position,
        )
        _write(writer, Act.UNDO, account, taken_back)
    return _told(taken_back, place)


def _allowed(cursor: Cursor, account: Account, unit_id: str) -> _Place:
    """Where the unit stands, for an account whose roles and perimeter, as they stand in this transaction, hold it."""
    found = registry.unit(cursor, unit_id)
    if found is None:
        raise NotFound("Cette unité n'existe pas ou plus : rechargez la page.")
    place = _Place(*found)
    if not may(fresh(cursor, account), Action.DECLARE, (place.unit.id, place.structure, place.legal_entity)):
        raise Forbidden("Cette unité n'est pas dans votre périmètre : adressez-vous au support pour y être habilité.")
    return place


def _check_open(place: _Place, counts: Counts) -> None:
    if place.unit.closed and counts.available:
        raise Refused("Cette unité est fermée au répertoire : elle ne peut offrir que 0. Demandez sa réouverture.")


def _not_outdated(writer: Writer, place: _Place, seen: int) -> None:
    # A masked comment changes no number: a form drawn before it, or after it, is not outdated by it.
    cursor, temporality = writer.cursor, str(place.type.temporality)
    last = declarations.latest(cursor, place.unit.id, temporality=temporality, masks=False, end=writer.position)
    if last is None or last.position <= seen:
        return
    author = accounts.names(cursor, [last.account]).get(last.account, "quelqu'un d'autre")
    number = "aucun nombre" if last.counts.available is None else place.type.capacity_type.of(last.counts.available)
    raise Outdated(
        f"Entre-temps, {author} a déclaré {number} ({instant_words(last.recorded_at)}). "
        "Votre saisie est gardée : vérifiez-la, puis enregistrez de nouveau si elle est plus juste."
    )


def _not_masked(cursor: Cursor, place: _Place, seen: int, comment: str) -> None:
    """A form drawn with a text that was masked since would bring it back: whoever typed in it looks at it once more."""
    if comment and comments.masked_since(cursor, place.unit.id, str(place.type.temporality), seen):
        raise CommentMasked(
            "Entre-temps, un administrateur a masqué le commentaire de cette unité. Votre saisie est gardée : vérifiez "
            "qu'elle ne contient aucune donnée patient, puis enregistrez de nouveau."
        )


def _event(
    writer: Writer, place: _Place, account: Account, kind: Kind, counts: Counts, comment: str, now: datetime
) -> Declaration:
    return Declaration(
        position=writer.next_position(),
        kind=kind,
        unit=place.unit.id,
        temporality=str(place.type.temporality),
        counts=counts,
        comment=comment,
        closed_until=None,
        source_type=str(SourceType.MANUAL),
        account=account.id,
        observed_at=now,
        recorded_at=now,
    )


def _write(writer: Writer, act: Act, account: Account, event: Declaration) -> None:
    """The event and its line of the journal, which says the numbers and that there is a comment, never the comment."""
    before = declarations.latest(writer.cursor, event.unit, temporality=event.temporality, end=writer.position)
    declarations.append(writer, event)
    journal.record(
        writer, act, account, f"unit:{event.unit}", event.recorded_at, before=_numbers(before), after=_numbers(event)
    )


def _numbers(event: Declaration | None) -> dict[str, Any] | None:
    if event is None:
        return None
    counts = {status: number for status, number in asdict(event.counts).items() if number is not None}
    others = {"closed_until": event.closed_until, "acts_on": event.acts_on, "comment": bool(event.comment)}
    return {"position": event.position, **counts, **{name: value for name, value in others.items() if value}}


def _still(closed_until: date | None, now: datetime) -> date | None:
    """A closure that is not over yet."""
    return closed_until if closed_until is not None and closed_until >= now.astimezone(PARIS).date() else None


def _told(event: Declaration, place: _Place) -> Declaration:
    events.publish(events.Change(event.position, event.unit, place.structure, place.department, event.kind))
    return event
