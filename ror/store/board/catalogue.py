"""The whole registry, for who searches it otherwise than by where things stand: structures, legal entities, what changed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime

import pyarrow as pa

from ror.model.registry import LegalEntity, Structure
from ror.store.engine.database import Cursor

Change = tuple[int, datetime]
"""The position and the instant of a commit."""

NEVER = (0, datetime(1970, 1, 1, tzinfo=UTC))

_EDIT = re.compile("edit ((?:unit|structure|legal_entity):.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Changes:
    """When entries of the registry last changed: `all` of them at once, or one by one since, by kind and key.

    Keys are as in the subjects of the journal: `unit:…`, `structure:…`, `legal_entity:…`.
    """

    all: Change
    single: Mapping[str, Change]

    def of(self, *subjects: str) -> Change:
        """The last change of any of these."""
        return max([self.all, *(self.single[subject] for subject in subjects if subject in self.single)])


def changes(cursor: Cursor, position: int) -> Changes:
    """What changed the registry up to a position: an import changes everything, an edit what it names."""
    whole = NEVER
    single: dict[str, Change] = {}
    rows = cursor.execute(
        "SELECT position, what, recorded_at FROM registry_change WHERE position <= ? ORDER BY position", [position]
    ).to_arrow_table()
    for row in rows.to_pylist():
        change = (row["position"], row["recorded_at"])
        if edit := _EDIT.fullmatch(row["what"]):
            single[edit[1]] = change
        else:
            whole = change
    return Changes(whole, single)


def structures(cursor: Cursor) -> pa.Table:
    """Every structure, by its number: the fields of `model.registry.Structure`."""
    return _entries(cursor, Structure, "structure")


def legal_entities(cursor: Cursor) -> pa.Table:
    """Every legal entity that is not also a structure, by its number: the fields of `model.registry.LegalEntity`."""
    return _entries(cursor, LegalEntity, "legal_entity ANTI JOIN structure USING (finess)")


def _entries(cursor: Cursor, kind: type, table: str) -> pa.Table:
    columns = ", ".join(field.name for field in fields(kind))
    return cursor.execute(f"SELECT {columns} FROM {table} ORDER BY finess").to_arrow_table()  # noqa: S608 - constants
