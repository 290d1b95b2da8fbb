"""The mode of care, activity and patients of an offer, from its entry or else from its type."""

import csv
from dataclasses import replace

import pytest

from ror.model.nomenclature import labels, unit_types
from ror.model.offer_description import OfferDescription, offer_description
from ror.model.registry import Unit
from ror.settings import DATA
from tests.region import own_settings

__all__ = ["own_settings"]


def of_type(code: str, **entry: str) -> Unit:
    return Unit("u", "990750001", "Unité", code, 10, "", **entry)


def test_an_entry_says_more_than_its_type():
    unit = of_type("16", care_mode="34", operational_activity="085", patient_type="adult")
    assert offer_description(unit, "01") == OfferDescription("34", "085", "", 18, 150)


@pytest.mark.parametrize(
    ("code", "field", "described"),
    [
        ("16", "01", OfferDescription("28", "083", "", 0, 150)),
        ("16", "02", OfferDescription("28", "172", "", 0, 150)),
        ("162", "01", OfferDescription("28", "088", "", 0, 17)),
        ("21", "04", OfferDescription("46", "293", "01", 18, 150)),
        ("28", "04", OfferDescription("49", "287", "01", 0, 150)),
        ("02", "03", OfferDescription("", "", "", 0, 150)),
    ],
)
def test_a_type_says_what_its_units_do_in_a_field(code, field, described):
    assert offer_description(of_type(code), field) == described


def test_children_and_adults_have_ages_that_meet():
    unit = of_type("16")
    child, adult = (offer_description(replace(unit, patient_type=kind), "01") for kind in ("child", "adult"))
    assert (child.youngest, child.oldest + 1, adult.oldest) == (0, adult.youngest, 150)
    assert offer_description(replace(unit, patient_type="both"), "01") == offer_description(unit, "01")


def defaults() -> list[dict[str, str]]:
    with (DATA / "nomenclatures" / "offer-defaults.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_every_type_that_counts_beds_or_places_has_a_default_in_each_of_its_fields():
    known = {(row["unit_type"], row["activity_field"]) for row in defaults()}
    for kind in unit_types().values():
        for field in kind.activity_fields if kind.capacity_type else ():
            assert {(kind.code, field), (kind.code, "")} & known, (kind.code, field)


def test_the_defaults_are_codes_of_the_national_lists():
    for row in defaults():
        assert row["unit_type"] in unit_types()
        assert row["activity_field"] in ("", *unit_types()[row["unit_type"]].activity_fields)
        assert row["care_mode"] in labels("R213")
        assert row["operational_activity"] in labels("R211")
        assert row["public"] in ("", *labels("R239"))


def test_the_medico_social_field_says_whom_it_takes():
    """RG_EXP_008."""
    for row in defaults():
        if unit_types()[row["unit_type"]].first_field == "04":
            assert row["public"], row
