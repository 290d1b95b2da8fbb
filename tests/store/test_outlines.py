"""Imported outlines as they are stored, and those that are in force."""

from ror.model.outlines import Outline, OutlineKind, builtin
from ror.store import outlines, registry_changes
from ror.store.board import board as boards
from tests.outline_files import EAST, WEST
from tests.region import NOW, STRUCTURES

WESTERN, EASTERN = Outline("92", "Hauts-de-Seine", [[[WEST]], [[WEST[::2]]]]), Outline("75", "Paris", [[[EAST]]])
TOWN = Outline("92024", "Clichy", [[[WEST]]])


def write(db, kind, version, *several):
    with db.transaction() as transaction:
        outlines.replace(transaction, kind, version, several)
        registry_changes.record_change(transaction, f"outlines {kind}", NOW)


def read(db, function, *arguments):
    with db.reader() as cursor:
        return function(cursor, *arguments)


def points(outline):
    return [[[[tuple(point) for point in ring] for ring in polygon] for polygon in shape] for shape in outline.levels]


def test_outlines_are_stored_whole_by_code(db):
    write(db, OutlineKind.DEPARTMENT, "one", WESTERN, EASTERN)
    stored = read(db, outlines.read)
    assert [(outline.code, outline.name) for outline in stored] == [("75", "Paris"), ("92", "Hauts-de-Seine")]
    assert [points(outline) for outline in stored] == [points(EASTERN), points(WESTERN)]
    assert read(db, outlines.version) == "one"


def test_an_import_replaces_all_those_of_its_kind_and_no_other(db):
    write(db, OutlineKind.DEPARTMENT, "one", WESTERN, EASTERN)
    write(db, OutlineKind.COMMUNE, "towns", TOWN)
    write(db, OutlineKind.DEPARTMENT, "two", EASTERN)
    assert [outline.code for outline in read(db, outlines.read)] == ["75"]
    assert [outline.code for outline in read(db, outlines.read, OutlineKind.COMMUNE)] == ["92024"]
    assert [read(db, outlines.version, kind) for kind in OutlineKind] == ["two", "towns"]
    assert read(db, outlines.kinds) == [OutlineKind.DEPARTMENT, OutlineKind.COMMUNE]


def test_without_an_import_those_of_the_product_are_in_force(db):
    assert outlines.newest(db) is builtin()
    assert read(db, outlines.version) == ""
    write(db, OutlineKind.COMMUNE, "towns", TOWN)
    assert outlines.newest(db) is builtin()


def test_imported_ones_are_in_force_at_once_and_what_they_leave_out_stays(db):
    write(db, OutlineKind.DEPARTMENT, "one", WESTERN)
    known = outlines.newest(db)
    assert points(known.by_code["92"]) == points(WESTERN)
    assert known.by_code["77"] is builtin().by_code["77"]
    assert known.by_code["92"].tolerance_km < known.by_code["77"].tolerance_km
    write(db, OutlineKind.DEPARTMENT, "two", EASTERN)
    assert outlines.newest(db).version not in (known.version, builtin().version)
    assert outlines.newest(db).by_code["92"] is builtin().by_code["92"]
    with db.transaction() as transaction:
        outlines.delete(transaction)
        registry_changes.record_change(transaction, "outlines forgotten", NOW)
    assert outlines.newest(db) is builtin()
    assert read(db, outlines.kinds) == []


def test_another_change_of_the_registry_leaves_them_as_they_are(region):
    write(region, OutlineKind.DEPARTMENT, "one", WESTERN)
    before = outlines.current(region, boards.current(region).registry_position)
    with region.transaction() as transaction:
        registry_changes.record_change(transaction, "edit", NOW)
    assert outlines.current(region, boards.current(region).registry_position) is before


def test_structures_are_given_with_their_positions(region):
    rows = read(region, outlines.structure_positions).to_pylist()
    assert {row["finess"]: (row["longitude"], row["latitude"]) for row in rows} == {
        structure.finess: (structure.longitude, structure.latitude) for structure in STRUCTURES
    }
