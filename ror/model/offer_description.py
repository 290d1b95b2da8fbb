"""The care, activity and patients of an offer: from its entry in the registry, else the defaults of its type.

No published table has such defaults: those of `data/nomenclatures/offer-defaults.csv` are a proposal of this product.
"""

import csv
from dataclasses import dataclass
from functools import cache

from ror.model.patient_type import PatientType, patient_type
from ror.model.registry import Unit
from ror.settings import DATA

_AGES = {PatientType.CHILD: (0, 17), PatientType.ADULT: (18, 150), PatientType.BOTH: (0, 150), None: (0, 150)}
"""The youngest and oldest ages in years, both included. Unknown patients (None) have every age; 150 stands for no limit."""


@dataclass(frozen=True, slots=True)
class OfferDescription:
    """The description of an offer: codes of care mode (R213), operational activity (R211) and public (R239), "" if unknown.

    `youngest` and `oldest` are the ages in years of the patients that the unit takes.
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
