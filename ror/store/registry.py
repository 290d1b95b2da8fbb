"""Legal entities, structures and units: written by imports, read by their keys."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, TypeVar

import pyarrow as pa

from ror.model.registry import LegalEntity, Structure, Unit
from ror.model.search import search_terms, searchable, searchable_numbers
from ror.store.engine.database import Cursor, Database, Transaction
from ror.store.matching import condition

Entry = LegalEntity | Structure | Unit
_Entry = TypeVar("_Entry", Structure, LegalEntity)
_TABLES: dict[type, tuple[str, str]] = {
    LegalEntity: ("legal_entity", "finess"),
    Structure: ("structure", "finess"),
    Unit: ("unit", "id"),
}
_ARROW = {"latitude": pa.float64(), "longitude": pa.float64(), "installed": pa.int32(), "closed": pa.bool_()}


DEMONSTRATION = "demonstration"
"""The entry of `registry_change` that the seeding of the fictitious region writes."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What writing entries did, each counted once."""

    created: int
    changed: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class Compared:
    """What writing entries of one kind would do: tables of their fields. `before` and `after` have the same keys, in order."""

    kind: type
    created: pa.Table
    before: pa.Table
    after: pa.Table
    unchanged: int

    @property
    def counts(self) -> Merged:
        """How many are created, changed, left alone."""
        return Merged(self.created.num_rows, self.after.num_rows, self.unchanged)


def compare(
    cursor: Cursor, entries: Sequence[Entry], keep: Collection[str] = (), keep_if_empty: Collection[str] = ()
) -> Compared:
    """Entries of one kind, each key once, beside what is stored; reads only.

    `keep` names fields of which an entry already stored keeps the value, whatever the new one says; `keep_if_empty` those
    of which it keeps the value when the new one is empty. Raises `ValueError` for no entry.
    """
    if not entries:
        raise ValueError("nothing to compare")
    kind = type(entries[0])
    table, key = _TABLES[kind]
    columns = [field.name for field in fields(kind)]
    # Column by column: a dictionary an entry would take a kilobyte each.
    values = {name: pa.array([getattr(entry, name) for entry in entries], _ARROW.get(name, pa.string())) for name in columns}
    cursor.register("incoming", pa.table(values))
    # Identifiers come from `_TABLES` and the dataclass above, never from a file.
    stored = ", ".join(f"stored.{name}" for name in columns)
    incoming = {name: f"incoming.{name}" for name in columns if name not in keep}
    for name in incoming.keys() & set(keep_if_empty):
        told = incoming[name] if name in _ARROW else f"nullif({incoming[name]}, '')"
        incoming[name] = f"coalesce({told}, stored.{name})"
    wanted = ", ".join(f"{incoming.get(name, f'stored.{name}')} AS {name}" for name in columns)
    differs = " OR ".join(f"stored.{name} IS DISTINCT FROM {value}" for name, value in incoming.items())
    changed = f"FROM incoming JOIN {table} AS stored USING ({key}) WHERE {differs} ORDER BY {key}"
    try:
        created = cursor.execute(f"FROM incoming ANTI JOIN {table} USING ({key}) ORDER BY {key}").to_arrow_table()
        before = cursor.execute(f"SELECT {stored} {changed}").to_arrow_table()
        after = cursor.execute(f"SELECT {wanted} {changed}").to_arrow_table()
    finally:
        cursor.unregister("incoming")
    return Compared(kind, created, before, after, len(entries) - created.num_rows - after.num_rows)


def write(transaction: Transaction, compared: Compared) -> Merged:
    """Do what was compared, in the transaction that compared it or while nothing of the registry changed since.

    One statement a purpose, over views of the tables: so 100,000 lines are a matter of a second.
    """
    table, key = _TABLES[compared.kind]
    cursor = transaction.cursor
    for name, entries in (("created", compared.created), ("changed", compared.after)):
        cursor.register(name, entries)
        cursor.execute(f"DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM {name})")  # noqa: S608 - see `compare`
        cursor.execute(f"INSERT INTO {table} BY NAME FROM {name}")
        cursor.unregister(name)
    return compared.counts


def merge(transaction: Transaction, entries: Sequence[Entry], keep: Collection[str] = ()) -> Merged:
    """Create or change entries of one kind by their key; what is already so is left alone, and the fields of `keep`."""
    return write(transaction, compare(transaction.cursor, entries, keep)) if entries else Merged(0, 0, 0)


