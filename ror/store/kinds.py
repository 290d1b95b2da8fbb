"""What units count, as a table to join: the rule is that of `model.unit_kind`."""

from functools import cache
from itertools import product

import pyarrow as pa

from ror.model.nomenclature import CapacityType, UnitType, unit_types
from ror.model.registry import Unit
from ror.model.unit_kind import CARE_MODES, unit_kind
from ror.store.engine.database import Cursor

_MODES = ", ".join(f"'{mode}'" for mode in CARE_MODES)
OF_UNIT = f"""
    unit_kind.unit_type = unit.unit_type AND unit_kind.nature = unit.nature
    AND unit_kind.care_mode = CASE WHEN unit.care_mode IN ({_MODES}) THEN unit.care_mode ELSE '' END
"""
"""The condition that joins `unit` with the registered table `unit_kind`."""


def register(cursor: Cursor) -> None:
    """Register the table `unit_kind`, a row for each way of being a unit.

    Columns unit_type, nature, care_mode (keys, as in `Unit`), type_label, first_field, duty_seconds, and capacity_type and
    temporality, null for a unit that counts nothing.
    """
    cursor.register("unit_kind", _kinds())


def uncounted(cursor: Cursor) -> pa.Table:
    """Return the open units that count nothing: columns finess, structure, department, unit, name and type_label."""
    register(cursor)
    return cursor.execute(
        f"""
        SELECT structure.finess, structure.name AS structure, structure.department, unit.id AS unit, unit.name,
            unit_kind.type_label
        FROM unit JOIN structure ON structure.finess = unit.structure JOIN unit_kind ON {OF_UNIT}
        WHERE unit_kind.capacity_type IS NULL AND NOT unit.closed AND NOT structure.closed
        ORDER BY department, strip_accents(lower(structure.name)), finess, strip_accents(lower(unit.name)), unit
        """  # noqa: S608 - a constant
    ).to_arrow_table()


@cache
def _kinds() -> pa.Table:
    natures, modes = ("", *map(str, CapacityType)), ("", *CARE_MODES)
    return pa.Table.from_pylist([_row(*way) for way in product(unit_types().values(), natures, modes)])


def _row(unit_type: UnitType, nature: str, care_mode: str) -> dict[str, str | int | None]:
    kind = unit_kind(Unit("", "", "", unit_type.code, None, "", nature=nature, care_mode=care_mode))
    return {
        "unit_type": unit_type.code,
        "nature": nature,
        "care_mode": care_mode,
        "type_label": unit_type.label,
        "first_field": unit_type.first_field,
        "duty_seconds": int(unit_type.duty.total_seconds()),
        "capacity_type": str(kind.capacity_type) if kind else None,
        "temporality": str(kind.temporality) if kind else None,
    }
