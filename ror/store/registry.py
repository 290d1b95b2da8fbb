"""The tables of legal entities, structures and units: write what an import brings, read entries by their keys."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import TypeVar

import pyarrow as pa

from ror.model.registry import LegalEntity, Structure, Unit
from ror.store.engine.database import BATCH, Cursor, Transaction

RegistryEntry = LegalEntity | Structure | Unit
_Entry = TypeVar("_Entry", Structure, LegalEntity, Unit)
_TABLES: dict[type, tuple[str, str]] = {
    LegalEntity: ("legal_entity", "finess"),
    Structure: ("structure", "finess"),
    Unit: ("unit", "id"),
}
_ARROW = {
    "latitude": pa.float64(),
    "longitude": pa.float64(),
    "installed": pa.int32(),
    "closed": pa.bool_(),
    "sensitive": pa.bool_(),
}


@dataclass(frozen=True, slots=True)
class MergeCounts:
    """How many entries a write created, changed and left unchanged."""

    created: int
    changed: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class RegistryComparison:
    """Entries of one kind compared with those stored, as tables of their fields.

    `before` and `after` are the changed entries, with the same keys in the same order.
    """

    kind: type
    created: pa.Table
    before: pa.Table
    after: pa.Table
    unchanged: int

    @property
    def counts(self) -> MergeCounts:
        """How many entries are new, changed or the same."""
        return MergeCounts(self.created.num_rows, self.after.num_rows, self.unchanged)


def compare(
    cursor: Cursor, entries: Sequence[RegistryEntry], keep: Collection[str] = (), keep_if_empty: Collection[str] = ()
) -> RegistryComparison:
    """Compare entries of one kind, at least one and each key once, with those stored. It only reads.

    `keep` names fields whose stored value always stays; `keep_if_empty` fields whose stored value stays when the new one is
    empty.
    """
    kind = type(entries[0])
    table, key = _TABLES[kind]
    columns = [field.name for field in fields(kind)]
    # Column by column, since a dictionary for each entry would take a kilobyte.
    values = {name: pa.array([getattr(entry, name) for entry in entries], _ARROW.get(name, pa.string())) for name in columns}
    cursor.register("incoming", pa.table(values))
    # Identifiers come from `_TABLES` and the dataclass above, never from a file.
    stored = ", ".join(f"stored.{name}" for name in columns)
    incoming = {name: f"incoming.{name}" for name in columns if name not in keep}
    for name in incoming.keys() & set(keep_if_empty):
        value = incoming[name] if name in _ARROW else f"nullif({incoming[name]}, '')"
        incoming[name] = f"coalesce({value}, stored.{name})"
    merged = ", ".join(f"{incoming.get(name, f'stored.{name}')} AS {name}" for name in columns)
    differs = " OR ".join(f"stored.{name} IS DISTINCT FROM {value}" for name, value in incoming.items())
    changed = f"FROM incoming JOIN {table} AS stored USING ({key}) WHERE {differs} ORDER BY {key}"
    try:
        created = cursor.execute(f"FROM incoming ANTI JOIN {table} USING ({key}) ORDER BY {key}").to_arrow_table(BATCH)
        before = cursor.execute(f"SELECT {stored} {changed}").to_arrow_table(BATCH)
        after = cursor.execute(f"SELECT {merged} {changed}").to_arrow_table(BATCH)
    finally:
        cursor.unregister("incoming")
    return RegistryComparison(kind, created, before, after, len(entries) - created.num_rows - after.num_rows)


def write(transaction: Transaction, comparison: RegistryComparison, created_at: datetime | None = None) -> MergeCounts:
    """Write the entries of a comparison, in the same transaction or as long as the registry has not changed since.

    A new entry is created now, unless `created_at` is given. Each purpose has one statement over all the entries, so that
    100,000 lines take a second.
    """
    table, key = _TABLES[comparison.kind]
    cursor = transaction.cursor
    cursor.register("created", comparison.created)
    query = f"INSERT INTO {table} BY NAME SELECT *, coalesce(?::TIMESTAMPTZ, now()) AS created_at FROM created"  # noqa: S608
    cursor.execute(query, [created_at])
    cursor.unregister("created")
    cursor.register("changed", comparison.after)
    query = f"SELECT changed.*, stored.created_at FROM changed JOIN {table} AS stored USING ({key})"  # noqa: S608
    cursor.register("dated", cursor.execute(query).to_arrow_table(BATCH))
    cursor.execute(f"DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM dated)")  # noqa: S608
    cursor.execute(f"INSERT INTO {table} BY NAME FROM dated")
    for name in ("changed", "dated"):
        cursor.unregister(name)
    return comparison.counts


def merge(
    transaction: Transaction,
    entries: Sequence[RegistryEntry],
    keep: Collection[str] = (),
    created_at: datetime | None = None,
) -> MergeCounts:
    """Create or change entries of one kind by their key; equal entries and the fields of `keep` are not changed.

    `created_at` is when the new entries were created, now when not given.
    """
    if not entries:
        return MergeCounts(0, 0, 0)
    return write(transaction, compare(transaction.cursor, entries, keep), created_at)


def structure_numbers(cursor: Cursor) -> set[str]:
    """Return the FINESS numbers of every structure."""
    return {finess for (finess,) in cursor.execute("SELECT finess FROM structure").fetchall()}


def departments_of_structures(cursor: Cursor) -> set[str]:
    """Return the codes of the départements of the structures that are not closed."""
    rows = cursor.execute("SELECT DISTINCT department FROM structure WHERE NOT closed").fetchall()
    return {department for (department,) in rows}


def closed_structures(cursor: Cursor) -> set[str]:
    """Return the FINESS numbers of the structures that are closed."""
    return {finess for (finess,) in cursor.execute("SELECT finess FROM structure WHERE closed").fetchall()}


def sensitive_units(cursor: Cursor) -> set[str]:
    """Return the ids of the units that are sensitive."""
    return {unit for (unit,) in cursor.execute("SELECT id FROM unit WHERE sensitive").fetchall()}


def legal_entity_numbers(cursor: Cursor) -> set[str]:
    """Return the FINESS numbers of every legal entity."""
    return {finess for (finess,) in cursor.execute("SELECT finess FROM legal_entity").fetchall()}


def positions(cursor: Cursor, numbers: Sequence[str]) -> dict[str, tuple[str, str, float, float]]:
    """Return département, INSEE code of the commune, latitude and longitude of the structures with a position, by number."""
    query = """
        SELECT finess, department, commune_code, latitude, longitude FROM structure
        WHERE latitude IS NOT NULL AND finess IN (SELECT unnest($numbers))
    """
    return {finess: tuple(position) for finess, *position in cursor.execute(query, {"numbers": numbers}).fetchall()}


def middle_of_commune(cursor: Cursor, code: str) -> tuple[float, float] | None:
    """Return the mean latitude and longitude of the structures of a commune (INSEE code); None when none has a position."""
    query = "SELECT avg(latitude), avg(longitude) FROM structure WHERE commune_code = ? AND latitude IS NOT NULL"
    row = cursor.execute(query, [code]).fetchone()
    return (row[0], row[1]) if row and row[0] is not None else None


def commune_label(cursor: Cursor, code: str) -> str:
    """Return the name of a commune (INSEE code) in the entries of its structures; "" when it has no structure."""
    row = cursor.execute("SELECT min(commune) FROM structure WHERE commune_code = ?", [code]).fetchone()
    return row[0] or "" if row else ""


def category_labels(cursor: Cursor) -> dict[str, str]:
    """Return by code a label of each category of structures."""
    query = (
        "SELECT category_code, max(category) FROM structure WHERE category_code <> '' AND category <> '' GROUP BY category_code"
    )
    return dict(cursor.execute(query).fetchall())


def unit(cursor: Cursor, unit_id: str) -> tuple[Unit, str, str, str] | None:
    """Return a unit with its structure's FINESS number, legal entity and département; None when unknown.

    The unit of a closed structure is closed too, unlike in `unit_entry`.
    """
    entry = unit_entry(cursor, unit_id)
    # By its key and not by a join, for which PostgreSQL would send every structure here.
    of_unit = structure(cursor, entry.structure) if entry else None
    if entry is None or of_unit is None:
        return None
    return replace(entry, closed=entry.closed or of_unit.closed), of_unit.finess, of_unit.legal_entity, of_unit.department


def counts(cursor: Cursor) -> dict[str, int]:
    """Return how many legal entities, structures and units there are, by table name."""
    row = cursor.execute(
        "SELECT (SELECT count(*) FROM legal_entity), (SELECT count(*) FROM structure), (SELECT count(*) FROM unit)"
    ).fetchone()
    return dict(zip(("legal_entity", "structure", "unit"), row or (0, 0, 0), strict=True))


def legal_entity(cursor: Cursor, finess: str) -> LegalEntity | None:
    """Return a legal entity by its number; None when unknown."""
    columns = ", ".join(field.name for field in fields(LegalEntity))
    row = cursor.execute(f"SELECT {columns} FROM legal_entity WHERE finess = ?", [finess]).fetchone()  # noqa: S608
    return LegalEntity(*row) if row else None


def structure(cursor: Cursor, finess: str) -> Structure | None:
    """Return a structure by its number; None when unknown."""
    columns = ", ".join(field.name for field in fields(Structure))
    row = cursor.execute(f"SELECT {columns} FROM structure WHERE finess = ?", [finess]).fetchone()  # noqa: S608
    return Structure(*row) if row else None


def structures(cursor: Cursor, numbers: Collection[str]) -> dict[str, Structure]:
    """Return the structures that have these numbers, by number."""
    return {entry.finess: entry for entry in _by_key(cursor, Structure, numbers)}


def legal_entities(cursor: Cursor, numbers: Collection[str]) -> dict[str, LegalEntity]:
    """Return the legal entities that have these numbers, by number."""
    return {entry.finess: entry for entry in _by_key(cursor, LegalEntity, numbers)}


def units(cursor: Cursor, ids: Collection[str]) -> dict[str, Unit]:
    """Return the units that have these ids as the registry has them, by id."""
    return {entry.id: entry for entry in _by_key(cursor, Unit, ids)}


def _by_key(cursor: Cursor, kind: type[_Entry], keys: Collection[str]) -> list[_Entry]:
    table, key = _TABLES[kind]
    columns = ", ".join(field.name for field in fields(kind))
    query = f"SELECT {columns} FROM {table} WHERE {key} IN (SELECT unnest($keys::VARCHAR[]))"  # noqa: S608 - constants
    return [kind(*row) for row in cursor.execute(query, {"keys": sorted(keys)}).fetchall()]


def unit_entry(cursor: Cursor, unit_id: str) -> Unit | None:
    """Return a unit as the registry has it, whether its structure is closed or not; None when unknown."""
    columns = ", ".join(field.name for field in fields(Unit))
    row = cursor.execute(f"SELECT {columns} FROM unit WHERE id = ?", [unit_id]).fetchone()  # noqa: S608
    return Unit(*row) if row else None


def units_of(cursor: Cursor, finess: str) -> list[Unit]:
    """Return the units of a structure as the registry has them, open ones first."""
    columns = ", ".join(field.name for field in fields(Unit))
    query = f"SELECT {columns} FROM unit WHERE structure = ? ORDER BY closed, strip_accents(lower(name)), id"  # noqa: S608
    return [Unit(*row) for row in cursor.execute(query, [finess]).fetchall()]
