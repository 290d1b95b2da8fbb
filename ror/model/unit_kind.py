"""What a unit counts and owes: its own entry in the registry decides, then its mode of care, then its type in the region."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from ror.model.nomenclature import CapacityType, Temporality, UnitType, unit_types
from ror.model.registry import Unit

CARE_MODES = {"28": CapacityType.BED, "29": CapacityType.PLACE, "32": None}
"""Of modes of care (R213): hospitalisation complète, de jour, and consultation, which counts nothing."""

UNKNOWN_NATURE = "nature à préciser"
"""What is shown of a unit of which nothing says whether it counts beds or places: it declares nothing until it is given."""

COUNTS_NOTHING = "ne compte ni lits ni places"
"""What is shown of a unit of which its mode of care or its region says that it counts nothing."""

NOT_FOLLOWED = "type non suivi dans la région"
"""What is shown of a unit of a type that the region does not follow: it owes nothing and is on no board."""


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


def unit_kind(unit: Unit, types: Mapping[str, UnitType] | None = None) -> UnitKind | None:
    """Return what a unit counts and owes; `types` are those of the region, or the published ones.

    None when it counts nothing, when nobody has said what (`UNKNOWN_NATURE`), or when the region does not follow its type.
    """
    unit_type = (types or unit_types())[unit.unit_type]
    capacity_type = _capacity_type(unit, unit_type)
    if capacity_type is None or not unit_type.followed:
        return None
    field = unit.activity_field or unit_type.first_field
    return UnitKind(unit_type.code, unit_type.label, field, capacity_type, unit_type.duty)


def why_uncounted(unit: Unit, unit_type: UnitType) -> str:
    """Return what is shown of a unit without a kind: nobody has said what it counts, or the region chose that it does not."""
    if not unit_type.followed:
        return NOT_FOLLOWED
    says_nothing = not unit.nature and unit.care_mode not in CARE_MODES and not unit_type.counts_nothing
    return UNKNOWN_NATURE if says_nothing else COUNTS_NOTHING


def _capacity_type(unit: Unit, unit_type: UnitType) -> CapacityType | None:
    if unit.nature:
        return CapacityType(unit.nature)
    if unit.care_mode in CARE_MODES:
        return CARE_MODES[unit.care_mode]
    return unit_type.capacity_type