def record_change(transaction: Transaction, what: str, now: datetime) -> None:
    """Give the change of the registry its position, so that every screen sees a new version."""
    transaction.cursor.execute("INSERT INTO registry_change VALUES (?, ?, ?)", [transaction.next_position(), what, now])


def last_change(cursor: Cursor) -> int:
    """Position of the last change of the registry, 0 when there is none."""
    row = cursor.execute("SELECT coalesce(max(position), 0) FROM registry_change").fetchone()
    return int(row[0]) if row else 0


def changes(cursor: Cursor) -> list[str]:
    """What changed the registry, oldest first: imports, the demonstration's seeding."""
    return [what for (what,) in cursor.execute("SELECT what FROM registry_change ORDER BY position").fetchall()]


def is_fictitious(db: Database) -> bool:
    """Return whether the database holds the demonstration."""
    with db.reader() as cursor:
        return DEMONSTRATION in changes(cursor)


def structure_numbers(cursor: Cursor) -> set[str]:
    """The FINESS numbers of every structure."""
    return {finess for (finess,) in cursor.execute("SELECT finess FROM structure").fetchall()}


def closed_structures(cursor: Cursor) -> set[str]:
    """The FINESS numbers of the structures that are closed."""
    return {finess for (finess,) in cursor.execute("SELECT finess FROM structure WHERE closed").fetchall()}


def legal_entity_numbers(cursor: Cursor) -> set[str]:
    """The numbers of every legal entity."""
    return {finess for (finess,) in cursor.execute("SELECT finess FROM legal_entity").fetchall()}


def positions(cursor: Cursor, numbers: Sequence[str]) -> dict[str, tuple[str, str, float, float]]:
    """Return département, INSEE code of the commune, latitude and longitude of the structures with a position, by number."""
    query = """
        SELECT finess, department, commune_code, latitude, longitude FROM structure
        WHERE latitude IS NOT NULL AND finess IN (SELECT unnest($numbers))
    """
    return {finess: tuple(known) for finess, *known in cursor.execute(query, {"numbers": numbers}).fetchall()}


def category_labels(cursor: Cursor) -> dict[str, str]:
    """A label of each category that a structure has, by code."""
    query = (
        "SELECT category_code, max(category) FROM structure WHERE category_code <> '' AND category <> '' GROUP BY category_code"
    )
    return dict(cursor.execute(query).fetchall())


def unit(cursor: Cursor, unit_id: str) -> tuple[Unit, str, str, str] | None:
    """A unit with its structure's FINESS number, legal entity and département; None when unknown.

    The unit of a closed structure is closed too: `unit_entry` tells what it is by itself.
    """
    entry = unit_entry(cursor, unit_id)
    # By its key, not joined: a server would send every structure here to be joined.
    home = structure(cursor, entry.structure) if entry else None
    if entry is None or home is None:
        return None
    return replace(entry, closed=entry.closed or home.closed), home.finess, home.legal_entity, home.department


def counts(cursor: Cursor) -> dict[str, int]:
    """How many legal entities, structures and units there are, by table name."""
    row = cursor.execute(
        "SELECT (SELECT count(*) FROM legal_entity), (SELECT count(*) FROM structure), (SELECT count(*) FROM unit)"
    ).fetchone()
    return dict(zip(("legal_entity", "structure", "unit"), row or (0, 0, 0), strict=True))


def legal_entity(cursor: Cursor, finess: str) -> LegalEntity | None:
    """A legal entity by its number; None when unknown."""
    columns = ", ".join(field.name for field in fields(LegalEntity))
    row = cursor.execute(f"SELECT {columns} FROM legal_entity WHERE finess = ?", [finess]).fetchone()  # noqa: S608
    return LegalEntity(*row) if row else None


def structure(cursor: Cursor, finess: str) -> Structure | None:
    """A structure by its number; None when unknown."""
    columns = ", ".join(field.name for field in fields(Structure))
    row = cursor.execute(f"SELECT {columns} FROM structure WHERE finess = ?", [finess]).fetchone()  # noqa: S608
    return Structure(*row) if row else None


