"""Masking a comment that holds what must not be there: it is erased everywhere, and a trace that does not repeat it stays."""

from dataclasses import replace
from datetime import datetime

import pyarrow as pa

from ror.errors import NotFound, Refused
from ror.model.capacity import Declaration, Kind
from ror.model.journal import Act
from ror.model.rights import Account, Action
from ror.services import events, journal
from ror.store import comments, declarations, registry
from ror.store.database import Database, Writer

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
    with journal.gesture(db, account, Action.MASK, Act.MASK, f"declaration:{position}", now) as writer:
        event = declarations.at(writer.cursor, position)
        if event is None:
            raise NotFound("Cette mise à jour n'existe pas : rechargez la page.")
        if not event.comment:
            already = comments.was_masked(writer.cursor, position)
            raise Refused("Ce commentaire est déjà masqué." if already else "Cette mise à jour ne porte aucun commentaire.")
        borne = comments.temporalities(writer.cursor, event.unit, event.comment)
        erased = comments.erase(writer, event.unit, event.comment)
        masked = [_shown_without(writer, event, temporality, now) for temporality in borne]
        after = {"unit": event.unit, "declarations": erased}
        journal.record(writer, Act.MASK, account, f"declaration:{position}", now, after=after)
        place = registry.unit(writer.cursor, event.unit)
    db.checkpoint()
    structure, department = (place[1], place[3]) if place else ("", "")
    events.publish(events.Change(masked[-1].position, event.unit, structure, department, Kind.MASKED))
    return next(one for one in masked if one.temporality == event.temporality)


def _shown_without(writer: Writer, event: Declaration, temporality: str, now: datetime) -> Declaration:
    """Write the unit's state once more, the erased text gone from it: who reads by position learns of it so."""
    last = declarations.latest(writer.cursor, event.unit, temporality=temporality, end=writer.position)
    masked = replace(
        last or event,
        position=writer.next_position(),
        kind=Kind.MASKED,
        recorded_at=now,
        acts_on=event.position,
        save_id="",
    )
    declarations.append(writer, masked)
    return masked
