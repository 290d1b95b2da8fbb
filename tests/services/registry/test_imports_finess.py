"""What an import of FINESS files writes of structures and legal entities, and the stored fields that it keeps."""

import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from ror.model.registry import LegalEntity
from ror.services.registry import edit
from ror.services.registry.imports import import_finess, preview_finess, write
from ror.store import registry, registry_changes
from ror.store.registry import MergeCounts
from tests.region import ADELE, HOSPITAL, NOW

pytestmark = pytest.mark.usefixtures("region")

FILES = Path(__file__).parents[2] / "exchange" / "files"
FINESS = FILES / "finess-cs1100507-fictif.csv"
DAILY = Path(__file__).parents[3] / "docs" / "example" / "finess-structures-journalier.json"
ENTITIES = FILES / "finess-cs1100501-fictif.csv"
MELUN = "990770011"


def stored(db, finess):
    with db.reader() as cursor:
        return registry.structure(cursor, finess)


def entity_name(db, finess="990000117"):
    with db.reader() as cursor:
        return registry.legal_entity(cursor, finess).name


@pytest.fixture
def write_daily_file(tmp_path):
    """Return a function that writes the daily file, with some words of it replaced, and returns its path."""

    def make(*changes: tuple[str, str], compressed: bool = False) -> Path:
        text = DAILY.read_text("utf-8")
        for before, after in changes:
            assert before in text
            text = text.replace(before, after)
        path = tmp_path / "finess-structures-journalier-20261127.json.gz"
        path.write_bytes(gzip.compress(text.encode()) if compressed else text.encode())
        return path

    return make


@pytest.mark.parametrize("compressed", [False, True])
def test_the_daily_file_names_legal_entities_and_categories(db, write_daily_file, compressed):
    path = write_daily_file(('"gcc": []', '"gcc": [{}, {}]'), ('"355"', '"362"'), compressed=compressed)
    done = import_finess(db, path, NOW)
    assert (done.merged, done.rejects, done.passed_over) == (MergeCounts(1, 0, 0), [], {"gcc": 2})
    assert (stored(db, MELUN).category, stored(db, MELUN).legal_entity) == ("Etablissement de Soins Longue Durée", "990000117")
    assert entity_name(db) == "CENTRE HOSPITALIER FICTIF DE LA BRIE"
    assert import_finess(db, path, NOW).merged == MergeCounts(0, 0, 1)
    with db.reader() as cursor:
        assert "FINESS v1.0.0 2026-11-27" in registry_changes.changes(cursor)


def test_a_category_is_called_as_the_registry_calls_it_already_else_by_its_code(db, write_daily_file):
    with db.transaction() as transaction:
        registry.merge(transaction, [replace(stored(db, HOSPITAL), category_code="999", category="Rare")])
    import_finess(db, write_daily_file(('"355"', '"999"')), NOW)
    assert stored(db, MELUN).category == "Rare"
    import_finess(db, write_daily_file(('"355"', '"998"')), NOW)
    assert stored(db, MELUN).category == "Catégorie 998"


def test_legal_entities_get_their_real_names_whichever_file_comes_first(db):
    import_finess(db, ENTITIES, NOW)
    import_finess(db, FINESS, NOW)
    assert entity_name(db) == "CENTRE HOSPITALIER FICTIF DE LA BRIE"
    with db.transaction() as transaction:
        registry.merge(transaction, [LegalEntity("990000117", "Entité juridique 990000117")])
    plan = preview_finess(db, ADELE, ENTITIES, NOW)
    assert (plan.read, plan.merged) == (1, MergeCounts(0, 1, 0))
    write(db, ADELE, plan, NOW)
    assert entity_name(db) == "CENTRE HOSPITALIER FICTIF DE LA BRIE"


def test_a_file_without_the_address_of_a_legal_entity_keeps_the_stored_one(db, write_daily_file):
    import_finess(db, ENTITIES, NOW)
    import_finess(db, write_daily_file(), NOW)
    with db.reader() as cursor:
        entity = registry.legal_entity(cursor, "990000117")
    assert (entity.address, entity.postal_code, entity.commune) == ("12 Rue DU BAC FICTIF BP 19", "77000", "Melun")
    assert edit.sheet(db, ADELE, MELUN, NOW).legal_entity == entity


def test_the_daily_file_closes_a_structure_and_never_reopens_one(db, write_daily_file):
    import_finess(db, write_daily_file(), NOW)
    import_finess(db, write_daily_file(('"etatObjet": "A"', '"etatObjet": "I"')), NOW)
    assert stored(db, MELUN).closed
    assert import_finess(db, write_daily_file(), NOW).merged == MergeCounts(0, 0, 1)
    assert stored(db, MELUN).closed


@pytest.mark.parametrize(("telephone", "remarks"), [("", 0), ("voir le standard", 1)])
def test_a_missing_telephone_never_blanks_the_stored_one(db, write_daily_file, telephone, remarks):
    import_finess(db, write_daily_file(), NOW)
    done = import_finess(db, write_daily_file(("0199000001", telephone)), NOW)
    assert (done.merged, [reject.accepted for reject in done.rejects]) == (MergeCounts(0, 0, 1), [True] * remarks)
    assert stored(db, MELUN).telephone == "0199000001"


