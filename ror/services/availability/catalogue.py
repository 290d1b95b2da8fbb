"""The catalogue for other systems: the organizations and offers that match a selection, page by page.

Unless the selection has an order, a page is sorted by the ids of resources and begins after the last one of the page before, so
that declarations and imports meanwhile move nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import pyarrow as pa

from ror.exchange.fhir.capacity import STATUS_CODES, Capacity, UnitOffer, current_capacities
from ror.exchange.fhir.terms import Version
from ror.model.capacity import Counts
from ror.model.count_parts import NO_ASSIGNMENT, parts_from_json
from ror.model.declaration import OtherNumbers
from ror.model.registry import LegalEntity, Structure, Unit
from ror.model.rights import Account
from ror.model.selection import Among, Condition, Every, Selection, concerns_numbers, without_numbers
from ror.services.availability import consult
from ror.store import registry
from ror.store.board import catalogue
from ror.store.board.capacity_relation import COLUMNS
from ror.store.board.catalogue import CataloguePage, CatalogueQuery
from ror.store.engine.database import Database

CatalogueEntry = TypeVar("CatalogueEntry")

_DESCRIBED = (
    *("activity_field", "care_mode", "patient_type", "short_name", "psychiatric_sector", "intervention_zone"),
    *("operational_activity", "sensitive"),
)
"""Fields of a unit that the board has under their names."""


@dataclass(frozen=True, slots=True)
class Matches(Generic[CatalogueEntry]):
    """One page: how many match in all, the entries of the page, the id of the last one, and whether more follow.

    `distances` are in kilometres from the centre of the selection's circle, None without a circle.
    """

    total: int
    entries: Sequence[CatalogueEntry]
    last: str
    more: bool
    distances: Sequence[float | None] = ()


@dataclass(frozen=True, slots=True)
class Organization:
    """A structure or a legal entity, its creation, its last change, and its département ("" when it has none)."""

    entry: Structure | LegalEntity
    created_at: datetime
    version: Version
    department: str = ""


def offers(
    db: Database,
    account: Account,
    selection: Selection,
    after: str = "",
    count: int | None = 1,
    now: datetime | None = None,
) -> Matches[UnitOffer]:
    """Return a page of the units that match, all of them when `count` is None. Raises `Forbidden`, journalled."""
    board = consult.current(db, account)
    units = board.units
    numbers = _detailed_numbers(db, account, board, selection.condition, without_numbers(selection.condition), now)
    with db.reader() as cursor:
        page = catalogue.units(cursor, units, board.registry_position, _query(selection, after, count, now, numbers))
        lines = page.lines[:count]
        rows = units.take([line["row"] for line in lines]).to_pylist() if lines else []
        structures = registry.structures(cursor, {row["finess"] for row in rows})
    entries = [_offer(row, _version(line), structures[row["finess"]]) for row, line in zip(rows, lines, strict=True)]
    return _matches(page, entries)


def organizations(
    db: Database, account: Account, selection: Selection, after: str = "", count: int | None = 1, now: datetime | None = None
) -> Matches[Organization]:
    """Return a page of the structures and legal entities that match: see `offers`. Raises `Forbidden`, journalled."""
    board = consult.current(db, account)
    numbers = _detailed_numbers(db, account, board, selection.condition, Every(()), now)
    with db.reader() as cursor:
        query = _query(selection, after, count, now, numbers)
        page = catalogue.organizations(cursor, board.units, board.registry_position, query)
        lines = page.lines[:count]
        structures = registry.structures(cursor, {line["finess"] for line in lines if line["is_structure"]})
        entities = registry.legal_entities(cursor, {line["finess"] for line in lines if not line["is_structure"]})
    entries: dict[str, Structure | LegalEntity] = {**entities, **structures}
    matching = [
        Organization(entries[line["finess"]], line["created_at"].astimezone(UTC), _version(line), line["department"])
        for line in lines
    ]
    return _matches(page, matching)


def _query(
    selection: Selection, after: str, count: int | None, now: datetime | None, numbers: pa.Table | None
) -> CatalogueQuery:
    # One more than the page has, to know whether more follow.
    return CatalogueQuery(selection, now or datetime.now(UTC), after, None if count is None else count + 1, numbers)


def _detailed_numbers(
    db: Database, account: Account, board: consult.Board, condition: Condition, of_units: Condition, now: datetime | None
) -> pa.Table | None:
    """Return the numbers of the detailed units that meet the condition `of_units`, for a search by `condition`.

    None when no unit is detailed, or when `condition` concerns no numbers.
    """
    if not concerns_numbers(condition):
        return None
    with db.reader() as cursor:
        keys = catalogue.detailed_units(cursor, board.units)
    if not keys:
        return None
    detailed = offers(db, account, Selection(Every([of_units, Among("key", keys)])), count=None, now=now).entries
    rows = [_number(offer, one) for offer in detailed for one in current_capacities(offer, now or datetime.now(UTC))]
    return pa.Table.from_pylist(rows, pa.schema(list(COLUMNS.items())))


def _number(offer: UnitOffer, capacity: Capacity) -> dict[str, object]:
    key = asdict(capacity.key)
    return {
        **key,
        "unit": offer.unit.id,
        "capacity_type": str(offer.kind.capacity_type),
        "status": STATUS_CODES[capacity.key.status],
        "temporality": capacity.temporality,
        "number": capacity.number,
        "updated_at": capacity.at,
        "assignment": key["assignment"] or NO_ASSIGNMENT,
    }


def _matches(page: CataloguePage, entries: Sequence[CatalogueEntry]) -> Matches[CatalogueEntry]:
    last = page.lines[len(entries) - 1]["id"] if entries else ""
    distances = [line["distance"] for line in page.lines[: len(entries)]]
    return Matches(page.total, entries, last, len(page.lines) > len(entries), distances)


def _version(line: dict[str, Any]) -> Version:
    return Version(line["changed_position"], line["changed_at"].astimezone(UTC))


def _offer(row: consult.UnitRow, registered: Version, structure: Structure) -> UnitOffer:
    """Build an offer from a row of the board and the last change of its unit in the registry."""
    version = registered
    for event in (row, *(row["others"] or ())):
        if event["recorded_at"] is not None:
            version = version.later(Version(event["position"], event["recorded_at"].astimezone(UTC)))
    return UnitOffer(
        unit=Unit(
            *(row["unit"], row["finess"], row["name"], row["unit_type"], row["registry_installed"], row["telephone"]),
            closed=row["registry_closed"],
            bed_telephone=row["bed_telephone"],
            nature=row["capacity_type"],
            **{name: row[name] for name in _DESCRIBED},
        ),
        structure=structure,
        counts=_counts(row),
        comment=row["comment"],
        closed_until=row["closed_until"],
        source_type=row["source_type"] or "",
        observed_at=row["observed_at"],
        registered=registered,
        version=version,
        created_at=row["created_at"].astimezone(UTC),
        others=[
            OtherNumbers(other["temporality"], _counts(other), other["source_type"], other["observed_at"])
            for other in row["others"] or ()
        ],
    )


def _counts(row: Mapping[str, Any]) -> Counts:
    """Return the declared counts of a row of the board, or of one of its `others`."""
    return Counts(
        *(row["available"], row["declared_installed"], row["occupied"], row["reserved"]),
        *(row["closed_count"], row["supplementary"], parts_from_json(row["parts"])),
    )
