"""What a reader asks: the board at an instant, its aggregates, a search, a unit's history."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import pyarrow as pa

from ror.model.board import Filters
from ror.model.journal import Act
from ror.model.rights import Account, Action
from ror.services import journal
from ror.settings import settings
from ror.store import accounts, consultation, declarations
from ror.store.board import Board as Board
from ror.store.board import BoardKeeper
from ror.store.database import Database

HISTORY = timedelta(days=90)
MOST_RESULTS = 50


@dataclass(frozen=True, slots=True)
class View:
    """Aged units and their aggregates at one position and one instant: what every consultation draws.

    `units` has one row per unit (columns: `store.consultation.aged`), `summaries` one per level (`...summaries`).
    """

    position: int
    at: datetime
    units: pa.Table
    summaries: pa.Table


@lru_cache(maxsize=4)
def _keeper(db: Database) -> BoardKeeper:
    return BoardKeeper(db)


def current(db: Database, account: Account) -> Board:
    """The board as it stands. Raises `Forbidden`, journalled, for an account that may not consult."""
    journal.require(db, account, Action.CONSULT, Act.CONSULT, "board", datetime.now(UTC))
    return _keeper(db).board()


def view(db: Database, stand: Board, filters: Filters, at: datetime) -> View:
    """The board filtered and aged at an instant."""
    with db.reader() as cursor:
        units = consultation.aged(cursor, stand, at, settings().age_limits_hours, filters)
        return View(stand.position, at, units, consultation.summaries(cursor, units))


def own_units(db: Database, account: Account, seen: View) -> pa.Table:
    """The units of the account's perimeter, most overdue first, with `author`, the name of who declared last."""
    with db.reader() as cursor:
        units = consultation.of_perimeter(cursor, seen.units, account.perimeter)
        ids = units["account"].to_pylist()
        names = accounts.names(cursor, sorted({author for author in ids if author}))
    return units.append_column("author", pa.array([names.get(author, "") for author in ids], pa.string()))


def places_by_age(db: Database, seen: View, department: str) -> pa.Table:
    """Numbers available of a département by structure, capacity type and band."""
    with db.reader() as cursor:
        return consultation.places_by_age(cursor, seen.units, department)


def search(db: Database, seen: View, text: str) -> pa.Table:
    """Structures that match every word typed, `MOST_RESULTS` at most; none for an empty text."""
    words = text.split()[:8]
    if not words:
        return consultation.NO_RESULT
    with db.reader() as cursor:
        return consultation.search(cursor, seen.units, words, MOST_RESULTS)


def history(db: Database, account: Account, unit: str, at: datetime) -> pa.Table:
    """The declarations of a unit over the last 90 days, oldest first. Raises `Forbidden`, journalled."""
    journal.require(db, account, Action.CONSULT, Act.CONSULT, f"unit:{unit}", datetime.now(UTC))
    with db.reader() as cursor:
        return declarations.history(cursor, unit, at - HISTORY)
