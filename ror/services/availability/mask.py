"""Mask a comment that must not stay: erase it from every event, and leave a trace that does not repeat it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pyarrow as pa

from ror.errors import NotFound, Refused
from ror.model.declaration import Declaration, EventKind
from ror.model.journal import Act
from ror.model.rights import Account, Action
from ror.services import events, journal
from ror.store import comments, declarations, registry, registry_changes, text_search
from ror.store.engine.database import Database, Transaction

MAX_COMMENTS = 25


def search(db: Database, account: Account | None, text: str, now: datetime) -> tuple[pa.Table, int]:
    """Return the newest comments that hold every word of a text, `MAX_COMMENTS` at most, and how many there are in all.

    Columns: `store.comments.search`. Raises `Forbidden`, journalled.
    """
    journal.require(db, account, Action.MASK, Act.MASK, "comments", now)
    with db.reader() as cursor:
        return comments.search(cursor, text_search.terms(text), MAX_COMMENTS)


def mask(db: Database, account: Account | None, position: int, now: datetime) -> Declaration:
    """Erase the comment of a declaration from every event of its unit that bears it; the number keeps its age and author.

    Return the event of the unit that shows it as before without the text. Raises `Forbidden`, `NotFound`, or `Refused` when
    there is no comment to mask.
    """
    with journal.authorized_transaction(db, account, Action.MASK, Act.MASK, f"declaration:{position}", now) as transaction:
        (event,) = declarations.at(transaction.cursor, [position]) or (None,)
        if event is None:
            raise NotFound("Cette mise à jour n'existe pas : rechargez la page.")
        if not event.comment:
            masked = comments.was_masked(transaction.cursor, position)
            raise Refused("Ce commentaire est déjà masqué." if masked else "Cette mise à jour ne porte aucun commentaire.")
        temporalities = comments.temporalities(transaction.cursor, event.unit, event.comment)
        erased = comments.erase(transaction, event.unit, event.comment)
        # Past boards, which no later event changes, are read again after a change of the registry, in every process.
        registry_changes.record_change(transaction, f"edit unit:{event.unit}", now)
        masks = _append_masks(transaction, event, temporalities, now)
        after = {"unit": event.unit, "declarations": erased}
        journal.record(transaction, Act.MASK, account, f"declaration:{position}", now, after=after)
        registered = registry.unit(transaction.cursor, event.unit)
    db.checkpoint()
    structure, department = (registered[1], registered[3]) if registered else ("", "")
    last_position = max(mask.position for mask in masks.values())
    events.publish(events.CommitEvent(last_position, event.unit, structure, department, EventKind.MASKED))
    return masks[event.temporality]


def _append_masks(
    transaction: Transaction, event: Declaration, temporalities: Sequence[str], now: datetime
) -> dict[str, Declaration]:
    """Write the unit's last event of each temporality again without the erased text, for readers that follow the log."""
    last = {declaration.temporality: declaration for declaration in declarations.latest(transaction.cursor, [event.unit])}
    masks = {}
    for temporality in temporalities:
        masks[temporality] = replace(
            last[temporality],
            position=transaction.next_position(),
            kind=EventKind.MASKED,
            recorded_at=now,
            acts_on=event.position,
            save_id="",
        )
        declarations.append(transaction, masks[temporality])
    return masks
