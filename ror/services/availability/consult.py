"""Consult: the board at an instant through filters, its summaries, a search, a unit's history."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from ror.model.crisis import duties_at
from ror.model.filters import Filters
from ror.model.journal import Act
from ror.model.outlines import Outlines
from ror.model.rights import Account, Action
from ror.model.search import folded, search_terms
from ror.model.unit_kind import unit_kind
from ror.services import journal
from ror.services.availability.declarable_unit import IMPORT_AUTHOR
from ror.settings import settings
from ror.store import accounts, call_round, declarations, perimeter_holders, registry, unit_types
from ror.store import outlines as stored_outlines
from ror.store.board import aging, consultation
from ror.store.board import board as boards
from ror.store.board.aging import AgingContext
from ror.store.board.board import Board as Board
from ror.store.board.board import UnitRow as UnitRow
from ror.store.board.consultation import NO_UNIT as NO_UNIT
from ror.store.board.consultation import Summary as Summary
from ror.store.cache import Cache
from ror.store.engine.database import Database

HISTORY = timedelta(days=90)
MAX_RESULTS = 50

STEP = 30
"""Seconds of one instant: no age is shown finer than in minutes."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """The board of one position through filters at one instant; shared by every reader of the process.

    The units of `board` are aged (`store.board.aging.aged`). `region` and `departments` are summaries
    (`store.board.consultation.departments`), those of the départements that have a matching unit, by code. `past` is true of
    a board as it was known at a past instant. `cache` holds what was drawn of the view.
    """

    board: Board
    filters: Filters
    moment: AgingContext
    region: Summary
    departments: dict[str, Summary]
    past: bool = False
    cache: Cache = field(default_factory=Cache)

    @property
    def position(self) -> int:
        """The version of the view."""
        return self.board.position

    @property
    def at(self) -> datetime:
        """The instant that ages are counted to."""
        return self.moment.at

    @property
    def codes(self) -> list[str]:
        """Every département that has a unit, whether one matches the filters or not."""
        return [code for code, units in self.board.slices.items() if units.num_rows]

    def units_of(self, department: str) -> pa.Table:
        """Return the matching units of a département."""
        return consultation.matching(self.board.units_of(department), self.filters)

    def matching(self, columns: Sequence[str]) -> pa.Table:
        """Return some columns of the matching units of the region."""
        return consultation.matching_columns(self.board.units, self.filters, columns)

    def structures(self, department: str) -> list[Summary]:
        """Return a summary (`store.board.consultation.structures`) of each structure of a département with a matching unit."""
        return self.cache.get(("structures", department), lambda: consultation.structures(self.units_of(department)))

    def places_by_age(self, department: str) -> pa.Table:
        """Return the numbers available of a département by structure, capacity type and band."""
        return self.cache.get(("ages", department), lambda: consultation.places_by_age(self.units_of(department)))

    def units_of_structure(self, finess: str) -> list[UnitRow]:
        """Return the matching units of one structure; none for an unknown one."""
        units = self.units_of(self.board.directory.departments.get(finess, ""))
        rows: list[UnitRow] = units.filter(pc.equal(units["finess"], finess)).to_pylist()
        return rows


class ViewCache:
    """Thread-safe cache of the views of one aged board by their filters; another board or instant discards them."""

    def __init__(self, database: Database, *, past: bool = False) -> None:
        self._database, self._past = database, past
        self._lock = threading.Lock()
        self._source: tuple[Board, AgingContext] | None = None
        self._views = Cache()

    def get(self, board: Board, filters: Filters, moment: AgingContext) -> View:
        """Return the view of a board through filters at an instant."""
        with self._lock:
            if self._source != (board, moment):
                self._source, self._views = (board, moment), Cache()
            views = self._views
        aged = views.get("aged", lambda: self._aged(board, moment))
        return views.get(filters, lambda: _summarized(aged, filters, moment, past=self._past))

    def _aged(self, board: Board, moment: AgingContext) -> Board:
        """Return a board with its units aged to an instant."""
        with self._database.reader() as cursor:
            return replace(board, slices=boards.by_department(aging.aged(cursor, board.units, moment)))


def _summarized(aged: Board, filters: Filters, moment: AgingContext, *, past: bool) -> View:
    """Return the view of an aged board through filters."""
    return View(aged, filters, moment, *consultation.departments(aged.units, filters), past=past)


@lru_cache(maxsize=4)
def _views(db: Database) -> ViewCache:
    return ViewCache(db)


def position(db: Database, account: Account) -> int:
    """Return the position of the last commit. Raises `Forbidden`, journalled, for an account that may not consult."""
    journal.require(db, account, Action.CONSULT, Act.CONSULT, "board", datetime.now(UTC))
    return db.position


def current(db: Database, account: Account) -> Board:
    """Return the board as it stands. Raises `Forbidden`, journalled, for an account that may not consult."""
    journal.require(db, account, Action.CONSULT, Act.CONSULT, "board", datetime.now(UTC))
    return boards.current(db)


def department_of(db: Database, unit: str) -> str:
    """Return the département of a unit of the board, "" for an unknown unit."""
    return boards.current(db).directory.departments.get(unit, "")


def type_labels(board: Board) -> list[str]:
    """Return the labels of the types of the units of a board, in alphabetical order."""
    labels: list[str] = pc.unique(board.units["type_label"]).to_pylist()
    return sorted(labels, key=folded)


def view(db: Database, board: Board, filters: Filters, at: datetime) -> View:
    """Return the view of a board through filters at an instant.

    It checks no right: `current` does, which returns the board. `at` is a `shared_instant`: all readers of it share the view.
    """
    return _views(db).get(board, filters, moment(board, at))


def shared_instant(now: datetime) -> datetime:
    """Return the instant of the views that are read now, to `STEP` seconds: all readers of one instant share its views."""
    return now.replace(second=now.second // STEP * STEP, microsecond=0)


def moment(board: Board, at: datetime) -> AgingContext:
    """Return an instant with the limits of the age bands and the duties of the events of a crisis that were open then."""
    return AgingContext(at, settings().age_limits_hours, duties_at(board.crises, at))


def with_filters(view: View, filters: Filters) -> View:
    """Return the same board at the same instant through other filters."""
    return view.cache.get(("filters", filters), lambda: _summarized(view.board, filters, view.moment, past=view.past))


def outlines(db: Database, view: View) -> Outlines:
    """Return the outlines of the départements that the maps of a view draw."""
    return stored_outlines.current(db, view.board.registry_position)


def own_units(db: Database, account: Account, view: View) -> pa.Table:
    """Return the units of the account's perimeter, the oldest number first."""

    def read() -> pa.Table:
        codes = view.board.directory.of_perimeter(account.perimeter) or [""]
        units = pa.concat_tables([view.board.units_of(code) for code in codes])
        with db.reader() as cursor:
            return consultation.of_perimeter(cursor, units, account.perimeter)

    return view.cache.get(("own", account.perimeter), read)


