import pytest

from ror.model.nomenclature import unit_types
from ror.model.patient_type import PatientType, named_patients, patient_type
from ror.model.registry import Unit

ADULT, CHILD, BOTH = PatientType
NEONATAL, OF_ADULTS, WARD = "287", "174", "16"


@pytest.mark.parametrize(
    ("text", "patients"),
    [
        ("Unité hospitalière de psychiatrie de l'adulte", ADULT),
        ("Court séjour gériatrique", ADULT),
        ("Accueil pour personnes âgées autonomes", ADULT),
        ("Unité hospitalière de chirurgie pédiatrique", CHILD),
        ("Réanimation NÉONATALE", CHILD),
        ("Maison des adolescents", CHILD),
        ("Enfants et adultes", BOTH),
        ("Unité mère-enfant", BOTH),
        ("Chirurgie", None),
        ("Enfantement", None),
        ("", None),
    ],
)
def test_words_name_the_patients(text, patients):
    assert named_patients(text) is patients


def test_the_unit_says_whom_it_takes_before_its_type_does():
    def patients_of(unit_type, stated=""):
        return patient_type(Unit("1", "990000001", "Unité", unit_type, None, "", patient_type=stated))

    assert (patients_of(NEONATAL), patients_of(OF_ADULTS), patients_of(WARD)) == (CHILD, ADULT, None)
    assert (patients_of(NEONATAL, "both"), patients_of(WARD, "adult")) == (BOTH, ADULT)


def test_patients_are_named_in_french():
    assert [patients.label for patients in PatientType] == ["adultes", "enfants", "adultes et enfants"]


def test_most_types_take_anybody():
    named = {code for code, unit_type in unit_types().items() if named_patients(unit_type.label)}
    assert {NEONATAL, OF_ADULTS} < named
    assert len(named) < len(unit_types()) / 4