def test_a_finess_file_never_erases_the_telephone_of_bed_management(db, write_daily_file):
    import_finess(db, write_daily_file(), NOW)
    with db.transaction() as transaction:
        registry.merge(transaction, [replace(stored(db, MELUN), bed_telephone="0639980101")])
    assert import_finess(db, write_daily_file(), NOW).merged == MergeCounts(0, 0, 1)
    assert import_finess(db, write_daily_file(("0199000001", "0199000002")), NOW).merged == MergeCounts(0, 1, 0)
    assert (stored(db, MELUN).telephone, stored(db, MELUN).bed_telephone) == ("0199000002", "0639980101")


def test_a_stored_position_outside_the_departement_is_removed(db, write_daily_file):
    import_finess(db, write_daily_file(), NOW)
    import_finess(db, write_daily_file(("48.54", "43.28"), ("2.66", "5.37")), NOW)
    assert (stored(db, MELUN).latitude, stored(db, MELUN).longitude) == (None, None)


POSITION = (48.54, 2.66)
OTHER_COMMUNE = ("77288", "77186")
NO_POINT = ('"48.54"', '""'), ('"2.66"', '""')
LINE = (
    "structureet;990770011;990000117;HOPITAL FICTIF DU BAC;;;;12;R;DU BAC;;;{commune};77;SEINE-ET-MARNE;77000 MELUN;0199000001;"
    ";355;Centre Hospitalier (C.H.);;;;;;;;;2001-01-01;;2026-03-02;"
)
POINT = "geolocalisation;990770011;{x};{y};1,ATLASANTE,100,IGN,BD_ADRESSE,V2.2,{system};2026-03-02"


def position(db):
    return stored(db, MELUN).latitude, stored(db, MELUN).longitude


@pytest.fixture
def write_former_file(tmp_path):
    """Return a function that writes a former file of one structure, of Melun by default, and returns its path."""

    def make(*points: str, commune: str = "288") -> Path:
        path = tmp_path / "etalab-cs1100507-stock.csv"
        path.write_text("\n".join(("finess;etalab;111;2026-05-12", LINE.format(commune=commune), *points)) + "\n", "utf-8")
        return path

    return make


@pytest.mark.parametrize("commune", ["288", ""])
def test_a_former_file_without_a_point_retains_the_stored_position(db, write_daily_file, write_former_file, commune):
    import_finess(db, write_daily_file(), NOW)
    done = import_finess(db, write_former_file(commune=commune), NOW)
    assert (position(db), done.rejects) == (POSITION, [])
    assert stored(db, MELUN).address == "12 Rue DU BAC"


def test_a_daily_file_without_a_point_retains_the_stored_position(db, write_daily_file):
    import_finess(db, write_daily_file(), NOW)
    assert import_finess(db, write_daily_file(*NO_POINT), NOW).merged == MergeCounts(0, 0, 1)
    assert position(db) == POSITION


def test_a_structure_that_moved_to_another_commune_loses_its_position(db, write_daily_file):
    import_finess(db, write_daily_file(), NOW)
    import_finess(db, write_daily_file(OTHER_COMMUNE, *NO_POINT), NOW)
    assert (stored(db, MELUN).commune_code, position(db)) == ("77186", (None, None))


def test_a_structure_that_never_had_a_position_has_none(db, write_daily_file, write_former_file):
    import_finess(db, write_daily_file(*NO_POINT), NOW)
    import_finess(db, write_former_file(), NOW)
    assert position(db) == (None, None)


@pytest.mark.parametrize(
    "point",
    [
        POINT.format(x="893000.0", y="6246000.0", system="LAMBERT_93"),
        POINT.format(x="1.0", y="1.0", system="LAMBERT_93"),
        POINT.format(x="674428.8", y="6827330.5", system="LAMBERT_2"),
        POINT.format(x="?", y="6827330.5", system="LAMBERT_93"),
        "geolocalisation;990770011;674428.8",
    ],
    ids=["another region", "out of the territory", "unknown system", "no number", "incomplete"],
)
def test_a_refused_position_removes_the_stored_one_with_a_remark(db, write_daily_file, write_former_file, point):
    import_finess(db, write_daily_file(), NOW)
    done = import_finess(db, write_former_file(point), NOW)
    assert [reject.line for reject in done.rejects] == [3]
    assert position(db) == (None, None)


@pytest.mark.parametrize("change", [('"48.54"', '"x"'), ('"48.54"', '"6827330"'), ('"48.54"', '""')])
def test_refused_coordinates_of_the_daily_file_remove_the_stored_position(db, write_daily_file, change):
    import_finess(db, write_daily_file(), NOW)
    done = import_finess(db, write_daily_file(change), NOW)
    assert [reject.accepted for reject in done.rejects] == [True]
    assert position(db) == (None, None)


def test_a_structure_keeps_its_legal_entity_and_category_when_the_file_has_none(db, write_daily_file, write_former_file):
    import_finess(db, write_daily_file(), NOW)
    path = write_former_file()
    path.write_text(path.read_text("utf-8").replace("990000117", "").replace("355;Centre Hospitalier (C.H.)", ";"), "utf-8")
    import_finess(db, path, NOW)
    assert (stored(db, MELUN).legal_entity, stored(db, MELUN).category_code) == ("990000117", "355")
    assert stored(db, MELUN).category
