"""The gestures of a manager on a unit: declare, confirm, close for a time, undo."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from ror.errors import NotFound, Refused
from ror.model.capacity import Counts, Declaration, EventKind, check_capacity, check_usual, checked_comment, checked_counts
from ror.model.freshness import PARIS
from ror.model.journal import Act
from ror.model.rights import Account
from ror.services import journal
from ror.services.availability import writing
from ror.store import declarations
from ror.store.engine.database import Cursor, Database, Transaction

UNDO = timedelta(minutes=15)
"""How long the author may take back what was just saved."""

LONGEST_CLOSURE = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a manager is about to save; `seen` is the position of the unit's last event when the form was drawn (0: none).

    `masks_seen` is the position up to which the manager was told of masked comments: that of `seen` when None. `save_id`
    identifies the form: sent twice, it is written once, and the second answer is the first one again.
    """

    unit: str
    counts: Counts
    comment: str = ""
    seen: int = 0
    masks_seen: int | None = None
    save_id: str = ""


def declare(db: Database, account: Account, draft: Draft, now: datetime, *, confirmed: bool = False) -> Declaration:
    """Write what a unit offers. `confirmed`: the user said yes to an unusual number.

    Raises `Forbidden`, `Refused`, `ConfirmationNeeded`, `Outdated` when somebody else declared since `draft.seen`, or
    `CommentMasked` when there is a comment and an older one was masked since.
    """
    with journal.refusals(db, Act.DECLARE, account, f"unit:{draft.unit}", now), db.transaction() as transaction:
        if first := _saved(transaction.cursor, account, draft.unit, draft.save_id, draft.seen):
            return first
        event, place = written(transaction, account, draft, now, confirmed=confirmed)
    return writing.told(event, place)


def saved(db: Database, account: Account, unit_id: str, save_id: str, seen: int) -> Declaration | None:
    """Return what a form already wrote for a unit, None when it wrote nothing or when that was undone.

    For a page that was cut off before it got its answer. `seen` is the position that its form was drawn from. Raises
    `Forbidden` or `NotFound`.
    """
    with db.reader() as cursor:
        return _saved(cursor, account, unit_id, save_id, seen)


def _saved(cursor: Cursor, account: Account, unit_id: str, save_id: str, seen: int) -> Declaration | None:
    if not save_id:
        return None
    writing.allowed(cursor, account, unit_id)
    return declarations.saved(cursor, unit_id, account.id, save_id, seen)


def written(
    transaction: Transaction, account: Account, draft: Draft, now: datetime, *, confirmed: bool
) -> tuple[Declaration, writing.Place]:
    """As `declare`, inside a transaction that may hold other declarations; to be told of (`writing.told`) once committed."""
    counts, comment, place = checked(transaction, account, draft, confirmed=confirmed)
    event = writing.event_of(transaction, place, account, EventKind.DECLARED, counts, comment, now, draft.save_id)
    writing.write(transaction, Act.DECLARE, account, event)
    return event, place


def checked(transaction: Transaction, account: Account, draft: Draft, *, confirmed: bool) -> tuple[Counts, str, writing.Place]:
    """The counts, the comment and the unit of what `written` would write now; only reads. Raises what `declare` raises."""
    counts, comment = checked_counts(draft.counts), checked_comment(draft.comment)
    place = writing.allowed(transaction.cursor, account, draft.unit)
    writing.not_outdated(transaction, place, draft.seen)
    writing.not_masked(transaction.cursor, place, draft.seen if draft.masks_seen is None else draft.masks_seen, comment)
    writing.check_open(place, counts)
    check_capacity(counts, place.type.capacity_type, place.unit.installed)
    if not confirmed:
        usual = writing.recent_numbers(transaction, draft.unit, str(place.type.temporality))
        installed = place.unit.installed if counts.installed is None else counts.installed
        check_usual(counts, place.type.capacity_type, installed, usual)
    return counts, comment, place


def confirm(db: Database, account: Account, unit_id: str, seen: int, now: datetime, *, save_id: str = "") -> Declaration:
    """« Rien n'a changé »: number and comment are still true now. A unit never declared has nothing to confirm.

    `save_id` as in `Draft`. Raises `Forbidden`, `Refused`, or `Outdated`.
    """
    with journal.refusals(db, Act.CONFIRM, account, f"unit:{unit_id}", now), db.transaction() as transaction:
        if first := _saved(transaction.cursor, account, unit_id, save_id, seen):
            return first
        event, place = confirmed_in(transaction, account, unit_id, seen, now, save_id)
    return writing.told(event, place)


