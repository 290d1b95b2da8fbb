"""Whether a unit takes adults or children: from its entry in the registry, else from the words of its type."""

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
    """Return the patients that a unit takes, None when neither its entry nor its type gives them."""
    unit_type = unit_types().get(unit.unit_type)
    return patients_of(unit.patient_type, unit_type.label if unit_type else "")


def patients_of(own: str, type_label: str) -> PatientType | None:
    """Return the patients that a unit takes from the value of its entry, "" for none, and the label of its type."""
    return PatientType(own) if own else named_patients(type_label)


def named_patients(text: str) -> PatientType | None:
    """Return the patients that a text names, as « de l'adulte » or « pédiatrique »; None when it names none."""
    words = bare(text)
    adults, children = _ADULTS.search(words), _CHILDREN.search(words)
    if adults and children:
        return PatientType.BOTH
    return PatientType.ADULT if adults else PatientType.CHILD if children else None
