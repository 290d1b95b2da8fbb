"""Whether a unit takes adults or children: its entry in the registry says, else the words of its type."""

import re
from enum import StrEnum

from ror.model.nomenclature import unit_types
from ror.model.registry import Unit
from ror.model.text import bare


class PatientType(StrEnum):
    """The patients that a unit takes."""

    ADULT = "adult"
    CHILD = "child"
    BOTH = "both"

    @property
    def label(self) -> str:
        """The patients on the screens and in files, lower case."""
        return {PatientType.ADULT: "adultes", PatientType.CHILD: "enfants", PatientType.BOTH: "adultes et enfants"}[self]


_ADULTS = re.compile(r"\b(adultes?\b|meres?\b|geriatri|gerontolog|personnes? agees?)")
_CHILDREN = re.compile(r"\b(pediatri|neonat|nouveau-nes?\b|enfants?\b|adolescents?\b|pedopsychiatri|infanto|juvenile)")


def patient_type(unit: Unit) -> PatientType | None:
    """Return the patients that a unit takes, None when neither its entry nor its type says."""
    if unit.patient_type:
        return PatientType(unit.patient_type)
    unit_type = unit_types().get(unit.unit_type)
    return named_patients(unit_type.label) if unit_type else None


def named_patients(text: str) -> PatientType | None:
    """Return the patients that a text names, as « de l'adulte » or « pédiatrique »; None when it names none."""
    words = bare(text)
    adults, children = _ADULTS.search(words), _CHILDREN.search(words)
    if adults and children:
        return PatientType.BOTH
    return PatientType.ADULT if adults else PatientType.CHILD if children else None
