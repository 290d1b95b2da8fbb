"""Views kept ready: the same board, filters and instant are computed once for every reader."""

from datetime import UTC, datetime

from ror.model.board import Filters
from ror.model.rights import Account
from ror.services.availability import consult
from ror.services.availability.consult import View
from ror.web import session

STEP = 30
"""Seconds of one instant: ages are words of minutes at least, and what is made for an instant serves every reader of it."""


def position(account: Account) -> int:
    """Return the position that a screen drawn from now on is at least of."""
    return consult.position(session.database(), account)


def view(account: Account, filters: Filters | None = None) -> View:
    """The region as it stands now, to `STEP` seconds, through the filters."""
    db, now = session.database(), datetime.now(UTC)
    at = now.replace(second=now.second // STEP * STEP, microsecond=0)
    return consult.view(db, consult.current(db, account), filters or Filters(), at)
