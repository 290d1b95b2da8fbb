"""The view of a screen: readers of the same board, filters and instant share it."""

from datetime import UTC, datetime

from ror.model.filters import Filters
from ror.model.rights import Account
from ror.services.availability import consult, past_boards
from ror.services.availability.consult import View
from ror.web import session


def position(account: Account) -> int:
    """Return the position of the last commit; a view read afterwards is at this position or a later one."""
    return consult.position(session.database(), account)


def type_labels(account: Account) -> list[str]:
    """Return the labels of the types of the units that declare, in alphabetical order."""
    return consult.type_labels(consult.current(session.database(), account))


def view(account: Account, filters: Filters | None = None, at: datetime | None = None) -> View:
    """Return the region through the filters: as it stands now, to `consult.STEP` seconds, or as it stood at a past instant."""
    db, now = session.database(), datetime.now(UTC)
    if at is not None:
        return past_boards.view_at(db, account, filters or Filters(), at)
    return consult.view(db, consult.current(db, account), filters or Filters(), consult.shared_instant(now))
