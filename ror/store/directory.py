"""Where everything stands in the registry, and the words it is found by: made once per version of the registry."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from ror.model.rights import Perimeter
from ror.store.database import Cursor
from ror.store.kept import Kept


@dataclass(frozen=True, slots=True, eq=False)
class Directory:
    """`departments`: the département of each unit and of each structure by its key, units and structures never sharing one.

    `entities`: the départements of each legal entity. `texts`: what a search reads, one row per unit, columns finess,
    structure, category, commune, department, words (place and offer without accents or capitals) and offer.
    """

    departments: Mapping[str, str]
    entities: Mapping[str, frozenset[str]]
    texts: pa.Table
    kept: Kept = field(default_factory=Kept)
    """What was found in it."""

    def of_perimeter(self, perimeter: Perimeter) -> list[str]:
        """The départements in which a perimeter has something, in order."""
        own = {self.departments[key] for key in (*perimeter.units, *perimeter.structures) if key in self.departments}
        return sorted(own.union(*(self.entities.get(entity, frozenset()) for entity in perimeter.legal_entities)))


def of_units(cursor: Cursor, units: pa.Table) -> Directory:
    """The directory of a table of the board's units."""
    cursor.register("units", units)
    texts = cursor.execute(
        """
        WITH plain AS (
            SELECT finess, structure, category, commune, department,
                   strip_accents(lower(concat_ws(' ', structure, commune, postal_code))) AS place,
                   strip_accents(lower(concat_ws(' ', name, type_label))) AS offer
            FROM units
        )
        SELECT * EXCLUDE (place), place || ' ' || offer AS words FROM plain
        """
    ).to_arrow_table()
    held = cursor.execute("SELECT DISTINCT legal_entity, department FROM units").fetchall()
    entities: dict[str, set[str]] = {}
    for entity, department in held:
        entities.setdefault(entity, set()).add(department)
    codes = units["department"].to_pylist()
    departments = dict(zip(units["finess"].to_pylist(), codes, strict=True))
    departments.update(zip(units["unit"].to_pylist(), codes, strict=True))
    return Directory(departments, {entity: frozenset(found) for entity, found in entities.items()}, texts)
