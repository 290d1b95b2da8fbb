"""Pages of the catalogue: ids of resources, and the last change of each entry of the registry."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ror.exchange.fhir import terms
from ror.model.search import folded
from ror.model.selection import Among, Every, HasId, Selection
from ror.store import registry, registry_changes
from ror.store import selection as selections
from ror.store.board import catalogue
from ror.store.board.board import BoardCache
from ror.store.board.catalogue import CatalogueQuery
from tests.region import BY_ID, HOSPITAL, LEGAL_ENTITIES, LINDENS, NOW, STRUCTURES, WARD

pytestmark = pytest.mark.usefixtures("region")

MINUTE = timedelta(minutes=1)


def change(db, subject, at):
    with db.transaction() as transaction:
        registry_changes.record_change(transaction, subject, at)
        return transaction.position, at


def units(db, *conditions):
    board = BoardCache(db).get()
    with db.reader() as cursor:
        page = catalogue.units(cursor, board.units, board.registry_position, query(conditions))
    return {line["id"]: line for line in page.lines}


def query(conditions=()):
    return CatalogueQuery(Selection(Every(conditions)), NOW)


def organizations(db, registry_position=1_000):
    board = BoardCache(db).get()
    with db.reader() as cursor:
        page = catalogue.organizations(cursor, board.units, registry_position, query())
    return {line["id"]: line for line in page.lines}


def last_change(line):
    return line["changed_position"], line["changed_at"]


def test_an_import_changes_every_entry_and_an_edit_its_own(db):
    everything = last_change(organizations(db)[LINDENS])
    assert everything[1] == NOW
    edited = change(db, f"edit unit:{WARD}", NOW + MINUTE)
    assert last_change(units(db)[WARD]) == edited
    assert {last_change(line) for line in organizations(db).values()} == {everything}
    imported = change(db, "FINESS 2026", NOW + 2 * MINUTE)
    assert {last_change(line) for line in (*units(db).values(), *organizations(db).values())} == {imported}


def test_a_file_of_which_the_name_looks_like_an_edit_is_an_import(db):
    imported = change(db, "edit des unités.csv", NOW + MINUTE)
    assert last_change(units(db)[WARD]) == imported


def test_the_last_of_several_edits_counts_for_a_unit_and_its_structure(db):
    change(db, f"edit unit:{WARD}", NOW + MINUTE)
    last = change(db, f"edit structure:{HOSPITAL}", NOW + 2 * MINUTE)
    assert last_change(units(db)[WARD]) == last_change(organizations(db)[HOSPITAL]) == last


def test_the_last_change_has_the_last_position_even_if_the_clock_jumped(db):
    change(db, f"edit unit:{WARD}", NOW + MINUTE)
    last = change(db, f"edit unit:{WARD}", NOW - MINUTE)
    assert last_change(units(db)[WARD]) == last


def test_an_edit_names_a_key_that_has_several_lines(db):
    with db.transaction() as transaction:
        registry.merge(transaction, [replace(BY_ID[WARD], id="a\nb")])
    changed = change(db, "edit unit:a\nb", NOW + MINUTE)
    assert last_change(units(db)[terms.resource_id("a\nb")]) == changed


def test_a_change_after_a_position_does_not_count_at_it(db):
    before = db.position
    change(db, f"edit structure:{HOSPITAL}", NOW + MINUTE)
    assert last_change(organizations(db, before)[HOSPITAL])[1] == NOW


def test_a_registry_that_never_changed_is_of_no_time(db):
    (position, at) = last_change(organizations(db, 0)[HOSPITAL])
    assert (position, at.timestamp()) == (0, 0)


def test_organizations_are_structures_and_legal_entities_each_number_once(db):
    with db.transaction() as transaction:
        registry.merge(transaction, [registry.LegalEntity(HOSPITAL, "Entité fictive")])
    kinds = {finess: line["is_structure"] for finess, line in organizations(db).items()}
    assert kinds == {one.finess: False for one in LEGAL_ENTITIES} | {one.finess: True for one in STRUCTURES}


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example("x-")
@example("a" * 64)
@example("a" * 65)
@example("a\n")
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_the_id_of_a_resource_is_the_same_in_sql(db, key):
    with db.reader() as cursor:
        query = f"SELECT {selections.resource_id('key')} FROM (SELECT $key AS key)"  # noqa: S608 - the product's own
        assert cursor.execute(query, {"key": key}).fetchone() == (terms.resource_id(key),)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example("ST-JOSÉPH, Œuvre  L’Haÿ (STE)")
@given(st.text(st.sampled_from("SstTEeéÉÈàçœÆ -'’.,()09ÿ"), max_size=30))
def test_the_words_of_a_name_are_the_same_in_sql(db, text):
    with db.reader() as cursor:
        query = f"SELECT {selections.words_sql('name')} FROM (SELECT $name AS name)"  # noqa: S608 - the product's own
        assert cursor.execute(query, {"name": text}).fetchone() == (folded(text),)


def test_a_unit_of_which_the_key_is_no_id_is_found_by_its_digest_alone(db):
    with db.transaction() as transaction:
        registry.merge(transaction, [replace(BY_ID[WARD], id="unité 1")])
        registry_changes.record_change(transaction, "tests", NOW)
    digest = terms.resource_id("unité 1")
    assert set(units(db, HasId(frozenset({digest, "unité 1"})))) == {digest}
    assert units(db, HasId(frozenset({"unité 1"}))) == {}
    assert set(units(db, Among("key", frozenset({"unité 1"})))) == {digest}
