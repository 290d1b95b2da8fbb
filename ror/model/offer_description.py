"""What an offer says of its care, its activity and its patients: its entry in the registry, else what its type does.

The defaults by type are proposed, since no published table has them: `data/nomenclatures/offer-defaults.csv`.
"""

import csv
from dataclasses import dataclass
from functools import cache

from ror.model.patient_type import PatientType, patient_type
from ror.model.registry import Unit
from ror.settings import DATA

_AGES = {PatientType.CHILD: (0, 17), PatientType.ADULT: (18, 150), PatientType.BOTH: (0, 150), None: (0, 150)}
"""The ages in years, both included. Where nothing says whom a unit takes, no age is left out; 150 stands for no limit."""


@dataclass(frozen=True, slots=True)
class OfferDescription:
    """`care_mode` is a code of R213, `operational_activity` of R211, `public` of R239; "" where nothing says.

    `youngest` and `oldest` are the ages in years of the patients that it takes.
    """

    care_mode: str
    operational_activity: str
    public: str
    youngest: int
    oldest: int


def offer_description(unit: Unit, activity_field: str) -> OfferDescription:
    """Describe the offer of a unit; `activity_field` (R227) is that of `model.unit_kind`."""
    care_mode, activity, public = (
        _defaults().get((unit.unit_type, activity_field)) or _defaults().get((unit.unit_type, "")) or ("", "", "")
    )
    youngest, oldest = _AGES[patient_type(unit)]
    return OfferDescription(unit.care_mode or care_mode, unit.operational_activity or activity, public, youngest, oldest)


@cache
def _defaults() -> dict[tuple[str, str], tuple[str, str, str]]:
    """Return care mode, activity and public by type and activity field, "" for any field."""
    with (DATA / "nomenclatures" / "offer-defaults.csv").open(encoding="utf-8", newline="") as file:
        return {
            (row["unit_type"], row["activity_field"]): (row["care_mode"], row["operational_activity"], row["public"])
            for row in csv.DictReader(file, delimiter=";")
        }
