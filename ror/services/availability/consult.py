"""What a reader asks: the board at an instant, its aggregates, a search, a unit's history."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from ror.model.board import Filters
from ror.model.journal import Act
from ror.model.rights import Account, Action
from ror.model.search import search_terms
from ror.services import journal
from ror.services.availability.declarable_unit import IMPORT_AUTHOR
from ror.settings import settings
from ror.store import accounts, declarations
from ror.store.board import consultation
from ror.store.board.aging import Standing, StandingKeeper
from ror.store.board.board import Board as Board
from ror.store.board.board import BoardKeeper, together
from ror.store.board.consultation import Row
from ror.store.board.directory import Directory
from ror.store.board.summaries import SummaryKeeper
from ror.store.engine.database import Database

HISTORY = timedelta(days=90)
MOST_RESULTS = 50

NO_UNIT: Row = consultation.whole([])
"""The summary of what has no unit."""

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class View:
    """The board at one position and one instant through filters: what every consultation draws, shared by all readers.

    `region` and `departments` are summaries (`store.consultation.departments`), those of the départements of which a unit
    passes, by code. Tables of units have the columns of `store.standing.Standing`.
    """

    filters: Filters
    standing: Standing
    region: Row
    departments: dict[str, Row]
    _db: Database

    @property
    def position(self) -> int:
        """The version of what is seen."""
        return self.standing.board.position

    @property
    def at(self) -> datetime:
        """The instant that ages are counted to."""
        return self.standing.at

    @property
    def codes(self) -> list[str]:
        """Every département that has a unit, whether one passes the filters or not."""
        return [code for code, units in self.standing.slices.items() if units.num_rows]

    @property
    def units(self) -> pa.Table:
        """All the units that pass."""
        with self._db.reader() as cursor:
            return consultation.passing(cursor, together(self.standing.slices.values()), self.filters)

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` draws from this view, made once for every reader of it; never change it."""
        return self.standing.kept.once((self.filters, key), make)

    def units_of(self, department: str) -> pa.Table:
        """The units of a département that pass."""
        return self.once(("units", department), lambda: self._from(department, consultation.passing, self.filters))

    def structures(self, department: str) -> list[Row]:
        """Summaries of the structures of a département that have a unit which passes (`store.consultation.structures`)."""
        return self.once(("structures", department), lambda: self._read(consultation.structures, self.units_of(department)))

    def places_by_age(self, department: str) -> pa.Table:
        """Numbers available of a département by structure, capacity type and band."""
        return self.once(("ages", department), lambda: self._read(consultation.places_by_age, self.units_of(department)))

    def units_of_structure(self, finess: str) -> list[Row]:
        """The units of one structure that pass; none for an unknown one."""
        department = self.standing.board.directory.departments.get(finess)
        if department is None:
            return []
        rows: list[Row] = self.once(
            ("sheet", finess), lambda: self.units_of(department).filter(pc.field("finess") == finess).to_pylist()
        )
        return rows

    def _from(self, department: str, read: Callable[..., Made], *more: Any) -> Made:
        slices = self.standing.slices
        return self._read(read, slices.get(department, next(iter(slices.values())).slice(0, 0)), *more)

    def _read(self, read: Callable[..., Made], units: pa.Table, *more: Any) -> Made:
        with self._db.reader() as cursor:
            return read(cursor, units, *more)


@dataclass(frozen=True, slots=True)
class _Keepers:
    boards: BoardKeeper
    standings: StandingKeeper
    summaries: SummaryKeeper


@lru_cache(maxsize=4)
def _keepers(db: Database) -> _Keepers:
    return _Keepers(BoardKeeper(db), StandingKeeper(db), SummaryKeeper(db))


def current(db: Database, account: Account) -> Board:
    """The board as it stands. Raises `Forbidden`, journalled, for an account that may not consult."""
    journal.require(db, account, Action.CONSULT, Act.CONSULT, "board", datetime.now(UTC))
    return _keepers(db).boards.board()


def kept(db: Database) -> Board:
    """The board as it stands, for what the service says of itself (`services.watch`): asked for by no account."""
    return _keepers(db).boards.board()


def view(db: Database, stand: Board, filters: Filters, at: datetime) -> View:
    """The board filtered and aged at an instant."""
    keepers = _keepers(db)
    standing = keepers.standings.standing(stand, at, settings().age_limits_hours)
    return standing.kept.once(("view", filters), lambda: _view(db, keepers.summaries, standing, filters))


def _view(db: Database, summaries: SummaryKeeper, standing: Standing, filters: Filters) -> View:
    departments = summaries.departments(standing, filters)
    return View(filters, standing, consultation.whole(list(departments.values())), departments, db)


def own_units(db: Database, account: Account, seen: View) -> pa.Table:
    """The units of the account's perimeter, most overdue first, with `author`, the name of who declared last."""
    return seen.once(("own", account.perimeter), lambda: _own_units(db, account, seen))


def _own_units(db: Database, account: Account, seen: View) -> pa.Table:
    slices = seen.standing.slices
    codes = seen.standing.board.directory.of_perimeter(account.perimeter)
    units = together(slices[code] for code in codes) if codes else next(iter(slices.values())).slice(0, 0)
    with db.reader() as cursor:
        units = consultation.of_perimeter(cursor, units, account.perimeter)
        ids = units["account"].to_pylist()
        names = accounts.names(cursor, sorted({author for author in ids if author}))
    return units.append_column("author", pa.array([_author(author, names) for author in ids], pa.string()))


def _author(account: str | None, names: Mapping[str, str]) -> str:
    """Who declared a number, in words; "" when none was declared."""
    return IMPORT_AUTHOR if account == "" else names.get(account or "", "")


def search(db: Database, seen: View, text: str) -> pa.Table:
    """Structures that match all that is typed (`model.search`), `MOST_RESULTS` at most; none for an empty text."""
    terms = tuple(search_terms(text))
    if not terms:
        return consultation.NO_RESULT
    directory, limit = seen.standing.board.directory, MOST_RESULTS
    return directory.kept.once((terms, limit), lambda: _found(db, directory, text, limit))


def _found(db: Database, directory: Directory, text: str, limit: int) -> pa.Table:
    with db.reader() as cursor:
        return consultation.search(cursor, directory.texts, text, limit)


def history(db: Database, account: Account, unit: str, at: datetime) -> pa.Table:
    """The declarations of a unit over the last 90 days, oldest first. Raises `Forbidden`, journalled."""
    journal.require(db, account, Action.CONSULT, Act.CONSULT, f"unit:{unit}", datetime.now(UTC))
    with db.reader() as cursor:
        return declarations.history(cursor, unit, at - HISTORY)
