"""Declare, confirm, close for a time and undo, for the manager of a unit.

`declare` checks the rights, opens the transaction and publishes; `declare_in` writes inside a given transaction, for a file
of many units too; `check_declaration` only checks. The other operations are named likewise.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from ror.errors import NotFound, Refused
from ror.model.capacity import NOTHING, Counts, check_capacity, check_usual, checked_counts
from ror.model.declaration import Declaration, EventKind, checked_comment
from ror.model.journal import Act
from ror.model.local_time import local_day
from ror.model.rights import Account
from ror.services import journal
from ror.services.availability.declarable_unit import DeclarableUnit, authorize_unit
from ror.store import declarations
from ror.store.engine.database import Database, Transaction

UNDO = timedelta(minutes=15)
"""How long the author may undo what was just saved."""

MAX_CLOSURE = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class DeclarationDraft:
    """The fields of a declaration form, by which an author declares from the numbers that the form showed.

    `seen_position` is the position of the unit's last event when the form was rendered (0: none). `masks_seen` is the position
    up to which masked comments were shown to the manager: `seen_position` when None. `save_id` identifies the form: sent twice,
    it is written once, and the second answer is the first one again.
    """

    unit: str
    counts: Counts
    comment: str = ""
    seen_position: int = 0
    masks_seen: int | None = None
    save_id: str = ""


def declare(db: Database, account: Account, draft: DeclarationDraft, now: datetime, *, confirmed: bool = False) -> Declaration:
    """Write what a unit offers, and return the event. `confirmed`: the user confirmed an unusual number.

    Raises `Forbidden`, `Refused`, `ConfirmationNeeded`, `Outdated` when somebody else declared since `draft.seen_position`,
    or `CommentMasked` when there is a comment and an older one was masked since.
    """
    with journal.refusals(db, Act.DECLARE, account, f"unit:{draft.unit}", now), db.transaction() as transaction:
        unit = authorize_unit(transaction, account, draft.unit)
        if first := saved_in(unit, account, draft.save_id, draft.seen_position):
            return first
        event = declare_in(unit, draft, now, confirmed=confirmed)
    unit.publish(event)
    return event


def declare_in(unit: DeclarableUnit, draft: DeclarationDraft, now: datetime, *, confirmed: bool) -> Declaration:
    """Write a declaration in the unit's transaction, to be published once that is committed. Raises what `declare` raises."""
    counts, comment = check_declaration(unit, draft, confirmed=confirmed)
    event = unit.new_event(EventKind.DECLARED, counts, comment, now, draft.save_id)
    unit.append(Act.DECLARE, event)
    return event


def check_declaration(unit: DeclarableUnit, draft: DeclarationDraft, *, confirmed: bool) -> tuple[Counts, str]:
    """Return the counts and the comment that `declare_in` would write now; writes nothing. Raises what `declare` raises."""
    counts, comment = checked_counts(draft.counts), checked_comment(draft.comment)
    unit.check_not_outdated(draft.seen_position)
    unit.check_comment_not_masked(draft.seen_position if draft.masks_seen is None else draft.masks_seen, comment)
    unit.check_open(counts)
    check_capacity(counts, unit.kind.capacity_type, unit.entry.installed)
    if not confirmed:
        installed = unit.entry.installed if counts.installed is None else counts.installed
        check_usual(counts, unit.kind.capacity_type, installed, unit.histories.usual_numbers.get(unit.key, ()))
    return counts, comment


def confirm(
    db: Database, account: Account, unit_id: str, seen_position: int, now: datetime, *, save_id: str = ""
) -> Declaration:
    """Write that the last number and comment of a unit are still true now (« Rien n'a changé »), and return the event.

    `save_id` as in `DeclarationDraft`. Raises `Forbidden`, `Outdated`, or `Refused` for a unit that never declared.
    """
    with journal.refusals(db, Act.CONFIRM, account, f"unit:{unit_id}", now), db.transaction() as transaction:
        unit = authorize_unit(transaction, account, unit_id)
        if first := saved_in(unit, account, save_id, seen_position):
            return first
        event = confirm_in(unit, seen_position, now, save_id)
    unit.publish(event)
    return event


def confirm_in(unit: DeclarableUnit, seen_position: int, now: datetime, save_id: str = "") -> Declaration:
    """Write a confirmation in the unit's transaction. Raises what `confirm` raises."""
    last = check_confirmation(unit, seen_position)
    event = unit.new_event(EventKind.CONFIRMED, last.counts, last.comment, now, save_id)
    event = replace(event, closed_until=unit.remaining_closure(last, now), acts_on=last.position)
    unit.append(Act.CONFIRM, event)
    return event


def check_confirmation(unit: DeclarableUnit, seen_position: int) -> Declaration:
    """Return the event that `confirm_in` would confirm now; writes nothing. Raises what `confirm` raises."""
    unit.check_not_outdated(seen_position)
    last = unit.histories.last_events.get(unit.key)
    if last is None or last.counts.available is None:
        raise Refused("Aucun nombre n'a encore été déclaré pour cette unité : saisissez-en un.")
    unit.check_open(last.counts)
    check_capacity(last.counts, unit.kind.capacity_type, unit.entry.installed)
    return last


