"""Close all of one's own sessions at once."""

from datetime import datetime

from ror.model.journal import Act
from ror.model.rights import Account, Action
from ror.services import journal
from ror.store import sessions
from ror.store.engine.database import Database


def close_all(db: Database, account: Account, now: datetime) -> int:
    """Close every session of one's own account; return the number of sessions closed. Raises `Forbidden`, journalled."""
    subject = f"account:{account.id}"
    with journal.authorized_transaction(db, account, Action.ENTER, Act.SESSIONS_CLOSED, subject, now) as transaction:
        closed = sessions.close_sessions(transaction, account.id, now)
        journal.record(transaction, Act.SESSIONS_CLOSED, account, subject, now, after={"sessions_closed": closed})
    return closed
