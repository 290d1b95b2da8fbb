"""Masking a comment that holds what must not be there: it is erased everywhere, and a trace that does not repeat it stays."""

from dataclasses import replace
from datetime import datetime

import pyarrow as pa

from ror.errors import NotFound, Refused
from ror.model.capacity import Declaration, EventKind
from ror.model.journal import Act
from ror.model.rights import Account, Action
from ror.services import events, journal
from ror.store import comments, declarations, registry
from ror.store.engine.database import Database, Transaction

MOST_COMMENTS = 25


def recent(db: Database, account: Account | None, text: str, now: datetime) -> tuple[pa.Table, int]:
    """The newest comments that hold every word typed, `MOST_COMMENTS` at most, and how many there are in all.

    Columns: `store.comments.found`. Raises `Forbidden`, journalled.
    """
    journal.require(db, account, Action.MASK, Act.MASK, "comments", now)
    with db.reader() as cursor:
        return comments.found(cursor, text.split()[:8], MOST_COMMENTS)


def mask(db: Database, account: Account | None, position: int, now: datetime) -> Declaration:
    """Erase the comment of a declaration from every event of its unit that bears it; the number keeps its age and author.

    The unit gets an event that shows it as before without the text. Raises `Forbidden`, `NotFound`, or `Refused` when
    there is no comment to mask.
    """
    with journal.authorized_transaction(db, account, Action.MASK, Act.MASK, f"declaration:{position}", now) as transaction:
        event = declarations.at(transaction.cursor, position)
        if event is None:
            raise NotFound("Cette mise à jour n'existe pas : rechargez la page.")
        if not event.comment:
            already = comments.was_masked(transaction.cursor, position)
            raise Refused("Ce commentaire est déjà masqué." if already else "Cette mise à jour ne porte aucun commentaire.")
        borne = comments.temporalities(transaction.cursor, event.unit, event.comment)
        erased = comments.erase(transaction, event.unit, event.comment)
        masked = [_shown_without(transaction, event, temporality, now) for temporality in borne]
        after = {"unit": event.unit, "declarations": erased}
        journal.record(transaction, Act.MASK, account, f"declaration:{position}", now, after=after)
        place = registry.unit(transaction.cursor, event.unit)
    db.checkpoint()
    structure, department = (place[1], place[3]) if place else ("", "")
    events.publish(events.Change(masked[-1].position, event.unit, structure, department, EventKind.MASKED))
    return next(one for one in masked if one.temporality == event.temporality)


def _shown_without(transaction: Transaction, event: Declaration, temporality: str, now: datetime) -> Declaration:
    """Write the unit's state once more, the erased text gone from it: who reads by position learns of it so."""
    last = declarations.latest(transaction.cursor, event.unit, temporality=temporality, end=transaction.position)
    masked = replace(
        last or event,
        position=transaction.next_position(),
        kind=EventKind.MASKED,
        recorded_at=now,
        acts_on=event.position,
        save_id="",
    )
    declarations.append(transaction, masked)
    return masked
