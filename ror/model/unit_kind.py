"""What a unit counts and owes: its own entry in the registry decides, then its mode of care, then its type."""

from dataclasses import dataclass
from datetime import timedelta

from ror.model.nomenclature import CapacityType, Temporality, unit_types
from ror.model.registry import Unit

CARE_MODES = {"28": CapacityType.BED, "29": CapacityType.PLACE, "32": None}
"""Of modes of care (R213): hospitalisation complète, de jour, and consultation, which counts nothing."""

UNKNOWN_NATURE = "nature à préciser"
"""What is shown of a unit of which nothing says whether it counts beds or places: it declares nothing until it is given."""


@dataclass(frozen=True, slots=True)
class UnitKind:
    """What a unit that counts beds or places is: `type_label` is that of its type, `duty` the longest time it may be silent."""

    type_code: str
    type_label: str
    activity_field: str
    capacity_type: CapacityType
    duty: timedelta

    @property
    def temporality(self) -> Temporality:
        """The temporality of the number available: beds now, places over the coming seven days (guide, step 3)."""
        return Temporality.CURRENT if self.capacity_type is CapacityType.BED else Temporality.SEVEN_DAYS


def unit_kind(unit: Unit) -> UnitKind | None:
    """Return what a unit counts and owes; None when it counts nothing, or nobody has said what (`UNKNOWN_NATURE`)."""
    unit_type = unit_types()[unit.unit_type]
    capacity_type = _capacity_type(unit)
    if capacity_type is None:
        return None
    field = unit.activity_field or unit_type.first_field
    return UnitKind(unit_type.code, unit_type.label, field, capacity_type, unit_type.duty)


def _capacity_type(unit: Unit) -> CapacityType | None:
    if unit.nature:
        return CapacityType(unit.nature)
    if unit.care_mode in CARE_MODES:
        return CARE_MODES[unit.care_mode]
    return unit_types()[unit.unit_type].capacity_type
