from collections.abc import Iterator
from datetime import timedelta

import pytest

from ror.model.nomenclature import CapacityType, SourceType, Temporality, activity_fields, labels, unit_types
from ror.settings import settings

CRITICAL = {"121", "122", "123", "124", "139", "254", "262", "263", "264", "286", "287", "308"}


@pytest.fixture
def other_settings() -> Iterator[None]:
    settings.cache_clear()
    unit_types.cache_clear()
    yield
    settings.cache_clear()
    unit_types.cache_clear()


@pytest.mark.parametrize(
    ("code_list", "enumeration", "expected"),
    [
        ("R329", CapacityType, {"01": "Lit", "02": "Place"}),
        ("R331", Temporality, {"01": "Courant", "05": "Prévisionnel 7 jours"}),
        (
            "R335",
            SourceType,
            {
                "01": "Saisie manuelle",
                "02": "Bed management",
                "03": "Gestion administrative du malade (GAM)",
                "04": "Dossier patient informatisé (DPI)",
            },
        ),
    ],
)
def test_the_codes_in_the_program_are_those_of_the_national_lists(code_list, enumeration, expected):
    assert {str(code): labels(code_list)[code] for code in enumeration} == expected


def test_the_statuses_of_a_capacity_are_the_six_of_the_national_list():
    assert list(labels("R330").values()) == ["Installé", "Disponible", "Occupé", "Réservé", "Fermé", "Supplémentaire"]


def test_an_unknown_list_has_no_labels():
    assert labels("R33") == labels("R999") == {}


def test_every_unit_type_is_whole_and_in_known_activity_fields():
    for code, unit_type in unit_types().items():
        assert unit_type.code == code
        assert unit_type.label.strip() == unit_type.label != ""
        assert set(unit_type.activity_fields) <= labels("R227").keys()
        assert bool(unit_type.activity_fields) is not unit_type.deprecated


def test_the_types_are_those_in_force_and_those_that_have_left_the_list():
    deprecated = [unit_type.code for unit_type in unit_types().values() if unit_type.deprecated]
    assert (len(unit_types()) - len(deprecated), len(deprecated)) == (307, 14)
    assert unit_types()["174"].label == "Unité hospitalière de psychiatrie de l'adulte"
    assert unit_types()["258"].label == "Hébergement Temporaire d'urgence (dont HT-SH)"


def test_critical_care_owes_a_number_a_day_and_the_others_one_a_week(other_settings, monkeypatch):
    monkeypatch.delenv("ROR_WEEKLY_DUTY_HOURS", raising=False)
    daily = {code for code, one in unit_types().items() if one.duty == timedelta(days=1)}
    weekly = {code for code, one in unit_types().items() if one.duty == timedelta(days=7)}
    assert daily == CRITICAL
    assert daily | weekly == set(unit_types())


def test_a_setting_moves_the_weekly_duty_and_leaves_critical_care_alone(other_settings, monkeypatch):
    monkeypatch.setenv("ROR_WEEKLY_DUTY_HOURS", "72")
    duties = {code: one.duty for code, one in unit_types().items()}
    assert {duty for code, duty in duties.items() if code not in CRITICAL} == {timedelta(days=3)}
    assert {duties[code] for code in CRITICAL} == {timedelta(days=1)}


@pytest.mark.parametrize(
    ("capacity_type", "number", "words"),
    [
        (CapacityType.BED, 0, "0 lit"),
        (CapacityType.BED, 1, "1 lit"),
        (CapacityType.BED, 2, "2 lits"),
        (CapacityType.PLACE, 1, "1 place"),
        (CapacityType.PLACE, 12, "12 places"),
    ],
)
def test_a_number_agrees_with_its_noun(capacity_type, number, words):
    assert capacity_type.of(number) == words


def test_only_the_activity_fields_of_a_unit_type_are_proposed():
    assert set(activity_fields()) == {field for one in unit_types().values() for field in one.activity_fields}
    assert activity_fields().items() <= labels("R227").items()


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 lit"), (1, "1 lit"), (2, "2 lits"), (-3, "-3 lits"), (1312, "1\u202f312 lits")]
)
def test_a_number_of_beds_agrees_and_its_thousands_stand_apart(number, words):
    assert CapacityType.BED.of(number) == words