def close_until(
    db: Database,
    account: Account,
    unit_id: str,
    until: date,
    comment: str,
    seen_position: int,
    now: datetime,
    *,
    masks_seen: int | None = None,
    save_id: str = "",
) -> Declaration:
    """Close a unit for a time, up to and including a day: it offers 0 (RG_EXP_047) and owes nothing meanwhile.

    `masks_seen` and `save_id` as in `DeclarationDraft`. Raises `Forbidden`, `Refused`, `Outdated`, or `CommentMasked`.
    """
    draft = DeclarationDraft(unit_id, Counts(0), comment, seen_position, masks_seen, save_id)
    with journal.refusals(db, Act.CLOSE_UNTIL, account, f"unit:{unit_id}", now), db.transaction() as transaction:
        unit = authorize_unit(transaction, account, unit_id)
        if first := saved_in(unit, account, save_id, seen_position):
            return first
        event = close_in(unit, draft, until, now)
    unit.publish(event)
    return event


def close_in(unit: DeclarableUnit, draft: DeclarationDraft, until: date | None, now: datetime) -> Declaration:
    """Write a closure in the unit's transaction; the counts of the draft do not matter. Raises what `close_until` raises."""
    today = local_day(now, unit.zone)
    if until is None or not today <= until <= today + MAX_CLOSURE:
        raise Refused("Choisissez un dernier jour de fermeture entre aujourd'hui et un an plus tard.")
    comment = checked_comment(draft.comment)
    unit.check_not_outdated(draft.seen_position)
    unit.check_comment_not_masked(draft.seen_position if draft.masks_seen is None else draft.masks_seen, comment)
    event = unit.new_event(EventKind.CLOSED, Counts(0), comment, now, draft.save_id)
    event = replace(event, closed_until=until)
    unit.append(Act.CLOSE_UNTIL, event)
    return event


def undo(db: Database, account: Account, position: int, now: datetime) -> Declaration:
    """Undo what the account itself just saved, and return the event: the unit is again as it was, the log keeps both events.

    Raises `Forbidden`, `NotFound`, or `Refused` when it is too late, already undone, or followed by another event.
    """
    with journal.refusals(db, Act.UNDO, account, f"declaration:{position}", now), db.transaction() as transaction:
        (undone,) = declarations.at(transaction.cursor, [position]) or (None,)
        if undone is None:
            raise NotFound("Cette mise à jour n'existe pas.")
        unit = authorize_unit(transaction, account, undone.unit)
        event = undo_in(unit, account, undone, now)
    unit.publish(event)
    return event


def undo_in(unit: DeclarableUnit, account: Account, undone: Declaration, now: datetime) -> Declaration:
    """Write the undo of an event of the unit in its transaction. Raises what `undo` raises."""
    last = unit.histories.last_numbers.get((undone.unit, undone.temporality))
    if undone.account != account.id or undone.kind in (EventKind.UNDONE, EventKind.MASKED) or now - undone.recorded_at > UNDO:
        raise Refused("Seule votre propre mise à jour, dans le quart d'heure qui la suit, peut être annulée.")
    if last is None or last.position != undone.position:
        raise Refused("L'unité a été mise à jour depuis : saisissez plutôt le bon nombre.")
    before = declarations.previous(unit.transaction.cursor, undone)
    event = replace(
        before or replace(undone, counts=NOTHING, comment="", closed_until=None, observed_at=None),
        position=unit.transaction.next_position(),
        kind=EventKind.UNDONE,
        account=account.id,
        recorded_at=now,
        acts_on=undone.position,
        save_id="",
        channel=str(unit.channel),
    )
    unit.append(Act.UNDO, event)
    return event


def saved(db: Database, account: Account, unit_id: str, save_id: str, seen_position: int) -> Declaration | None:
    """Return what a form already wrote for a unit, None when it wrote nothing or when that was undone.

    For a page that was cut off before it got its answer. `seen_position` is the position that its form was rendered from.
    Raises `Forbidden` or `NotFound`.
    """
    position = db.position
    with db.reader() as cursor:
        return saved_in(authorize_unit(Transaction(cursor, position), account, unit_id), account, save_id, seen_position)


def undone_in(unit: DeclarableUnit, account: Account, undone: Declaration) -> Declaration | None:
    """Return the account's undo of an event when it is the last of the unit: the first answer to an undo that is sent twice."""
    last = unit.histories.last_numbers.get((undone.unit, undone.temporality))
    repeated = (EventKind.UNDONE, undone.position, account.id)
    return last if last and (last.kind, last.acts_on, last.account) == repeated else None


def saved_in(unit: DeclarableUnit, account: Account, save_id: str, seen_position: int) -> Declaration | None:
    """Return what `saved` returns, in the unit's transaction."""
    if not save_id:
        return None
    return declarations.saved(unit.transaction.cursor, unit.entry.id, account.id, save_id, seen_position)
