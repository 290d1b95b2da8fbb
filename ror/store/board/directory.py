"""Where everything stands in the registry, and the words it is found by: made once per version of the registry."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from ror.model.rights import Perimeter
from ror.model.search import searchable, searchable_numbers
from ror.store.engine.database import Cursor
from ror.store.kept import Kept


@dataclass(frozen=True, slots=True, eq=False)
class Directory:
    """`departments`: the département of each unit and of each structure by its key, units and structures never sharing one.

    `entities`: the départements of each legal entity. `texts`: what a search reads, one row per unit, columns finess,
    structure, category, commune, department, words and offer (`model.search.searchable` words of structure and unit, of the
    unit), numbers and offer_numbers (`searchable_numbers` of both, of the unit's telephone).
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
    texts = _texts(units)
    held = cursor.execute("SELECT DISTINCT legal_entity, department FROM units").fetchall()
    entities: dict[str, set[str]] = {}
    for entity, department in held:
        entities.setdefault(entity, set()).add(department)
    codes = units["department"].to_pylist()
    departments = dict(zip(units["finess"].to_pylist(), codes, strict=True))
    departments.update(zip(units["unit"].to_pylist(), codes, strict=True))
    return Directory(departments, {entity: frozenset(found) for entity, found in entities.items()}, texts)


def _texts(units: pa.Table) -> pa.Table:
    """What a search reads of units. Structures and names are many times the same: each is folded once."""
    shown = units.select(["finess", "structure", "category", "commune", "department"])
    places: dict[str, tuple[str, str]] = {}
    rows: list[tuple[str, str, str, str]] = []
    columns = ("finess", "structure", "commune", "postal_code", "commune_code", "department", "structure_telephone")
    offers = (units[name].to_pylist() for name in ("name", "type_label", "telephone"))
    for finess, *place, phone, name, label, own in zip(*(units[one].to_pylist() for one in columns), *offers, strict=True):
        if finess not in places:
            places[finess] = searchable(*place), searchable_numbers(finess, phone)
        words, numbers = places[finess]
        own_numbers = searchable_numbers("", own)
        offer = searchable(name, label)
        rows.append((words + offer, offer, numbers + own_numbers, own_numbers))
    made = zip(("words", "offer", "numbers", "offer_numbers"), zip(*rows, strict=True) if rows else [()] * 4, strict=True)
    for title, values in made:
        shown = shown.append_column(title, pa.array(values, pa.string()))
    return shown
