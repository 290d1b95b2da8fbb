"""When entries of the registry last changed, and the whole of it."""

from datetime import timedelta

import pytest

from ror.store import registry
from ror.store.board import catalogue
from tests.region import HOSPITAL, LEGAL_ENTITIES, LINDENS, NOW, STRUCTURES, WARD

pytestmark = pytest.mark.usefixtures("region")

MINUTE = timedelta(minutes=1)


def change(db, what, at):
    with db.transaction() as transaction:
        registry.record_change(transaction, what, at)
        return transaction.position, at


def changes(db, position=1_000):
    with db.reader() as cursor:
        return catalogue.changes(cursor, position)


def test_an_import_changes_everything_and_an_edit_what_it_names(db):
    everything = changes(db).all
    assert everything[1] == NOW
    edited = change(db, f"edit unit:{WARD}", NOW + MINUTE)
    known = changes(db)
    assert known.of(f"unit:{WARD}", f"structure:{HOSPITAL}") == edited
    assert known.of(f"structure:{HOSPITAL}") == everything
    imported = change(db, "FINESS 2026", NOW + 2 * MINUTE)
    assert changes(db).of(f"unit:{WARD}") == imported


def test_a_file_of_which_the_name_looks_like_an_edit_is_an_import(db):
    imported = change(db, "edit des unités.csv", NOW + MINUTE)
    assert changes(db).all == imported


def test_the_last_of_several_edits_counts_whatever_it_names(db):
    change(db, f"edit unit:{WARD}", NOW + MINUTE)
    last = change(db, f"edit structure:{HOSPITAL}", NOW + 2 * MINUTE)
    assert changes(db).of(f"unit:{WARD}", f"structure:{HOSPITAL}") == last


def test_what_comes_after_a_position_is_not_known_at_it(db):
    before = db.position
    change(db, f"edit unit:{WARD}", NOW + MINUTE)
    assert changes(db, before).single == {}


def test_a_registry_that_never_changed_is_of_no_time(db):
    assert changes(db, 0).of(f"unit:{WARD}") == catalogue.NEVER


def test_structures_and_legal_entities_come_by_their_numbers(db):
    with db.reader() as cursor:
        structures, entities = catalogue.structures(cursor), catalogue.legal_entities(cursor)
    assert structures["finess"].to_pylist() == sorted(structure.finess for structure in STRUCTURES)
    assert entities["finess"].to_pylist() == sorted(entity.finess for entity in LEGAL_ENTITIES)
    assert LINDENS in structures["legal_entity"].to_pylist()


def test_a_number_that_is_both_is_a_structure_alone(db):
    with db.transaction() as transaction:
        registry.merge(transaction, [registry.LegalEntity(HOSPITAL, "Entité fictive")])
    with db.reader() as cursor:
        assert HOSPITAL not in catalogue.legal_entities(cursor)["finess"].to_pylist()
