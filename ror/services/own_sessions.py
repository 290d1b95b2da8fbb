"""What somebody does about all of their own sessions at once."""

from datetime import datetime

from ror.model.journal import Act
from ror.model.rights import Account, Action
from ror.services import journal
from ror.store import sessions
from ror.store.database import Database


def close_all(db: Database, account: Account, now: datetime) -> int:
    """Close every session of the account, by itself; returns how many there were. Raises `Forbidden`, journalled."""
    subject = f"account:{account.id}"
    with journal.gesture(db, account, Action.ENTER, Act.SESSIONS_CLOSED, subject, now) as writer:
        closed = sessions.close_sessions(writer, account.id, now)
        journal.record(writer, Act.SESSIONS_CLOSED, account, subject, now, after={"sessions_closed": closed})
    return closed
