from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ror.model.journal import JournalLine
from ror.model.registry import Unit
from ror.store import chain, journal, perimeter, registry, registry_changes, structure_search
from ror.store.engine import migrations
from ror.store.registry import MergeCounts
from tests.region import (
    BY_ID,
    HALT,
    HOSPITAL,
    LEGAL_ENTITIES,
    LINDENS,
    NOW,
    STRUCTURES,
    UNITS,
    WARD,
    board_rows,
    rolled_back,
    rows,
    write,
)

pytestmark = pytest.mark.usefixtures("region")


def merge(db, entries):
    with db.transaction() as transaction:
        return registry.merge(transaction, entries)


@pytest.mark.parametrize("entries", [LEGAL_ENTITIES, STRUCTURES, UNITS], ids=["legal entities", "structures", "units"])
def test_writing_the_same_entries_again_changes_nothing(db, entries):
    before = {table: rows(db, table) for table in ("legal_entity", "structure", "unit")}
    assert merge(db, entries) == MergeCounts(0, 0, len(entries))
    assert {table: rows(db, table) for table in before} == before


def test_each_entry_is_created_changed_or_left_alone_and_counted_once(db):
    new = Unit("990750001-09", HOSPITAL, "Gériatrie", "16", None, "")
    renamed = replace(BY_ID[WARD], name="Médecine polyvalente")
    assert merge(db, [new, renamed, BY_ID[HALT]]) == MergeCounts(1, 1, 1)
    with db.reader() as cursor:
        assert registry.unit(cursor, new.id) == (new, HOSPITAL, LINDENS, "75")
        assert registry.unit(cursor, WARD)[0] == renamed
        assert registry.unit(cursor, HALT)[0] == BY_ID[HALT]
        assert registry.counts(cursor) == {"legal_entity": 2, "structure": 5, "unit": 13}


@pytest.mark.parametrize(
    "change",
    [{"installed": None}, {"installed": 21}, {"closed": True}, {"telephone": ""}, {"bed_telephone": "15"}, {"unit_type": "11"}],
)
def test_a_change_of_any_field_is_a_change(db, change):
    changed = replace(BY_ID[WARD], **change)
    assert merge(db, [changed]) == MergeCounts(0, 1, 0)
    with db.reader() as cursor:
        assert registry.unit(cursor, WARD)[0] == changed


def test_a_structure_may_lose_and_find_its_position_on_the_map(db):
    lost = replace(STRUCTURES[0], latitude=None, longitude=None)
    assert merge(db, [lost]) == MergeCounts(0, 1, 0)
    assert board_rows(db)[WARD]["latitude"] is None
    assert merge(db, [lost]) == MergeCounts(0, 0, 1)
    assert merge(db, [STRUCTURES[0]]) == MergeCounts(0, 1, 0)


def test_a_field_that_is_kept_stays_as_stored_and_is_no_change_by_itself(db):
    shut = replace(STRUCTURES[0], closed=True)
    merge(db, [shut])
    with db.transaction() as transaction:
        assert registry.merge(transaction, STRUCTURES, keep={"closed"}) == MergeCounts(0, 0, len(STRUCTURES))
        renamed = replace(STRUCTURES[0], name="Hôpital fictif renommé")
        assert registry.merge(transaction, [renamed], keep={"closed"}) == MergeCounts(0, 1, 0)
    with db.reader() as cursor:
        assert registry.structure(cursor, HOSPITAL) == replace(renamed, closed=True)


def test_a_field_to_keep_is_written_for_a_new_entry(db):
    new = replace(STRUCTURES[0], finess="990750009", closed=True)
    with db.transaction() as transaction:
        registry.merge(transaction, [new], keep={"closed"})
        assert registry.structure(transaction.cursor, "990750009") == new


