"""The outlines in force, and the table of imported ones, a row per territory; all rows of a kind come from one import."""

import json
from collections.abc import Iterable
from functools import lru_cache

import pyarrow as pa

from ror.model.outlines import Outline, OutlineKind, Outlines, builtin, over_builtin
from ror.store import registry_changes
from ror.store.cache import Cache
from ror.store.engine.database import BATCH, Cursor, Database, Transaction


def current(db: Database, registry_position: int) -> Outlines:
    """Return the outlines of the départements at a position of the registry (`Board.registry_position`).

    They are the imported ones, with those of `data/` for the others. They are cached by position: for a position asked for the
    first time, the outlines read are those stored now, which may be later.
    """
    return _at(db, registry_position)


def newest(db: Database) -> Outlines:
    """Return the outlines of the départements as they are stored now."""
    with db.reader() as cursor:
        position = registry_changes.last_change(cursor)
    return current(db, position)


@lru_cache(maxsize=16)
def _at(db: Database, _: int) -> Outlines:
    with db.snapshot() as cursor:
        stored = version(cursor)
        return _by_version(db).get(stored, lambda: over_builtin(stored, read(cursor)) if stored else builtin())


@lru_cache(maxsize=4)
def _by_version(_: Database) -> Cache:
    """Return the cache of outlines by version of the imported ones, which other changes of the registry do not change."""
    return Cache()


def kinds(cursor: Cursor) -> list[OutlineKind]:
    """Return the kinds of territories with imported outlines."""
    rows = cursor.execute("SELECT DISTINCT kind FROM outline").fetchall()
    return [kind for kind in OutlineKind if (str(kind),) in rows]


def version(cursor: Cursor, kind: OutlineKind = OutlineKind.DEPARTMENT) -> str:
    """Return the version of the imported outlines of a kind, "" when there are none."""
    row = cursor.execute("SELECT max(version) FROM outline WHERE kind = ?", [str(kind)]).fetchone()
    return str(row[0] or "") if row else ""


def read(cursor: Cursor, kind: OutlineKind = OutlineKind.DEPARTMENT) -> list[Outline]:
    """Return the imported outlines of a kind, by code."""
    rows = cursor.execute("SELECT code, name, levels FROM outline WHERE kind = ? ORDER BY code", [str(kind)]).fetchall()
    return [Outline(code, name, json.loads(levels)) for code, name, levels in rows]


def replace(transaction: Transaction, kind: OutlineKind, version: str, outlines: Iterable[Outline]) -> None:
    """Replace all the outlines of a kind."""
    cursor = transaction.cursor
    rows = [
        {"kind": str(kind), "code": one.code, "name": one.name, "levels": _to_json(one), "version": version} for one in outlines
    ]
    cursor.execute("DELETE FROM outline WHERE kind = ?", [str(kind)])
    cursor.register("imported", pa.Table.from_pylist(rows))
    cursor.execute("INSERT INTO outline BY NAME FROM imported")
    cursor.unregister("imported")


def _to_json(outline: Outline) -> str:
    return json.dumps(outline.levels, separators=(",", ":"))


def delete(transaction: Transaction) -> None:
    """Delete the imported outlines of every kind."""
    transaction.cursor.execute("DELETE FROM outline")


def structure_positions(cursor: Cursor) -> pa.Table:
    """Return the structures that have a position: finess, name, department, commune, commune_code, longitude, latitude."""
    return cursor.execute(
        """
        SELECT finess, name, department, commune, commune_code, longitude, latitude
        FROM structure
        WHERE longitude IS NOT NULL AND latitude IS NOT NULL
        ORDER BY department, strip_accents(lower(name)), finess
        """
    ).to_arrow_table(BATCH)
