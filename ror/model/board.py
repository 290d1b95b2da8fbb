"""The filters of the consultations."""

from dataclasses import dataclass

from ror.model.nomenclature import CapacityType


@dataclass(frozen=True, slots=True)
class Filters:
    """The units that a consultation counts. Empty tuples and None mean "all"; `ranks` are those of the bands of the legend.

    `sex`: at least one bed or place for a woman or a man ("women", "men"), those that take anybody included.
    """

    activity_fields: tuple[str, ...] = ()
    unit_types: tuple[str, ...] = ()
    capacity_type: CapacityType | None = None
    at_least: int = 0
    ranks: tuple[int, ...] = ()
    sex: str | None = None