def test_a_comparison_has_before_and_after_and_writes_nothing(db):
    new = Unit("990750001-09", HOSPITAL, "Gériatrie", "16", None, "")
    renamed = replace(BY_ID[WARD], name="Médecine polyvalente")
    before = rows(db, "unit")
    with db.reader() as cursor:
        compared = registry.compare(cursor, [new, renamed, BY_ID[HALT]])
    assert [Unit(**row) for row in compared.created.to_pylist()] == [new]
    assert [Unit(**row) for row in compared.before.to_pylist()] == [BY_ID[WARD]]
    assert [Unit(**row) for row in compared.after.to_pylist()] == [renamed]
    assert (compared.unchanged, rows(db, "unit")) == (1, before)


def test_the_units_of_a_closed_structure_are_closed_and_keep_their_own_state(db):
    merge(db, [replace(STRUCTURES[0], closed=True)])
    with db.reader() as cursor:
        assert registry.unit(cursor, WARD)[0] == replace(BY_ID[WARD], closed=True)
        assert registry.unit_entry(cursor, WARD) == BY_ID[WARD]
        assert registry.unit(cursor, HALT)[0] == BY_ID[HALT]


def names(db, text="", limit=50):
    with db.reader() as cursor:
        matches, total = structure_search.search(cursor, text, limit, structure_search.search_texts(cursor))
    return matches["structure"].to_pylist(), total


def test_a_structure_is_found_by_the_telephones_of_its_bed_management_and_of_that_of_its_units(db):
    merge(db, [replace(STRUCTURES[0], bed_telephone="0639980101")])
    merge(db, [replace(BY_ID[HALT], bed_telephone="0639980102")])
    assert names(db, "06 39 98 01 01") == (["Hôpital fictif des Tilleuls"], 1)
    assert names(db, "0639980102") == (["Maison fictive du Canal"], 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("TILLEULS", ["Hôpital fictif des Tilleuls"]),
        ("creteil", ["Résidence fictive des Ormes"]),
        ("93 canal", ["Maison fictive du Canal"]),
        (HOSPITAL, ["Hôpital fictif des Tilleuls"]),
        ("% OR 1=1 --", []),
    ],
)
def test_a_structure_is_found_by_name_commune_postal_code_or_number(db, text, expected):
    assert names(db, text) == (expected, len(expected))


@pytest.mark.parametrize(
    "text", ["st joseph", "saint joseph", "l’haÿ joseph", "999 410 001", "94038", "01 99 00 00 77", "0033 1 99 00 00 77"]
)
def test_structures_are_searched_as_the_consultation_is(db, text):
    town = {"commune": "L'Haÿ-les-Roses", "commune_code": "94038", "postal_code": "94240", "department": "94"}
    joseph = {"finess": "999410001", "name": "HOPITAL ST JOSEPH", "telephone": "0199000077 poste 12"}
    merge(db, [replace(STRUCTURES[0], **joseph, **town)])
    assert names(db, text) == (["HOPITAL ST JOSEPH"], 1)


@pytest.mark.parametrize("text", ["st joseph", "saint joseph", "l’haÿ joseph", "999 410 001"])
def test_entries_of_perimeters_are_searched_in_the_same_way(db, text):
    merge(db, [replace(STRUCTURES[0], finess="999410001", name="HOPITAL ST JOSEPH", commune="L'Haÿ-les-Roses")])
    with db.reader() as cursor:
        entries = perimeter.search(cursor, text, 50)
    assert entries.select(["kind", "key"]).to_pylist() == [{"kind": "structure", "key": "999410001"}]


def test_a_departement_is_searched_by_its_name_or_its_number(db):
    assert names(db, "seine-saint-denis") == names(db, "93") == (["Clinique fictive des Saules", "Maison fictive du Canal"], 2)


def test_a_search_finds_structures_without_unit_and_counts_those_past_its_limit(db):
    merge(db, [replace(STRUCTURES[0], finess="990750009", name="Annexe fictive")])
    assert names(db, "annexe") == (["Annexe fictive"], 1)
    assert names(db, limit=2) == (["Annexe fictive", "Centre fictif des Érables"], 6)


def test_nothing_to_write_is_nothing_written(db):
    assert merge(db, []) == MergeCounts(0, 0, 0)