def with_authors(db: Database, units: pa.Table) -> pa.Table:
    """Return units with `author`, the name of the last one to declare; read each time, as a new name is no new position."""
    ids = units["account"].to_pylist()
    with db.reader() as cursor:
        names = accounts.names(cursor, sorted({author for author in ids if author}))
    return units.append_column("author", pa.array([_author(author, names) for author in ids], pa.string()))


def other_managers(db: Database, account: Account, view: View) -> dict[str, dict[str, str]]:
    """Return, by unit of the account, the other accounts whose perimeter holds it: names by id, in alphabetical order.

    Read each time: a change of an account is no new position, so a view would go on with the managers that it had.
    """
    with db.reader() as cursor:
        managers = perimeter_holders.managers(cursor, own_units(db, account, view))
    return {unit: {other: name for other, name in people if other != account.id} for unit, people in managers.items()}


def _author(account: str | None, names: Mapping[str, str]) -> str:
    """Return the name of the author of a number; "" when no number was declared."""
    return IMPORT_AUTHOR if account == "" else names.get(account or "", "")


def search(db: Database, view: View, text: str) -> pa.Table:
    """Return the structures that match a search (`model.search`), `MAX_RESULTS` at most; none for a blank text."""
    terms = tuple(search_terms(text))
    return view.cache.get(("search", terms, MAX_RESULTS), lambda: _search(db, view, text))


def _search(db: Database, view: View, text: str) -> pa.Table:
    with db.reader() as cursor:
        return consultation.search(cursor, view.board.directory.unit_texts, text, MAX_RESULTS)


def history(db: Database, account: Account, unit: str, at: datetime) -> pa.Table:
    """Return the declarations of a unit for its own temporality over the last 90 days, oldest first.

    Columns: those of `store.declarations.history`; for a number that was corrected, corrected has the right one (else null) and
    correction the number of the correction (else 0). Raises `Forbidden`, journalled.
    """
    journal.require(db, account, Action.CONSULT, Act.CONSULT, f"unit:{unit}", datetime.now(UTC))
    with db.reader() as cursor:
        entry = registry.unit_entry(cursor, unit)
        kind = unit_kind(entry, unit_types.types(cursor)) if entry else None
        past = declarations.history(cursor, unit, at - HISTORY, str(kind.temporality) if kind else "")
        corrections = call_round.corrections(cursor, unit)
    by_row = [corrections.get(position) for position in past["position"].to_pylist()]
    past = past.append_column("corrected", pa.array([one.available if one else None for one in by_row], pa.int32()))
    return past.append_column("correction", pa.array([one.number if one else 0 for one in by_row], pa.int64()))
