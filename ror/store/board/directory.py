"""The directory of one version of the registry: the départements of its entries, and the words for searching them."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from ror.model.needs import published_needs
from ror.model.rights import Perimeter
from ror.model.search import searchable, searchable_numbers
from ror.store import structure_search
from ror.store.engine.database import Cursor


@dataclass(frozen=True, slots=True, eq=False)
class Directory:
    """The départements and the search texts of the entries of the registry.

    `departments` is the département of each unit and of each structure by key (units and structures never share a key),
    `entities` the départements of each legal entity. `structure_texts` is the result of `store.structure_search.search_texts`,
    `name_needs` that of `store.kinds.name_needs`.

    `unit_texts` has one row per unit. Columns: finess, structure, category, commune, department; words, of the structure and
    the unit, and offer, of the unit alone with its type and its needs (`model.search.searchable`); numbers, of both, and
    offer_numbers, the telephones of the unit alone (`searchable_numbers`).
    """

    departments: Mapping[str, str]
    entities: Mapping[str, frozenset[str]]
    structure_texts: pa.Table
    unit_texts: pa.Table
    name_needs: pa.Table

    def of_perimeter(self, perimeter: Perimeter) -> list[str]:
        """Return the départements of the units, structures and legal entities of a perimeter, in order."""
        keys = (*perimeter.units, *perimeter.received, *perimeter.structures)
        own = {self.departments[key] for key in keys if key in self.departments}
        return sorted(own.union(*(self.entities.get(entity, frozenset()) for entity in perimeter.legal_entities)))


def of_units(cursor: Cursor, units: pa.Table, needs: pa.Table) -> Directory:
    """Build the directory of the board's units and of the structures without one; `needs`: `store.kinds.name_needs`."""
    cursor.register("units", units)
    pairs = cursor.execute("SELECT DISTINCT legal_entity, department FROM units").fetchall()
    entities: dict[str, set[str]] = {}
    for entity, department in pairs:
        entities.setdefault(entity, set()).add(department)
    codes = units["department"].to_pylist()
    departments = dict(zip(units["finess"].to_pylist(), codes, strict=True))
    departments.update(zip(units["unit"].to_pylist(), codes, strict=True))
    structures = structure_search.search_texts(cursor)
    of_entities = {entity: frozenset(codes) for entity, codes in entities.items()}
    return Directory(departments, of_entities, structures, _unit_texts(units, structures), needs)


def _unit_texts(units: pa.Table, structures: pa.Table) -> pa.Table:
    """Return `Directory.unit_texts`. The words of a structure are taken from `structures`, where they are folded once."""
    words = dict(zip(structures["finess"].to_pylist(), structures["words"].to_pylist(), strict=True))
    numbers: dict[str, str] = {}
    rows: list[tuple[str, str, str, str]] = []
    titles = (
        *("finess", "structure_telephone", "structure_bed_telephone"),
        *("name", "type_label", "needs", "telephone", "bed_telephone"),
    )
    columns = (units[title].to_pylist() for title in titles)
    labels = {code: need.label for code, need in published_needs().items()}
    for finess, switchboard, structure_bed, name, label, needs, telephone, bed in zip(*columns, strict=True):
        if finess not in numbers:
            numbers[finess] = searchable_numbers(finess, switchboard, structure_bed)
        of_needs = (labels[code] for code in needs.split("|") if code)
        own_words, own_numbers = searchable(name, label, *of_needs), searchable_numbers("", telephone, bed)
        rows.append((words[finess] + own_words, own_words, numbers[finess] + own_numbers, own_numbers))
    texts = units.select(["finess", "structure", "category", "commune", "department"])
    values = zip(*rows, strict=True) if rows else [()] * 4
    for title, column in zip(("words", "offer", "numbers", "offer_numbers"), values, strict=True):
        texts = texts.append_column(title, pa.array(column, pa.string()))
    return texts
