"""The catalogue of other systems: organizations and offers by their keys, page by page in the order of their ids.

A page begins after the last id of the page before: declarations and imports meanwhile move nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from ror.exchange.fhir.capacity import UnitOffer
from ror.exchange.fhir.offer import structure_and_unit
from ror.exchange.fhir.terms import Version
from ror.model.capacity import Counts
from ror.model.registry import LegalEntity, Structure, Unit
from ror.model.rights import Account
from ror.model.search import folded
from ror.services.availability import consult
from ror.store import registry
from ror.store.board import catalogue
from ror.store.board.catalogue import CataloguePage, CatalogueQuery
from ror.store.engine.database import Database

CatalogueEntry = TypeVar("CatalogueEntry")


@dataclass(frozen=True, slots=True)
class CommuneName:
    """A commune by its name: its beginning ("begins"), a part of it ("contains"), or the whole as it is written ("exact")."""

    text: str
    match: str = "begins"


@dataclass(frozen=True, slots=True)
class Criteria:
    """Every condition holds, each by any of its alternatives; none matches everything.

    `ids` are those of resources, `identifiers` keys of units (or what they are synchronised by) or FINESS numbers,
    `structures` FINESS numbers. `since` is included, `until` is not.
    """

    ids: Sequence[frozenset[str]] = ()
    identifiers: Sequence[frozenset[str]] = ()
    structures: Sequence[frozenset[str]] = ()
    communes: Sequence[Sequence[CommuneName]] = ()
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Matches(Generic[CatalogueEntry]):
    """One page: how many match in all, those of the page by the id of their resource, the last id, whether more follow."""

    total: int
    entries: Sequence[CatalogueEntry]
    last: str
    more: bool


@dataclass(frozen=True, slots=True)
class Organization:
    """A structure or a legal entity, and its last change."""

    entry: Structure | LegalEntity
    version: Version


def offers(db: Database, account: Account, criteria: Criteria, after: str = "", count: int = 1) -> Matches[UnitOffer]:
    """Return a page of the units that match. Raises `Forbidden`, journalled."""
    board = consult.current(db, account)
    units = board.units
    query = CatalogueQuery(
        ids=criteria.ids,
        keys=criteria.identifiers,
        pairs=[frozenset(filter(None, map(structure_and_unit, keys))) for keys in criteria.identifiers],
        structures=criteria.structures,
        communes=[_communes(units, names) for names in criteria.communes],
        since=criteria.since,
        until=criteria.until,
        after=after,
        limit=count + 1,
    )
    with db.reader() as cursor:
        page = catalogue.units(cursor, units, board.registry_position, query)
        lines = page.lines[:count]
        rows = units.take([line["row"] for line in lines]).to_pylist() if lines else []
        structures = registry.structures(cursor, {row["finess"] for row in rows})
    entries = [_offer(row, _version(line), structures[row["finess"]]) for row, line in zip(rows, lines, strict=True)]
    return _matches(page, entries)


def organizations(db: Database, account: Account, criteria: Criteria, after: str = "", count: int = 1) -> Matches[Organization]:
    """Return a page of the structures and legal entities that match; `structures` and `communes` do not apply to them.

    Raises `Forbidden`, journalled.
    """
    board = consult.current(db, account)
    query = CatalogueQuery(
        criteria.ids, criteria.identifiers, since=criteria.since, until=criteria.until, after=after, limit=count + 1
    )
    with db.reader() as cursor:
        page = catalogue.organizations(cursor, board.registry_position, query)
        lines = page.lines[:count]
        structures = registry.structures(cursor, {line["finess"] for line in lines if line["is_structure"]})
        entities = registry.legal_entities(cursor, {line["finess"] for line in lines if not line["is_structure"]})
    entries: dict[str, Structure | LegalEntity] = {**entities, **structures}
    return _matches(page, [Organization(entries[line["finess"]], _version(line)) for line in lines])


def _matches(page: CataloguePage, entries: Sequence[CatalogueEntry]) -> Matches[CatalogueEntry]:
    last = page.lines[len(entries) - 1]["id"] if entries else ""
    return Matches(page.total, entries, last, len(page.lines) > len(entries))


def _communes(units: pa.Table, names: Sequence[CommuneName]) -> frozenset[str]:
    """Return the communes of units that one of these names means."""
    return frozenset(
        commune for commune in pc.unique(units["commune"]).to_pylist() if any(_means(name, commune) for name in names)
    )


def _means(name: CommuneName, commune: str) -> bool:
    if name.match == "exact":
        return commune == name.text
    # Signs alone are in every name, and name none.
    plain = folded(name.text)
    return bool(plain) and (plain in folded(commune) if name.match == "contains" else folded(commune).startswith(plain))


def _version(line: dict[str, Any]) -> Version:
    return Version(line["changed_position"], line["changed_at"].astimezone(UTC))


def _offer(row: consult.UnitRow, registered: Version, structure: Structure) -> UnitOffer:
    """Build an offer from a row of the board and the last change of its unit in the registry."""
    version = registered
    if row["recorded_at"] is not None:
        version = registered.later(Version(row["position"], row["recorded_at"].astimezone(UTC)))
    return UnitOffer(
        unit=Unit(
            *(row["unit"], row["finess"], row["name"], row["unit_type"], row["registry_installed"], row["telephone"]),
            closed=row["registry_closed"],
            nature=row["capacity_type"],
            activity_field=row["activity_field"],
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
