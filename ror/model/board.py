"""What the consultations ask of the board: filters."""

from dataclasses import dataclass

from ror.model.nomenclature import CapacityType


@dataclass(frozen=True, slots=True)
class Filters:
    """Which units a consultation counts. Empty tuples and None mean "all"; `ranks` are those of the legend's bands."""

    activity_fields: tuple[str, ...] = ()
    unit_types: tuple[str, ...] = ()
    capacity_type: CapacityType | None = None
    at_least: int = 0
    ranks: tuple[int, ...] = ()
