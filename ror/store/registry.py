"""Legal entities, structures and units: written by imports, read by their keys."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime

import pyarrow as pa

from ror.model.registry import LegalEntity, Structure, Unit
from ror.store.database import Cursor, Writer

Entry = LegalEntity | Structure | Unit
_TABLES: dict[type, tuple[str, str]] = {
    LegalEntity: ("legal_entity", "finess"),
    Structure: ("structure", "finess"),
    Unit: ("unit", "id"),
}
_ARROW = {"latitude": pa.float64(), "longitude": pa.float64(), "installed": pa.int32(), "closed": pa.bool_()}


@dataclass(frozen=True, slots=True)
class Merged:
    """What writing entries did, each counted once."""

    created: int
    changed: int
    unchanged: int


def merge(writer: Writer, entries: Sequence[Entry]) -> Merged:
    """Create or change entries of one kind by their key; what is already so is left alone.

    One statement a purpose, over a temporary view of the entries: so 100,000 lines are a matter of a second.
    """
    if not entries:
        return Merged(0, 0, 0)
    kind = type(entries[0])
    table, key = _TABLES[kind]
    columns = [field.name for field in fields(kind)]
    rows = [asdict(entry) for entry in entries]
    schema = pa.schema([(name, _ARROW.get(name, pa.string())) for name in columns])
    cursor = writer.cursor
    cursor.register("incoming", pa.Table.from_pylist(rows, schema))
    try:
        # Identifiers come from `_TABLES` and the dataclass above, never from a file.
        differs = " OR ".join(f"stored.{name} IS DISTINCT FROM incoming.{name}" for name in columns)
        changed = f"SELECT incoming.* FROM incoming JOIN {table} AS stored USING ({key}) WHERE {differs}"  # noqa: S608
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE changed AS {changed}")
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE created AS FROM incoming ANTI JOIN {table} USING ({key})")
        cursor.execute(f"DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM changed)")  # noqa: S608
        cursor.execute(f"INSERT INTO {table} BY NAME FROM changed")
        cursor.execute(f"INSERT INTO {table} BY NAME FROM created")
        counts = cursor.execute("SELECT (SELECT count(*) FROM created), (SELECT count(*) FROM changed)").fetchone()
    finally:
        cursor.unregister("incoming")
    created, altered = counts or (0, 0)
    return Merged(created, altered, len(entries) - created - altered)


def record_change(writer: Writer, what: str, now: datetime) -> None:
    """Give the change of the registry its position, so that every screen sees a new version."""
    writer.cursor.execute("INSERT INTO registry_change VALUES (?, ?, ?)", [writer.next_position(), what, now])


def last_change(cursor: Cursor) -> int:
    """Position of the last change of the registry, 0 when there is none."""
    row = cursor.execute("SELECT coalesce(max(position), 0) FROM registry_change").fetchone()
    return int(row[0]) if row else 0


def changes(cursor: Cursor) -> list[str]:
    """What changed the registry, oldest first: imports, the demonstration's seeding."""
    return [what for (what,) in cursor.execute("SELECT what FROM registry_change ORDER BY position").fetchall()]


def structure_numbers(cursor: Cursor) -> set[str]:
    """The FINESS numbers of every structure."""
    return {finess for (finess,) in cursor.execute("SELECT finess FROM structure").fetchall()}


def unit(cursor: Cursor, unit_id: str) -> tuple[Unit, str, str, str] | None:
    """A unit with its structure's FINESS number, legal entity and département; None when unknown."""
    row = cursor.execute(
        """
        SELECT unit.id, unit.structure, unit.name, unit.unit_type, unit.installed, unit.telephone, unit.closed,
               structure.legal_entity, structure.department
        FROM unit JOIN structure ON structure.finess = unit.structure
        WHERE unit.id = ?
        """,
        [unit_id],
    ).fetchone()
    return (Unit(*row[:7]), row[1], row[7], row[8]) if row else None


def counts(cursor: Cursor) -> dict[str, int]:
    """How many legal entities, structures and units there are, by table name."""
    row = cursor.execute(
        "SELECT (SELECT count(*) FROM legal_entity), (SELECT count(*) FROM structure), (SELECT count(*) FROM unit)"
    ).fetchone()
    return dict(zip(("legal_entity", "structure", "unit"), row or (0, 0, 0), strict=True))
