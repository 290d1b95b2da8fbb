import pytest

from ror.exchange.about import filters_in_words
from ror.model.filters import Filters
from ror.model.freshness import age_bands
from ror.model.nomenclature import CapacityType, activity_fields, unit_types
from ror.model.patient_type import PatientType

FIELD, KIND = next(iter(activity_fields())), next(iter(unit_types()))


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), ()),
        (Filters(activity_fields=(FIELD,)), (("Champ d'activité", activity_fields()[FIELD]),)),
        (Filters(unit_types=(KIND, "inconnu")), (("Type de l'unité", f"{unit_types()[KIND].label}, inconnu"),)),
        (Filters(capacity_type=CapacityType.PLACE), (("Lit ou place", "places seulement"),)),
        (Filters(needs=("had", "smr")), (("Besoin", "HAD, SMR"),)),
        (Filters(needs=("had", "smr"), every_need=True), (("Besoin", "HAD et SMR"),)),
        (Filters(patients=PatientType.CHILD), (("Public", "enfants"),)),
        (Filters(at_least=3), (("Disponibles, au moins", "3"),)),
        (Filters(ranks=(4, 1)), (("Âge", "moins de 24 h, jamais renseigné"),)),
    ],
)
def test_filters_have_the_words_of_the_screen(filters, expected):
    assert filters_in_words(filters, age_bands()) == expected
