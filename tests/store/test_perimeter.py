"""Entries of perimeters, searched by words and read by keys."""

import pytest

from ror.model.registry import LegalEntity
from ror.model.rights import Perimeter
from ror.store import perimeter, registry
from tests.region import CARDIAC, CLINIC, HOME_CARE, HOSPITAL, LINDENS, REHABILITATION, RESUSCITATION, WARD

pytestmark = pytest.mark.usefixtures("region")


def search(db, text="", limit=10):
    with db.reader() as cursor:
        return [(row["kind"], row["key"]) for row in perimeter.search(cursor, text, limit).to_pylist()]


def test_entries_are_found_by_name_place_and_number_in_any_case_and_without_accents(db):
    assert search(db, "TILLEULS groupe") == [("legal_entity", LINDENS)]
    assert search(db, "reanimation") == [("unit", RESUSCITATION)]
    assert search(db, "bobigny") == [("structure", CLINIC), ("unit", REHABILITATION), ("unit", CARDIAC)]
    assert search(db, "cardiologie bobigny") == [("unit", CARDIAC)]
    assert search(db, WARD) == [("unit", WARD)]
    assert ("structure", HOSPITAL) in search(db, HOSPITAL)
    assert search(db, "zzz") == search(db, "%") == search(db) == []


def test_each_kind_has_its_share_of_the_results(db):
    kinds = [kind for kind, _ in search(db, "fictif", limit=1)]
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
    assert {row["key"]: row["place"] for row in rows}[HOME_CARE] == "Maison fictive du Canal, Saint-Denis"


def test_entries_of_a_kind_are_in_the_order_of_their_names_then_communes_without_accents_or_capitals(db):
    names = {"990000901": "Été fictif", "990000902": "eta fictif", "990000903": "ÉTA FICTIF", "990000904": "Etz fictif"}
    towns = {"990000902": "Saint-Ouen", "990000903": "Évry"}
    with db.transaction() as transaction:
        registry.merge(
            transaction, [LegalEntity(finess, name, commune=towns.get(finess, "")) for finess, name in names.items()]
        )
    ordered = ["990000903", "990000902", "990000901", "990000904"]
    assert [key for _, key in search(db, "fictif et") if key in names] == ordered
    assert [key for _, key in search(db, "fictif et", limit=2)] == ordered[:2]
    assert search(db, "evry") == [("legal_entity", "990000903")]
    with db.reader() as cursor:
        held = perimeter.entries_of(cursor, Perimeter(legal_entities=frozenset(names))).to_pylist()
    assert [row["key"] for row in held] == ordered
    assert held[0]["place"] == "Évry"


def test_the_kind_of_each_key_is_told_and_a_structure_comes_before_a_legal_entity_of_its_number(db):
    with db.transaction() as transaction:
        registry.merge(transaction, [LegalEntity(CLINIC, "Homonyme fictif")])
    with db.reader() as cursor:
        kinds = perimeter.kinds_of(cursor, [WARD, CLINIC, LINDENS, "999999999"])
        assert perimeter.kinds_of(cursor, []) == {}
    assert kinds == {WARD: "unit", CLINIC: "structure", LINDENS: "legal_entity"}
