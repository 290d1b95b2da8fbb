"""The lists for other systems, page by page: the registry, the present or a past board, the log of declarations."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ror.errors import NotFound
from ror.model.crisis import duties_at, known_at
from ror.model.journal import Act
from ror.model.nomenclature import CapacityType
from ror.model.rights import Account, Action
from ror.model.territory import territories
from ror.services import journal
from ror.services.availability import past_boards
from ror.store import pages, registry, structure_search
from ror.store.board import board as boards
from ror.store.board import past
from ror.store.board.board import Board
from ror.store.board.offers import OfferQuery as OfferQuery
from ror.store.board.offers import read_offers
from ror.store.engine.database import Database

ListEntry = Mapping[str, Any]
"""One entry of a list: its columns are those of the query that it comes from."""

_MAX_UNITS = 10_000
"""The most units of one structure, which has them all on one page."""


@dataclass(frozen=True, slots=True)
class UnitSelection:
    """The units of these types, activity fields, capacity type and needs; empty tuples and None mean all."""

    unit_types: tuple[str, ...] = ()
    activity_fields: tuple[str, ...] = ()
    capacity_type: CapacityType | None = None
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListPage:
    """The entries of one page, and whether others follow."""

    rows: list[ListEntry]
    more: bool


def board(db: Database, account: Account, now: datetime) -> Board:
    """Return the board, whose positions are the versions of the answers. Raises `Forbidden`, journalled."""
    journal.require(db, account, Action.CONSULT, Act.CONSULT, "board", now)
    return boards.current(db)


def last_end(board: Board, now: datetime) -> datetime | None:
    """Return the last end, not after `now`, of an event of a crisis or of a tension: offers change then without a commit."""
    ends = pc.unique(board.units["tension_until"].drop_null()).to_pylist()
    ends += [event.until for event in known_at(board.crises, now)]
    return max((end for end in ends if end <= now), default=None)


def structures(
    db: Database, account: Account, after: str, limit: int, now: datetime, *, department: str = "", search: str = ""
) -> ListPage:
    """Return the structures whose FINESS numbers follow `after` (`store.pages.structures`) and that match a search, if any.

    Raises `Forbidden`, `NotFound`.
    """
    current = board(db, account, now)
    _check_department(current, department)
    with db.reader() as cursor:
        among = None
        if search:
            texts = current.directory.structure_texts
            among = structure_search.search(cursor, search, texts.num_rows, texts)[0]["finess"].to_pylist()
        return _page(pages.structures(cursor, after, limit + 1, department=department, among=among), limit)


def structure(db: Database, account: Account, finess: str, now: datetime) -> tuple[ListEntry, list[ListEntry]]:
    """Return one structure as in `structures`, and its units as in `units`. Raises `Forbidden`, `NotFound`."""
    needs = board(db, account, now).directory.name_needs
    with db.reader() as cursor:
        entry = registry.structure(cursor, finess)
        if entry is None:
            raise _NoStructureError
        owner = registry.legal_entity(cursor, entry.legal_entity)
        units = pages.units(cursor, "", _MAX_UNITS, needs, structure=finess).to_pylist()
    return asdict(entry) | {"legal_entity_name": owner.name if owner else None}, units


def units(
    db: Database,
    account: Account,
    selection: UnitSelection,
    after: str,
    limit: int,
    now: datetime,
    *,
    department: str = "",
    structure: str = "",
) -> ListPage:
    """Return the selected units whose ids follow `after` (`store.pages.units`). Raises `Forbidden`, `NotFound`."""
    current = board(db, account, now)
    _check_department(current, department)
    needs = current.directory.name_needs
    with db.reader() as cursor:
        if structure and registry.structure(cursor, structure) is None:
            raise _NoStructureError
        table = pages.units(cursor, after, limit + 1, needs, department=department, structure=structure, **asdict(selection))
    return _page(table, limit)


def availability(db: Database, account: Account, query: OfferQuery, now: datetime, *, department: str = "") -> ListPage:
    """Return what units offer now (`store.board.offers.read_offers`), `query.limit` of them. Raises `Forbidden`, `NotFound`."""
    current = board(db, account, now)
    with db.reader() as cursor:
        return _page(
            read_offers(cursor, _units(db, current, query, department), _one_more(query), now, duties_at(current.crises, now)),
            query.limit,
        )


def past_availability(
    db: Database, account: Account, query: OfferQuery, at: datetime, now: datetime, *, department: str = ""
) -> ListPage:
    """Return what units offered at a past instant: of each unit, the last event by position among those recorded by then.

    Units entered in the registry since, and not declared by then, are left out. Raises `Forbidden`, `NotFound`, `Refused` for
    an instant to come.
    """
    current = board(db, account, now)
    past_boards.check(at, now)
    with db.reader() as cursor:
        units = past.existing(past.units_at(cursor, _units(db, current, query, department), at, current.position), at)
        return _page(read_offers(cursor, units, _one_more(query), at, duties_at(current.crises, at)), query.limit)


def declarations(db: Database, account: Account, after: int, limit: int, now: datetime, *, unit: str = "") -> ListPage:
    """Return the events of the log whose positions follow `after`, of one unit if named (`store.pages.declarations`).

    Raises `Forbidden`, `NotFound`.
    """
    journal.require(db, account, Action.CONSULT, Act.CONSULT, "board", now)
    end = db.position
    with db.reader() as cursor:
        if unit and registry.unit_entry(cursor, unit) is None:
            raise _NoUnitError
        if unit:
            return _page(pages.declarations_of(cursor, unit, after, end, limit + 1), limit)
        return _page(pages.declarations(cursor, after, end, limit + 1), limit)


class _NoStructureError(NotFound):
    def __init__(self) -> None:
        super().__init__("Cette structure n'existe pas : vérifiez son numéro FINESS.")


class _NoUnitError(NotFound):
    def __init__(self) -> None:
        super().__init__("Cette unité n'existe pas : vérifiez son identifiant.")


def _check_department(board: Board, department: str) -> None:
    if department and department not in board.slices and department not in territories():
        raise NotFound("Ce département n'existe pas : donnez son code, comme 01, 2A ou 971.")


def _units(db: Database, current: Board, query: OfferQuery, department: str) -> pa.Table:
    """Return the part of the board that holds the matching units: one département, or all of them."""
    _check_department(current, department)
    departments = current.directory.departments
    with db.reader() as cursor:
        if query.unit and registry.unit_entry(cursor, query.unit) is None:
            raise _NoUnitError
        if query.structure and registry.structure(cursor, query.structure) is None:
            raise _NoStructureError
    named = {department, *(departments.get(key, key) for key in (query.unit, query.structure))} - {""}
    if not named:
        return current.units
    return current.units_of(named.pop() if len(named) == 1 else "")


def _one_more(query: OfferQuery) -> OfferQuery:
    return replace(query, limit=query.limit + 1)


def journal_lines(db: Database, account: Account, after: int, limit: int, now: datetime) -> ListPage:
    """Return the journal lines whose numbers follow `after` (`store.journal.following`). Raises `Forbidden`, journalled."""
    return _page(journal.following(db, account, after, now, limit + 1), limit)


def _page(table: pa.Table, limit: int) -> ListPage:
    """Return a page of `limit` entries from a table that was read with one more."""
    return ListPage(table.slice(0, limit).to_pylist(), table.num_rows > limit)
