"""Entries of perimeters, searched by words and read by keys."""

import pytest

from ror.model.rights import Perimeter
from ror.store import perimeter
from tests.region import CLINIC, HOME_CARE, HOSPITAL, LINDENS, RESUSCITATION, WARD

pytestmark = pytest.mark.usefixtures("region")


def found(db, text="", limit=10):
    with db.reader() as cursor:
        return [(row["kind"], row["key"]) for row in perimeter.search(cursor, text, limit).to_pylist()]


def test_entries_are_found_by_name_place_and_number_in_any_case_and_without_accents(db):
    assert found(db, "TILLEULS groupe") == [("legal_entity", LINDENS)]
    assert found(db, "reanimation") == [("unit", RESUSCITATION)]
    assert found(db, "bobigny") == [("structure", CLINIC)]
    assert found(db, WARD) == [("unit", WARD)]
    assert ("structure", HOSPITAL) in found(db, HOSPITAL)
    assert found(db, "zzz") == found(db, "%") == found(db) == []


def test_each_kind_has_its_share_of_the_results(db):
    kinds = [kind for kind, _ in found(db, "fictif", limit=1)]
    assert kinds == ["legal_entity", "structure", "unit"]


def test_the_entries_of_a_perimeter_have_names_but_those_that_the_registry_lost(db):
    held = Perimeter(frozenset({LINDENS}), frozenset({HOSPITAL, "999999999"}), frozenset({HOME_CARE}))
    with db.reader() as cursor:
        rows = perimeter.entries_of(cursor, held).to_pylist()
        assert perimeter.unknown_keys(cursor, held) == ["999999999"]
        assert perimeter.entries_of(cursor, Perimeter()).num_rows == 0
    assert {row["key"]: row["name"] for row in rows} == {
        LINDENS: "Groupe hospitalier fictif des Tilleuls",
        HOSPITAL: "Hôpital fictif des Tilleuls",
        HOME_CARE: "Soins à domicile",
        "999999999": "",
    }
    assert {row["key"]: row["place"] for row in rows}[HOME_CARE] == "Maison fictive du Canal"
