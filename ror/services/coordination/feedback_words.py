"""For administrators: read the words of readers' reports, mask those that must not stay, count the reports of each account."""

from dataclasses import replace
from datetime import datetime, timedelta

import pyarrow as pa

from ror.errors import NotFound, Refused
from ror.model.journal import Act
from ror.model.rights import Account, Action
from ror.services import events, journal
from ror.services.coordination.feedback import CHANGE
from ror.store import feedback, registry, text_search
from ror.store.engine.database import Database

MAX_WORDS = 25
SEEN = timedelta(days=7)
"""How far back the reports of each account are counted."""


def search(db: Database, account: Account | None, text: str, now: datetime) -> tuple[pa.Table, int]:
    """Return the newest words that hold every word of a text, `MAX_WORDS` at most, and how many there are in all.

    Columns: `store.feedback.words`. Raises `Forbidden`, journalled.
    """
    journal.require(db, account, Action.MASK, Act.MASK, "comments", now)
    with db.reader() as cursor:
        return feedback.words(cursor, text_search.terms(text), MAX_WORDS)


def mask(db: Database, account: Account | None, position: int, now: datetime) -> None:
    """Erase the word of a report from every report of its unit that has the same word; the rest of them stays.

    Raises `Forbidden`, `NotFound`, or `Refused` when there is no word to mask.
    """
    subject = f"feedback:{position}"
    with journal.authorized_transaction(db, account, Action.MASK, Act.MASK, subject, now) as transaction:
        report = feedback.at(transaction.cursor, position)
        if report is None:
            raise NotFound("Ce retour n'existe pas : rechargez la page.")
        if not report.word:
            masked = feedback.was_masked(transaction.cursor, position)
            raise Refused("Ce mot est déjà masqué." if masked else "Ce retour ne porte aucun mot.")
        for same_word in feedback.erase_word(transaction, report.unit, report.word):
            # Written again without the text, so that open pages which show it are woken.
            again = replace(same_word, position=transaction.next_position(), word="")
            feedback.append(transaction, again, masked=True)
        journal.record(transaction, Act.MASK, account, subject, now, after={"unit": report.unit})
        registered, last = registry.unit(transaction.cursor, report.unit), transaction.position
    db.checkpoint()
    structure, department = (registered[1], registered[3]) if registered else ("", "")
    events.publish(events.CommitEvent(last, report.unit, structure, department, CHANGE))


def by_account(db: Database, account: Account | None, now: datetime) -> pa.Table:
    """Return how many reports each account gave over `SEEN` (`store.feedback.by_account`). Raises `Forbidden`, journalled."""
    journal.require(db, account, Action.READ_JOURNAL, Act.FEEDBACK, "feedback", now)
    with db.reader() as cursor:
        return feedback.by_account(cursor, now - SEEN)
