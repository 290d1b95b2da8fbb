"""Tables to join with units: what they count (`model.unit_kind`) and which needs they answer (`model.needs`)."""

from functools import lru_cache
from itertools import product

import pyarrow as pa

from ror.model.needs import unit_needs
from ror.model.nomenclature import CapacityType, UnitType
from ror.model.patient_type import named_patients
from ror.model.registry import Unit
from ror.model.type_decision import TypeDecision, region_types
from ror.model.unit_kind import CARE_MODES, UNKNOWN_NATURE, unit_kind, why_uncounted
from ror.store import unit_types
from ror.store.engine.database import BATCH, Cursor

_MODES = ", ".join(f"'{mode}'" for mode in CARE_MODES)
OF_UNIT = f"""
    unit_kind.unit_type = unit.unit_type AND unit_kind.nature = unit.nature
    AND unit_kind.care_mode = CASE WHEN unit.care_mode IN ({_MODES}) THEN unit.care_mode ELSE '' END
"""
"""The condition that joins `unit` with the registered table `unit_kind`."""


def register(cursor: Cursor) -> None:
    """Register the table `unit_kind`, with a row for each combination of type, nature and mode of care in this region.

    Columns: unit_type, nature, care_mode (the keys, as in `Unit`), type_label, first_field, duty_seconds, patients (named by
    the label, "" for none), capacity_type and temporality (null for a unit that counts nothing), and unknown (whether it is
    unknown what the unit counts).
    """
    cursor.register("unit_kind", _kinds(unit_types.decisions(cursor)))


OF_NAME = "unit_need.unit_type = unit.unit_type AND unit_need.name = unit.name"
"""The condition that joins `unit` with the registered table `unit_need`."""


def name_needs(cursor: Cursor) -> pa.Table:
    """Return the needs of each pair of type and name that units have.

    Columns: unit_type, name and needs (codes joined by `|`).
    """
    types, needs = unit_types.types(cursor), unit_types.needs(cursor)
    stored = cursor.execute("SELECT DISTINCT unit_type, name FROM unit").fetchall()
    pairs = [(code, name) for code, name in stored if code in types]
    texts = ["|".join(unit_needs(name, types[code], needs)) for code, name in pairs]
    columns = ([code for code, _ in pairs], [name for _, name in pairs], texts)
    titles = ("unit_type", "name", "needs")
    return pa.table({title: pa.array(column, pa.string()) for title, column in zip(titles, columns, strict=True)})


def uncounted(cursor: Cursor) -> pa.Table:
    """Return the open units that are not known to count beds, places or nothing.

    Columns: finess, structure, department, unit, name and type_label.
    """
    register(cursor)
    return cursor.execute(
        f"""
        SELECT structure.finess, structure.name AS structure, structure.department, unit.id AS unit, unit.name,
            unit_kind.type_label
        FROM unit JOIN structure ON structure.finess = unit.structure JOIN unit_kind ON {OF_UNIT}
        WHERE unit_kind.unknown AND NOT unit.closed AND NOT structure.closed
        ORDER BY department, strip_accents(lower(structure.name)), finess, strip_accents(lower(unit.name)), unit
        """  # noqa: S608 - a constant
    ).to_arrow_table(BATCH)


@lru_cache(maxsize=8)
def _kinds(decisions: tuple[TypeDecision, ...]) -> pa.Table:
    # Cached, since each page of a list would spend some ten milliseconds on its 4,000 rows.
    natures, modes = ("", *map(str, CapacityType)), ("", *CARE_MODES)
    return pa.Table.from_pylist([_row(*key) for key in product(region_types(decisions).values(), natures, modes)])


def _row(unit_type: UnitType, nature: str, care_mode: str) -> dict[str, str | int | bool | None]:
    unit = Unit("", "", "", unit_type.code, None, "", nature=nature, care_mode=care_mode)
    kind = unit_kind(unit, {unit_type.code: unit_type})
    return {
        "unit_type": unit_type.code,
        "nature": nature,
        "care_mode": care_mode,
        "type_label": unit_type.label,
        "first_field": unit_type.first_field,
        "duty_seconds": int(unit_type.duty.total_seconds()),
        "patients": named_patients(unit_type.label) or "",
        "capacity_type": str(kind.capacity_type) if kind else None,
        "temporality": str(kind.temporality) if kind else None,
        "unknown": kind is None and why_uncounted(unit, unit_type) == UNKNOWN_NATURE,
    }
