"""What another system searches: organizations and offers by their keys, page by page in the order of their ids.

A page begins after the id that the one before ended with: declarations and imports meanwhile move nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from ror.exchange.fhir.capacity import UnitOffer
from ror.exchange.fhir.offer import synchronisation_id
from ror.exchange.fhir.terms import Version, resource_id
from ror.model.capacity import Counts
from ror.model.registry import LegalEntity, Structure, Unit
from ror.model.rights import Account
from ror.model.search import folded
from ror.services.availability import consult
from ror.store.board import catalogue
from ror.store.board.board import Board
from ror.store.engine.database import Database

Found = TypeVar("Found")

_STRUCTURE = tuple(field.name for field in fields(Structure))
_LEGAL_ENTITY = tuple(field.name for field in fields(LegalEntity))
_CHANGED = [("changed_position", pa.int64()), ("changed_at", pa.timestamp("us", "UTC"))]


@dataclass(frozen=True, slots=True)
class Named:
    """A commune asked for by its name: its beginning, a part of it, or (`exact`) the whole as it is written."""

    text: str
    how: str = "begins"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: every condition holds, each by any of its alternatives; none asks for everything.

    `ids` are those of resources, `identifiers` keys of units (or what they are synchronised by) or FINESS numbers,
    `structures` FINESS numbers. `since` is included, `until` is not.
    """

    ids: Sequence[frozenset[str]] = ()
    identifiers: Sequence[frozenset[str]] = ()
    structures: Sequence[frozenset[str]] = ()
    communes: Sequence[Sequence[Named]] = ()
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Slice(Generic[Found]):
    """One page: how many there are in all, those of the page by the id of their resource, and whether more follow."""

    total: int
    found: Sequence[Found]
    last: str
    more: bool


@dataclass(frozen=True, slots=True)
class Organization:
    """A structure or a legal entity, and its last change."""

    entry: Structure | LegalEntity
    version: Version


@dataclass(frozen=True, slots=True, eq=False)
class _Catalogue:
    """The registry in the order of ids, made once for each version of it.

    `offers`: id, unit, synchronisation, finess, commune, plain_commune, row (in `Board.units`), and its last change.
    `organizations`: id, identifier (FINESS number), the fields of `Structure` (null for a legal entity but name), the same.
    """

    offers: pa.Table
    organizations: pa.Table


def offers(db: Database, account: Account, wanted: Wanted, after: str = "", count: int = 1) -> Slice[UnitOffer]:
    """Units that are wanted. Raises `Forbidden`, journalled."""
    board = consult.current(db, account)
    kept = _catalogue(db, board)
    units = board.units
    table = kept.offers
    if wanted.since is not None or wanted.until is not None:
        recorded, changed = units["recorded_at"].take(table["row"]), table["changed_at"]
        declared_last = pc.fill_null(pc.greater(recorded, changed), False)
        table = table.append_column("updated_at", pc.if_else(declared_last, recorded, changed))
    total, page, more = _page(table, wanted, ("unit", "synchronisation"), after, count)
    structures = _structures(kept, page["finess"])
    rows = units.take(page["row"]).to_pylist()
    found = [_offer(row, key, structures[key["finess"]]) for row, key in zip(rows, page.to_pylist(), strict=True)]
    return Slice(total, found, _last(page), more)


def organizations(db: Database, account: Account, wanted: Wanted, after: str = "", count: int = 1) -> Slice[Organization]:
    """Structures and legal entities that are wanted; `structures` and `communes` are not asked of them.

    Raises `Forbidden`, journalled.
    """
    table = _catalogue(db, consult.current(db, account)).organizations
    table = table.append_column("updated_at", table["changed_at"])
    total, page, more = _page(table, wanted, ("finess",), after, count)
    return Slice(total, [Organization(_entry(row), _version(row)) for row in page.to_pylist()], _last(page), more)


def _page(table: pa.Table, wanted: Wanted, identifiers: Sequence[str], after: str, count: int) -> tuple[int, pa.Table, bool]:
    """How many are wanted, those of the page, and whether more follow."""
    for condition in _conditions(wanted, identifiers):
        table = table.filter(condition)
    rest = table.filter(pc.field("id") > after) if after else table
    return table.num_rows, rest.slice(0, count), rest.num_rows > count


def _conditions(wanted: Wanted, identifiers: Sequence[str]) -> Iterable[pc.Expression]:
    for keys in wanted.ids:
        yield _among("id", keys)
    for keys in wanted.identifiers:
        yield _any(_among(name, keys) for name in identifiers)
    for keys in wanted.structures:
        yield _among("finess", keys)
    for names in wanted.communes:
        yield _any(_commune(named) for named in names)
    if wanted.since is not None:
        yield pc.field("updated_at") >= wanted.since
    if wanted.until is not None:
        yield pc.field("updated_at") < wanted.until


def _among(name: str, keys: Iterable[str]) -> pc.Expression:
    return pc.field(name).isin(pa.array(sorted(keys), pa.string()))


