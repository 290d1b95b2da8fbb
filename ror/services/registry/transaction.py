"""The transaction that every change of the registry is written in."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from ror.model.journal import Act
from ror.model.rights import Account, Action
from ror.services import events, journal
from ror.store.engine.database import Database, Transaction


@contextmanager
def registry_transaction(
    db: Database, account: Account | None, subject: str, now: datetime, act: Act = Act.REGISTRY
) -> Iterator[Transaction]:
    """Open a transaction for an account that may manage the registry; after the commit, have every screen read it again.

    Raises `Forbidden`, journalled for `act` and `subject`.
    """
    with journal.authorized_transaction(db, account, Action.MANAGE_REGISTRY, act, subject, now) as transaction:
        yield transaction
    events.publish(events.CommitEvent(db.position))