def test_a_merge_that_is_rolled_back_changes_nothing(db):
    before = rows(db, "unit")
    with rolled_back(db) as transaction:
        registry.merge(transaction, [replace(unit, closed=True) for unit in UNITS])
    assert rows(db, "unit") == before


def test_a_name_is_never_run_as_sql(db):
    name = '\'); DROP TABLE declaration; -- "é" ; %s {x}'
    merge(db, [replace(BY_ID[WARD], name=name)])
    assert board_rows(db)[WARD]["name"] == name
    assert rows(db, "declaration") == []


def test_a_change_of_the_registry_takes_a_position_of_its_own(db):
    declared = write(db, WARD, 3)
    with db.transaction() as transaction:
        registry_changes.record_change(transaction, "FINESS 93", NOW)
    with db.reader() as cursor:
        assert registry_changes.last_change(cursor) == db.position == declared.position + 1
        assert registry_changes.changes(cursor) == ["tests", "FINESS 93"]
    assert write(db, WARD, 4).position == declared.position + 2


def test_an_unknown_unit_is_none(db):
    with db.reader() as cursor:
        assert registry.unit(cursor, "990750001-99") is None


def test_every_structure_is_read_by_its_number(db):
    with db.reader() as cursor:
        assert registry.structure_numbers(cursor) == {structure.finess for structure in STRUCTURES}


def created(db, table="unit", key="id"):
    with db.reader() as cursor:
        table = cursor.execute(f"SELECT {key}, created_at FROM {table}").to_arrow_table()  # noqa: S608 - names of this test
    return {row[key]: row["created_at"].astimezone(UTC) for row in table.to_pylist()}


def test_an_entry_is_dated_once_by_the_write_that_creates_it(db):
    before = datetime.now(UTC)
    with db.transaction() as transaction:
        registry.merge(transaction, [replace(BY_ID[WARD], id="new"), replace(BY_ID[WARD], name="Autre nom")])
    stamps = created(db)
    assert before <= stamps["new"] <= datetime.now(UTC)
    assert stamps[WARD] < before
    with db.transaction() as transaction:
        registry.merge(transaction, [replace(BY_ID[WARD], id="new", name="Renommée")])
    assert created(db) == stamps


def as_before_step_11(db):
    """Make the database one of the version before the dates of creation."""
    drops = [f"ALTER TABLE {table} DROP COLUMN created_at" for table in ("legal_entity", "structure", "unit")]
    with db.transaction() as transaction:
        for drop in drops:
            if db.engine.postgresql:
                transaction.cursor.execute("CALL postgres_execute('ror', ?)", [drop])
            else:
                transaction.cursor.execute(drop)
        transaction.cursor.execute("DELETE FROM migration WHERE number = 11")


def test_entries_of_an_earlier_version_are_dated_by_the_first_that_is_known_of_them(db):
    old = NOW - timedelta(days=40)
    with db.transaction() as transaction:
        registry.merge(transaction, [replace(BY_ID[WARD], id="by hand")])
        registry_changes.record_change(transaction, "edit unit:by hand", NOW + timedelta(days=1))
        head = chain.head(transaction.cursor)
        happened = (NOW + timedelta(days=1), "registry", "done", "adele", "", "unit:by hand", "", "{}")
        journal.append(transaction, JournalLine(head.number + 1, *happened, head.hash))
    write(db, HALT, 3, old, recorded_at=old)
    as_before_step_11(db)
    with db.reader() as cursor:
        migrations.apply(cursor, db.engine)
    stamps = created(db)
    assert (stamps[WARD], stamps["by hand"], stamps[HALT]) == (NOW, NOW + timedelta(days=1), old)
    assert set(created(db, "structure", "finess").values()) == set(created(db, "legal_entity", "finess").values()) == {NOW}


def test_the_first_record_of_a_change_is_found(db):
    with db.transaction() as transaction:
        for day in (2, 1, 3):
            registry_changes.record_change(transaction, "a change", NOW + timedelta(days=day))
    with db.reader() as cursor:
        assert registry_changes.first_change(cursor, "a change") == NOW + timedelta(days=1)
