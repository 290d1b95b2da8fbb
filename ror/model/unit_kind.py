"""What a unit counts and owes: its own entry in the registry decides, then its mode of care, then its type in the region."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from ror.model.nomenclature import CapacityType, Temporality, UnitType, unit_types
from ror.model.registry import Unit

CARE_MODES = {"28": CapacityType.BED, "29": CapacityType.PLACE, "32": None}
"""The capacity type of modes of care (R213): hospitalisation complète, de jour, and consultation, which counts nothing."""

UNKNOWN_NATURE = "nature à préciser"
"""Shown for a unit not known to count beds or places: it declares nothing until its nature is given."""

COUNTS_NOTHING = "ne compte ni lits ni places"
"""Shown for a unit that counts nothing, by its mode of care or by a decision of its region."""

NOT_FOLLOWED = "type non suivi dans la région"
"""Shown for a unit of a type that the region does not follow: it owes no declaration and is on no board."""


@dataclass(frozen=True, slots=True)
class UnitKind:
    """The kind of a unit that counts beds or places; `duty` is the longest time between two of its declarations."""

    type_code: str
    type_label: str
    activity_field: str
    capacity_type: CapacityType
    duty: timedelta

    @property
    def temporality(self) -> Temporality:
        """The temporality of the number available: beds now, places over the coming seven days (guide, step 3)."""
        return Temporality.CURRENT if self.capacity_type is CapacityType.BED else Temporality.SEVEN_DAYS


def unit_kind(unit: Unit, types: Mapping[str, UnitType] | None = None) -> UnitKind | None:
    """Return what a unit counts and owes; `types` are those of the region, or the published ones.

    None when it counts nothing, when its nature is unknown (`UNKNOWN_NATURE`), or when the region does not follow its type.
    """
    unit_type = (types or unit_types())[unit.unit_type]
    capacity_type = _capacity_type(unit, unit_type)
    if capacity_type is None or not unit_type.followed:
        return None
    field = unit.activity_field or unit_type.first_field
    return UnitKind(unit_type.code, unit_type.label, field, capacity_type, unit_type.duty)


def why_uncounted(unit: Unit, unit_type: UnitType) -> str:
    """Return why a unit has no kind, in French: type not followed, unknown nature, or it counts nothing."""
    if not unit_type.followed:
        return NOT_FOLLOWED
    is_unknown = not unit.nature and unit.care_mode not in CARE_MODES and not unit_type.counts_nothing
    return UNKNOWN_NATURE if is_unknown else COUNTS_NOTHING


def _capacity_type(unit: Unit, unit_type: UnitType) -> CapacityType | None:
    if unit.nature:
        return CapacityType(unit.nature)
    if unit.care_mode in CARE_MODES:
        return CARE_MODES[unit.care_mode]
    return unit_type.capacity_type