def structures(cursor: Cursor, numbers: Collection[str]) -> dict[str, Structure]:
    """Return the structures that have these numbers, by number."""
    return {entry.finess: entry for entry in _by_number(cursor, Structure, numbers)}


def legal_entities(cursor: Cursor, numbers: Collection[str]) -> dict[str, LegalEntity]:
    """Return the legal entities that have these numbers, by number."""
    return {entry.finess: entry for entry in _by_number(cursor, LegalEntity, numbers)}


def _by_number(cursor: Cursor, kind: type[_Entry], numbers: Collection[str]) -> list[_Entry]:
    table, key = _TABLES[kind]
    columns = ", ".join(field.name for field in fields(kind))
    query = f"SELECT {columns} FROM {table} WHERE {key} IN (SELECT unnest($numbers::VARCHAR[]))"  # noqa: S608 - constants
    return [kind(*row) for row in cursor.execute(query, {"numbers": sorted(numbers)}).fetchall()]


def unit_entry(cursor: Cursor, unit_id: str) -> Unit | None:
    """A unit as the registry has it, closed or not by itself; None when unknown."""
    columns = ", ".join(field.name for field in fields(Unit))
    row = cursor.execute(f"SELECT {columns} FROM unit WHERE id = ?", [unit_id]).fetchone()  # noqa: S608
    return Unit(*row) if row else None


def units_of(cursor: Cursor, finess: str) -> list[Unit]:
    """The units of a structure as the registry has them, open ones first."""
    columns = ", ".join(field.name for field in fields(Unit))
    query = f"SELECT {columns} FROM unit WHERE structure = ? ORDER BY closed, strip_accents(lower(name)), id"  # noqa: S608
    return [Unit(*row) for row in cursor.execute(query, [finess]).fetchall()]


def search_texts(cursor: Cursor) -> pa.Table:
    """What a search reads of every structure, with units or without; made once per version of the registry.

    Columns: finess, structure, category, commune, department, closed, words and numbers (`model.search`; those of its units'
    telephones too).
    """
    table = cursor.execute(
        """
        WITH offer AS (SELECT structure AS finess, list(telephone) AS own FROM unit WHERE telephone <> '' GROUP BY structure)
        SELECT finess, name AS structure, category, commune, department, closed, postal_code, commune_code,
               [telephone] || coalesce(own, []) AS telephones
        FROM structure LEFT JOIN offer USING (finess)
        """
    ).to_arrow_table()
    words = ("structure", "commune", "postal_code", "commune_code", "department")
    texts = [searchable(*row) for row in zip(*(table[name].to_pylist() for name in words), strict=True)]
    keys = zip(table["finess"].to_pylist(), table["telephones"].to_pylist(), strict=True)
    numbers = [searchable_numbers(finess, *telephones) for finess, telephones in keys]
    shown = table.drop_columns(["postal_code", "commune_code", "telephones"])
    return shown.append_column("words", pa.array(texts, pa.string())).append_column("numbers", pa.array(numbers, pa.string()))


def search(cursor: Cursor, text: str, limit: int, texts: pa.Table | None = None) -> tuple[pa.Table, int]:
    """Structures that have every term of a search (`model.search.search_terms`), all for a blank text; and how many there are.

    Columns: finess, structure, category, commune, department, closed, units; `limit` at most. `texts`: the `searched` of
    this version of the registry, when the caller has it.
    """
    terms = search_terms(text)
    parameters: dict[str, Any] = {"limit": limit, "any": bool(terms) or not text.strip()}
    hit = condition(terms, parameters, words="words", numbers="numbers", department="department")
    cursor.register("searched", search_texts(cursor) if texts is None else texts)
    table = cursor.execute(
        f"""
        WITH counted AS (SELECT structure AS finess, count(*)::INTEGER AS units FROM unit GROUP BY structure)
        SELECT finess, structure, category, commune, department, closed, coalesce(units, 0) AS units, count(*) OVER () AS total
        FROM searched LEFT JOIN counted USING (finess)
        WHERE $any AND {hit}
        ORDER BY strip_accents(lower(structure)), finess
        LIMIT $limit
        """,  # noqa: S608 - the words are parameters, their names are ours
        parameters,
    ).to_arrow_table()
    total = table["total"][0].as_py() if table.num_rows else 0
    return table.drop_columns(["total"]), total
