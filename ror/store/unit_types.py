"""The tables of a region's decisions on types of units and on the words of its needs, and the resulting types and needs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields

import pyarrow as pa

from ror.model.needs import Need, with_words
from ror.model.nomenclature import UnitType
from ror.model.type_decision import TypeDecision, region_types
from ror.store.engine.database import Cursor, Transaction
from ror.store.registry import RegistryComparison

_COLUMNS = ", ".join(field.name for field in fields(TypeDecision))


_TABLE = pa.schema(
    [
        ("unit_type", pa.string()),
        ("capacity_type", pa.string()),
        ("duty_hours", pa.int32()),
        ("followed", pa.bool_()),
        ("needs", pa.string()),
    ]
)


def decisions(cursor: Cursor) -> tuple[TypeDecision, ...]:
    """Return the decisions of the region, in the order of the types."""
    rows = cursor.execute(f"SELECT {_COLUMNS} FROM unit_type_decision ORDER BY unit_type").fetchall()  # noqa: S608 - a constant
    return tuple(TypeDecision(*row) for row in rows)


def decisions_by_type(cursor: Cursor) -> dict[str, TypeDecision]:
    """Return the decisions of the region by type code; types without a decision are left out."""
    return {decision.unit_type: decision for decision in decisions(cursor)}


def decision(cursor: Cursor, unit_type: str) -> TypeDecision:
    """Return the decision of the region on a type; without one, a decision that `is_proposal`."""
    return decisions_by_type(cursor).get(unit_type, TypeDecision(unit_type))


def write_decision(transaction: Transaction, decided: TypeDecision) -> None:
    """Write a decision on a type, replacing the previous one; a decision that `is_proposal` only removes it."""
    cursor = transaction.cursor
    cursor.execute("DELETE FROM unit_type_decision WHERE unit_type = ?", [decided.unit_type])
    if not decided.is_proposal:
        values = [getattr(decided, field.name) for field in fields(decided)]
        cursor.execute(f"INSERT INTO unit_type_decision ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)", values)  # noqa: S608 - constants


def compare(cursor: Cursor, decided: Sequence[TypeDecision]) -> RegistryComparison:
    """Compare decisions, one a type, with those stored. It only reads.

    A decision that `is_proposal` counts as unchanged when none is stored.
    """
    stored = decisions_by_type(cursor)
    created = [one for one in decided if one.unit_type not in stored and not one.is_proposal]
    changed = [one for one in decided if stored.get(one.unit_type, one) != one]
    before = [stored[one.unit_type] for one in changed]
    unchanged = len(decided) - len(created) - len(changed)
    return RegistryComparison(TypeDecision, _table(created), _table(before), _table(changed), unchanged)


def _table(decided: Sequence[TypeDecision]) -> pa.Table:
    return pa.Table.from_pylist([asdict(one) for one in decided], schema=_TABLE)


def write(transaction: Transaction, comparison: RegistryComparison) -> None:
    """Write the decisions of a comparison, as long as the registry has not changed since."""
    for row in (*comparison.created.to_pylist(), *comparison.after.to_pylist()):
        write_decision(transaction, TypeDecision(**row))


def types(cursor: Cursor) -> Mapping[str, UnitType]:
    """Return the types of units by code, as the region has them."""
    return region_types(decisions(cursor))


def used(cursor: Cursor) -> dict[str, int]:
    """Return the number of units, open or closed, of each type that has some."""
    return dict(cursor.execute("SELECT unit_type, count(*) FROM unit GROUP BY unit_type").fetchall())


def needs(cursor: Cursor) -> Mapping[str, Need]:
    """Return the needs by code, with the words of the region."""
    return with_words(words(cursor))


def words(cursor: Cursor) -> dict[str, tuple[str, ...]]:
    """Return by code the words that the region gave to needs instead of the proposed ones."""
    rows = cursor.execute("SELECT need, words FROM need_words").fetchall()
    return {need: tuple(filter(None, text.split("|"))) for need, text in rows}


def write_words(transaction: Transaction, need: str, texts: tuple[str, ...] | None) -> None:
    """Write the words of a need; None restores those that the product proposes."""
    transaction.cursor.execute("DELETE FROM need_words WHERE need = ?", [need])
    if texts is not None:
        transaction.cursor.execute("INSERT INTO need_words VALUES (?, ?)", [need, "|".join(texts)])
