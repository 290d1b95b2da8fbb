"""What other systems read, page by page: the registry, the board as it stands or stood, the log of declarations."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import pyarrow as pa

from ror.errors import NotFound, Refused
from ror.model.freshness import CLOCK_TOLERANCE
from ror.model.journal import Act
from ror.model.nomenclature import CapacityType, unit_types
from ror.model.rights import Account, Action
from ror.model.territory import territories
from ror.services import journal
from ror.services.availability import consult
from ror.store import pages, registry
from ror.store.board import past
from ror.store.board.board import Board, together
from ror.store.board.past import Query as Query
from ror.store.engine.database import Database

Row = dict[str, Any]

_MOST_UNITS = 10_000
"""Of one structure: no page is made of them."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """What units are read of: those of these types, fields and capacity type; empty tuples and None mean all."""

    unit_types: tuple[str, ...] = ()
    activity_fields: tuple[str, ...] = ()
    capacity_type: CapacityType | None = None

    def __bool__(self) -> bool:
        return bool(self.unit_types or self.activity_fields or self.capacity_type)

    def codes(self) -> list[str]:
        """The codes of the types of units that are of them."""
        return [
            kind.code
            for kind in unit_types().values()
            if (not self.unit_types or kind.code in self.unit_types)
            and (not self.activity_fields or kind.activity_field in self.activity_fields)
            and self.capacity_type in (None, kind.capacity_type)
        ]


@dataclass(frozen=True, slots=True)
class Read:
    """The rows of one page, and whether others follow."""

    rows: list[Row]
    more: bool


def board(db: Database, account: Account, now: datetime) -> Board:
    """The board that is read, whose positions are the versions of the answers. Raises `Forbidden`, journalled."""
    journal.require(db, account, Action.CONSULT, Act.CONSULT, "board", now)
    return consult.kept(db)


def structures(
    db: Database, account: Account, after: str, limit: int, now: datetime, *, department: str = "", search: str = ""
) -> Read:
    """Structures by FINESS number, after one (`store.pages.structures`), those that a search finds (`model.search`).

    Raises `Forbidden`, `NotFound`.
    """
    seen = board(db, account, now)
    _known_department(seen, department)
    with db.reader() as cursor:
        among = None
        if search:
            texts = seen.directory.kept.once("structures", lambda: registry.searched(cursor))
            among = registry.search(cursor, search, texts.num_rows, texts)[0]["finess"].to_pylist()
        return _read(pages.structures(cursor, after, limit + 1, department=department, among=among), limit)


def structure(db: Database, account: Account, finess: str, now: datetime) -> tuple[Row, list[Row]]:
    """One structure as in `structures`, and its units as in `units`. Raises `Forbidden`, `NotFound`."""
    board(db, account, now)
    with db.reader() as cursor:
        entry = registry.structure(cursor, finess)
        if entry is None:
            raise _NoStructureError
        owner = registry.legal_entity(cursor, entry.legal_entity)
        units = pages.units(cursor, "", _MOST_UNITS, structure=finess).to_pylist()
    return asdict(entry) | {"legal_entity_name": owner.name if owner else None}, units


def units(
    db: Database,
    account: Account,
    kinds: Kinds,
    after: str,
    limit: int,
    now: datetime,
    *,
    department: str = "",
    structure: str = "",
) -> Read:
    """Units by id, after one (`store.pages.units`). Raises `Forbidden`, `NotFound`."""
    _known_department(board(db, account, now), department)
    with db.reader() as cursor:
        if structure and registry.structure(cursor, structure) is None:
            raise _NoStructureError
        codes = kinds.codes() if kinds else None
        found = pages.units(cursor, after, limit + 1, department=department, structure=structure, unit_types=codes)
    return _read(found, limit)


def availability(db: Database, account: Account, asked: Query, now: datetime, *, department: str = "") -> Read:
    """What units offer now (`store.past.offers`), `asked.limit` of them. Raises `Forbidden`, `NotFound`."""
    seen = board(db, account, now)
    with db.reader() as cursor:
        return _read(past.offers(cursor, _units(db, seen, asked, department), _one_more(asked), now), asked.limit)


def past_availability(
    db: Database, account: Account, asked: Query, at: datetime, now: datetime, *, department: str = ""
) -> Read:
    """As `availability`, at a past instant: of each unit, the last event by position among those recorded by then.

    Raises `Forbidden`, `NotFound`, `Refused` for an instant to come.
    """
    seen = board(db, account, now)
    if at > now + CLOCK_TOLERANCE:
        raise Refused("L'instant demandé est à venir : donnez-en un du passé, ou aucun pour maintenant.")
    with db.reader() as cursor:
        then = past.stood(cursor, _units(db, seen, asked, department), at, seen.position)
        return _read(past.offers(cursor, then, _one_more(asked), at), asked.limit)


def declarations(db: Database, account: Account, after: int, limit: int, now: datetime, *, unit: str = "") -> Read:
    """Events of the log by position, after one, of one unit if named (`store.pages.declarations`).

    Raises `Forbidden`, `NotFound`.
    """
    end = board(db, account, now).position
    with db.reader() as cursor:
        if unit and registry.unit_entry(cursor, unit) is None:
            raise _NoUnitError
        if unit:
            return _read(pages.declarations_of(cursor, unit, after, end, limit + 1), limit)
        return _read(pages.declarations(cursor, after, end, limit + 1), limit)


class _NoStructureError(NotFound):
    def __init__(self) -> None:
        super().__init__("Cette structure n'existe pas : vérifiez son numéro FINESS.")


class _NoUnitError(NotFound):
    def __init__(self) -> None:
        super().__init__("Cette unité n'existe pas : vérifiez son identifiant.")


def _known_department(seen: Board, department: str) -> None:
    if department and department not in seen.slices and department not in territories():
        raise NotFound("Ce département n'existe pas : donnez son code, comme 01, 2A ou 971.")


def _units(db: Database, seen: Board, asked: Query, department: str) -> pa.Table:
    """The part of the board in which what is asked for is."""
    _known_department(seen, department)
    homes = seen.directory.departments
    with db.reader() as cursor:
        if asked.unit and registry.unit_entry(cursor, asked.unit) is None:
            raise _NoUnitError
        if asked.structure and registry.structure(cursor, asked.structure) is None:
            raise _NoStructureError
    named = {department, *(homes.get(key, key) for key in (asked.unit, asked.structure))} - {""}
    if not named:
        return together(seen.slices.values())
    empty = next(iter(seen.slices.values())).slice(0, 0)
    return seen.slices.get(named.pop(), empty) if len(named) == 1 else empty


def _one_more(asked: Query) -> Query:
    return replace(asked, limit=asked.limit + 1)


def journal_lines(db: Database, account: Account, after: int, limit: int, now: datetime) -> Read:
    """Lines of the journal by number, after a number: rows of `store.journal.following`. Raises `Forbidden`, journalled."""
    return _read(journal.following(db, account, after, now, limit + 1), limit)


def _read(found: pa.Table, limit: int) -> Read:
    return Read(found.slice(0, limit).to_pylist(), found.num_rows > limit)
