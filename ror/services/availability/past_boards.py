"""Past boards: the board at an instant, as it was known then; its views; and the numbers about that time recorded later."""

from datetime import UTC, datetime
from functools import lru_cache

from ror.errors import Refused
from ror.model.filters import Filters
from ror.model.freshness import CLOCK_TOLERANCE
from ror.model.rights import Account
from ror.services.availability import consult
from ror.services.availability.consult import Board, UnitRow, View, ViewCache
from ror.store import declarations
from ror.store.board import past
from ror.store.cache import Cache
from ror.store.engine.database import Database

_MAX_VIEWS = 8
"""Past boards that stay in memory with their views: those that readers play back, hour by hour."""


@lru_cache(maxsize=4)
def _views(db: Database) -> Cache:
    return Cache(_MAX_VIEWS)


def check(at: datetime, now: datetime) -> None:
    """Raise `Refused` for an instant to come, past the tolerance between two clocks."""
    if at > now + CLOCK_TOLERANCE:
        raise Refused("L'instant demandé est à venir : donnez-en un du passé, ou aucun pour maintenant.")


def board_at(db: Database, account: Account, at: datetime) -> Board:
    """Return the board as it stood at a past instant: of each unit, the last event by position among those recorded by then.

    The names, closures, duties and needs of the registry are those of now: their past is not stored. Units entered in the
    registry since, and not declared by then, are left out. Raises `Forbidden`, journalled; `Refused` for an instant to come.
    """
    board = consult.current(db, account)
    check(at, datetime.now(UTC))
    with db.reader() as cursor:
        return past.board_at(cursor, board, at)


def view_at(db: Database, account: Account, filters: Filters, at: datetime) -> View:
    """Return the view of a past board through filters, aged to its own instant: see `board_at`, also for what it raises."""
    now = datetime.now(UTC)
    board = consult.current(db, account)
    check(at, now)
    moment = consult.moment(board, at)

    def read() -> tuple[Board, ViewCache]:
        return board_at(db, account, at), ViewCache(db, past=True)

    # What will be recorded from now on is not part of the past, once every clock agrees that the instant is over. Each past
    # board is read and aged once, whatever the filters; a masked comment is a change of the registry, after which it is read
    # again.
    is_over = at < now - CLOCK_TOLERANCE
    past_board, views = _views(db).get((board.registry_position, moment), read) if is_over else read()
    return views.get(past_board, filters, moment)


def log_start(db: Database, account: Account) -> datetime | None:
    """Return when the first declaration was recorded, None before it. Raises `Forbidden`, journalled."""
    consult.position(db, account)
    with db.reader() as cursor:
        return declarations.first_recorded(cursor)


def recorded_later(db: Database, account: Account, view: View) -> dict[str, UnitRow]:
    """Return the rows recorded after the instant of a past view about a time before it, by unit (`store.board.past`).

    Raises `Forbidden`, journalled.
    """
    position = consult.current(db, account).position

    def read() -> dict[str, UnitRow]:
        with db.reader() as cursor:
            rows = past.recorded_later(cursor, view.board.units, view.at, position).to_pylist()
        return {row["unit"]: row for row in rows}

    return view.cache.get(("learnt later", position), read)