def _any(conditions: Iterable[pc.Expression]) -> pc.Expression:
    first, *others = conditions
    for other in others:
        first = first | other
    return first


def _commune(named: Named) -> pc.Expression:
    if named.how == "exact":
        return pc.field("commune") == named.text
    how = pc.match_substring if named.how == "contains" else pc.starts_with
    plain = folded(named.text)
    # Signs alone are in every name, and name none.
    return how(pc.field("plain_commune"), plain) if plain else _among("commune", ())


def _catalogue(db: Database, board: Board) -> _Catalogue:
    kept: _Catalogue = board.directory.kept.once("catalogue", lambda: _made(db, board))
    return kept


def _made(db: Database, board: Board) -> _Catalogue:
    with db.reader() as cursor:
        structures, entities = catalogue.structures(cursor), catalogue.legal_entities(cursor)
        changes = catalogue.changes(cursor, board.registry_position)
    return _Catalogue(_offers(board, changes), _organizations(structures, entities, changes))


def _offers(board: Board, changes: catalogue.Changes) -> pa.Table:
    units, finess = board.units["unit"].to_pylist(), board.units["finess"].to_pylist()
    communes = board.units["commune"].to_pylist()
    plain = {commune: folded(commune) for commune in set(communes)}
    changed = [changes.of(f"unit:{unit}", f"structure:{home}") for unit, home in zip(units, finess, strict=True)]
    return pa.table(
        {
            "id": [resource_id(unit) for unit in units],
            "unit": units,
            "synchronisation": [synchronisation_id(home, unit) for unit, home in zip(units, finess, strict=True)],
            "finess": finess,
            "commune": communes,
            "plain_commune": [plain[commune] for commune in communes],
            "row": pa.array(range(len(units)), pa.int64()),
            **_changed(changed),
        },
        pa.schema(
            [(name, pa.string()) for name in ("id", "unit", "synchronisation", "finess", "commune", "plain_commune")]
            + [("row", pa.int64()), *_CHANGED]
        ),
    ).sort_by("id")


def _changed(changed: Sequence[catalogue.Change]) -> dict[str, list[Any]]:
    return {"changed_position": [position for position, _ in changed], "changed_at": [at for _, at in changed]}


def _organizations(structures: pa.Table, entities: pa.Table, changes: catalogue.Changes) -> pa.Table:
    """Structures and legal entities together; what a structure's edit created beside it changed with it."""
    of_entity: dict[str, list[str]] = {}
    for home, entity in zip(structures["finess"].to_pylist(), structures["legal_entity"].to_pylist(), strict=True):
        if f"structure:{home}" in changes.single:
            of_entity.setdefault(entity, []).append(f"structure:{home}")
    changed = [changes.of(f"structure:{home}") for home in structures["finess"].to_pylist()]
    changed += [changes.of(f"legal_entity:{entity}", *of_entity.get(entity, ())) for entity in entities["finess"].to_pylist()]
    table = pa.concat_tables([structures, entities], promote_options="default")
    table = table.append_column("id", pa.array([resource_id(finess) for finess in table["finess"].to_pylist()], pa.string()))
    for name, column in _changed(changed).items():
        table = table.append_column(name, pa.array(column, dict(_CHANGED)[name]))
    return table.sort_by("id")


def _structures(kept: _Catalogue, numbers: pa.ChunkedArray) -> dict[str, Structure]:
    rows = kept.organizations.filter(pc.field("finess").isin(numbers.unique())).to_pylist()
    return {row["finess"]: entry for row in rows if isinstance(entry := _entry(row), Structure)}


def _entry(row: dict[str, Any]) -> Structure | LegalEntity:
    if row["legal_entity"] is None:
        return LegalEntity(**{name: row[name] for name in _LEGAL_ENTITY})
    return Structure(**{name: row[name] for name in _STRUCTURE})


def _version(row: dict[str, Any]) -> Version:
    return Version(row["changed_position"], row["changed_at"])


def _offer(row: dict[str, Any], key: dict[str, Any], structure: Structure) -> UnitOffer:
    """An offer from a row of the board and its entry in the catalogue."""
    registered = version = _version(key)
    if row["recorded_at"] is not None:
        version = registered.later(Version(row["position"], row["recorded_at"].astimezone(UTC)))
    return UnitOffer(
        unit=Unit(
            *(row["unit"], row["finess"], row["name"], row["unit_type"], row["registry_installed"], row["telephone"]),
            closed=row["registry_closed"],
        ),
        structure=structure,
        counts=Counts(
            *(row["available"], row["declared_installed"], row["occupied"], row["reserved"]),
            *(row["closed_count"], row["supplementary"]),
        ),
        comment=row["comment"],
        closed_until=row["closed_until"],
        source_type=row["source_type"] or "",
        observed_at=row["observed_at"],
        registered=registered,
        version=version,
    )


def _last(page: pa.Table) -> str:
    return str(page["id"][page.num_rows - 1]) if page.num_rows else ""
