"""The filters of the consultations."""

from dataclasses import dataclass, replace

from ror.model.nomenclature import CapacityType
from ror.model.patient_type import PatientType


@dataclass(frozen=True, slots=True)
class Filters:
    """The units that a consultation counts. Empty tuples and None mean "all"; `ranks` are those of the bands of the legend.

    `needs` are codes of `model.needs`: a unit that answers one of them counts, or with `every_need` one that answers them all.
    `patients`: units that take children are those that say so; those that take adults are all but those for children alone.
    `sex`: at least one bed or place for a woman or a man ("women", "men"), those that take anybody included.
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
        """The values of a unit's `patients` that match ("" when nothing says whom it takes); None for all."""
        match self.patients:
            case None:
                return None
            case PatientType.CHILD:
                return (PatientType.CHILD, PatientType.BOTH)
            case PatientType.ADULT:
                return ("", PatientType.ADULT, PatientType.BOTH)
        return (PatientType.BOTH,)

    def of_units(self) -> "Filters":
        """Return the filters that say which units count, without those on what they offer and since when."""
        return replace(self, at_least=0, ranks=(), sex=None)
