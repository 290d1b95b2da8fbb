"""The filters of the consultations."""

from dataclasses import dataclass, replace

from ror.model.nomenclature import CapacityType
from ror.model.patient_type import PatientType


@dataclass(frozen=True, slots=True)
class Filters:
    """The units that a consultation counts. Empty tuples and None mean "all"; `ranks` are those of the bands of the legend.

    `needs` are codes of `model.needs`: a unit counts when it answers one of them, or all of them with `every_need`.
    `patients`: only units known to take children count for children; all but the units for children alone count for adults.
    `sex`: at least one bed or place for a woman or a man ("women", "men"), beds for either sex included.
    """

    activity_fields: tuple[str, ...] = ()
    unit_types: tuple[str, ...] = ()
    capacity_type: CapacityType | None = None
    at_least: int = 0
    ranks: tuple[int, ...] = ()
    needs: tuple[str, ...] = ()
    sex: str | None = None
    every_need: bool = False
    patients: PatientType | None = None

    @property
    def patient_types(self) -> tuple[str, ...] | None:
        """The values of a unit's `patients` that match ("" for a unit of which they are unknown); None for all."""
        match self.patients:
            case None:
                return None
            case PatientType.CHILD:
                return (PatientType.CHILD, PatientType.BOTH)
            case PatientType.ADULT:
                return ("", PatientType.ADULT, PatientType.BOTH)
        return (PatientType.BOTH,)

    def of_units(self) -> "Filters":
        """Return the filters on the units themselves, without those on what they offer and on the age of the number."""
        return replace(self, at_least=0, ranks=(), sex=None)