def confirmed_in(
    transaction: Transaction, account: Account, unit_id: str, seen: int, now: datetime, save_id: str = ""
) -> tuple[Declaration, writing.Place]:
    """As `confirm`, inside a transaction that may hold others."""
    last, place = confirmable(transaction, account, unit_id, seen)
    event = writing.event_of(transaction, place, account, EventKind.CONFIRMED, last.counts, last.comment, now, save_id)
    event = replace(event, closed_until=writing.still(last.closed_until, now), acts_on=last.position)
    writing.write(transaction, Act.CONFIRM, account, event)
    return event, place


def confirmable(transaction: Transaction, account: Account, unit_id: str, seen: int) -> tuple[Declaration, writing.Place]:
    """What `confirm` would confirm now, and its unit; only reads. Raises what `confirm` raises."""
    place = writing.allowed(transaction.cursor, account, unit_id)
    writing.not_outdated(transaction, place, seen)
    last = writing.last_of(transaction, unit_id, str(place.type.temporality))
    if last is None or last.counts.available is None:
        raise Refused("Aucun nombre n'a encore été déclaré pour cette unité : saisissez-en un.")
    writing.check_open(place, last.counts)
    check_capacity(last.counts, place.type.capacity_type, place.unit.installed)
    return last, place


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
    save_id: str = "",
) -> Declaration:
    """Close a unit for a time, up to and including a day: it offers 0 (RG_EXP_047) and owes nothing meanwhile.

    `masks_seen` and `save_id` as in `Draft`. Raises `Forbidden`, `Refused`, `Outdated`, or `CommentMasked`.
    """
    today = now.astimezone(PARIS).date()
    if not today <= until <= today + LONGEST_CLOSURE:
        raise Refused("Choisissez un dernier jour de fermeture entre aujourd'hui et un an plus tard.")
    with journal.refusals(db, Act.CLOSE_UNTIL, account, f"unit:{unit_id}", now), db.transaction() as transaction:
        if first := _saved(transaction.cursor, account, unit_id, save_id, seen):
            return first
        place = writing.allowed(transaction.cursor, account, unit_id)
        writing.not_outdated(transaction, place, seen)
        writing.not_masked(transaction.cursor, place, seen if masks_seen is None else masks_seen, comment)
        event = writing.event_of(
            transaction, place, account, EventKind.CLOSED, Counts(0), checked_comment(comment), now, save_id
        )
        event = replace(event, closed_until=until)
        writing.write(transaction, Act.CLOSE_UNTIL, account, event)
    return writing.told(event, place)


def undo(db: Database, account: Account, position: int, now: datetime) -> Declaration:
    """Take back what the account itself just saved: the unit is again as it was, and the log keeps both.

    Raises `Forbidden`, or `Refused` when it is too late, already undone, or followed by another event.
    """
    with journal.refusals(db, Act.UNDO, account, f"declaration:{position}", now), db.transaction() as transaction:
        event, place = undone_in(transaction, account, position, now)
    return writing.told(event, place)


def undone_in(transaction: Transaction, account: Account, position: int, now: datetime) -> tuple[Declaration, writing.Place]:
    """As `undo`, inside a transaction that may hold others."""
    event = declarations.at(transaction.cursor, position)
    if event is None:
        raise NotFound("Cette mise à jour n'existe pas.")
    place = writing.allowed(transaction.cursor, account, event.unit)
    last = writing.last_of(transaction, event.unit, event.temporality, masks=False)
    if event.account != account.id or event.kind in (EventKind.UNDONE, EventKind.MASKED) or now - event.recorded_at > UNDO:
        raise Refused("Seule votre propre mise à jour, dans le quart d'heure qui la suit, peut être annulée.")
    if last is None or last.position != position:
        raise Refused("L'unité a été mise à jour depuis : saisissez plutôt le bon nombre.")
    before = declarations.latest(
        transaction.cursor, event.unit, before=position, temporality=event.temporality, end=transaction.position
    )
    taken_back = replace(
        before or replace(event, counts=Counts(None), comment="", closed_until=None, observed_at=None),
        position=transaction.next_position(),
        kind=EventKind.UNDONE,
        account=account.id,
        recorded_at=now,
        acts_on=position,
        save_id="",
    )
    writing.write(transaction, Act.UNDO, account, taken_back)
    return taken_back, place
