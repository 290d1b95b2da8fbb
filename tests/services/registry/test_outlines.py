"""The import of outlines: rights, journal, structures outside, and the maps and position checks that use them."""

import json
from dataclasses import replace

import pytest

from ror.drawing import maps
from ror.errors import BadFile, Forbidden, Refused
from ror.model.outlines import OutlineKind, builtin
from ror.model.position import inside
from ror.services.availability import consult
from ror.services.registry import edit, imports, outlines
from ror.services.registry.rules import TypedStructure
from ror.store import outlines as stored_outlines
from ror.store import registry, registry_changes
from tests.outline_files import EAST, NEUILLY, WEST, feature, geojson, written
from tests.region import ADELE, CORALIE, HOSPITAL, NOW, STRUCTURES, rows

pytestmark = pytest.mark.usefixtures("region")

BRIDGE = "990920001"
"""The number of a structure of Neuilly-sur-Seine."""


@pytest.fixture
def file(tmp_path):
    return written(tmp_path, geojson())


@pytest.fixture
def neuilly(region):
    """Add a structure of Neuilly-sur-Seine to the region."""
    longitude, latitude = NEUILLY
    structure = replace(
        STRUCTURES[0],
        finess=BRIDGE,
        name="Clinique fictive du Pont",
        commune="Neuilly-sur-Seine",
        commune_code="92051",
        department="92",
        longitude=longitude,
        latitude=latitude,
    )
    with region.transaction() as transaction:
        registry.merge(transaction, [structure])
        registry_changes.record_change(transaction, "edit", NOW)
    return structure


def in_journal(db):
    with db.reader() as cursor:
        lines = cursor.execute(
            "SELECT act, outcome, before, after FROM journal WHERE subject = 'outlines' ORDER BY number"
        ).fetchall()
    return [(act, outcome, json.loads(before or "{}"), json.loads(after or "{}")) for act, outcome, before, after in lines]


def test_a_structure_that_the_outlines_of_the_product_leave_out_is_inside_its_own(db, file, neuilly):
    assert not inside("92", *NEUILLY)
    assert inside("75", *NEUILLY)
    plan = outlines.import_outlines(db, file, NOW, ADELE)
    assert BRIDGE not in plan.outside["finess"].to_pylist()
    known = stored_outlines.newest(db)
    assert inside("92", *NEUILLY, known)
    assert not inside("75", *NEUILLY, known)


def test_a_preview_counts_and_writes_nothing(db, file):
    plan = outlines.preview_outlines(db, ADELE, file, NOW)
    assert (plan.kind, plan.read, plan.vertices, plan.passed_over) == (OutlineKind.DEPARTMENT, 2, len(WEST) + len(EAST), [])
    assert 0 < plan.kept <= plan.vertices
    assert (plan.located, plan.changes_nothing) == (1, False)
    assert (rows(db, "outline"), in_journal(db)) == ([], [])


def test_what_stands_outside_is_named_with_its_distance_the_farthest_first(db, file, neuilly):
    near = replace(neuilly, finess="990920002", name="Proche", longitude=2.2, latitude=48.78 - 0.02)
    far = replace(neuilly, finess="990920003", name="Lointaine", longitude=2.2, latitude=48.94 + 0.1)
    with db.transaction() as transaction:
        registry.merge(transaction, [near, far])
    plan = outlines.preview_outlines(db, None, file, NOW)
    assert plan.outside.schema == outlines.OUTSIDE
    outside = [(row["finess"], row["name"], row["commune"], row["department"], row["km"]) for row in plan.outside.to_pylist()]
    assert outside == [
        ("990920003", "Lointaine", "Neuilly-sur-Seine", "92", pytest.approx(11.12, abs=0.02)),
        ("990920002", "Proche", "Neuilly-sur-Seine", "92", pytest.approx(2.22, abs=0.02)),
    ]


def test_structures_are_looked_for_in_their_commune_for_a_file_of_communes(db, tmp_path, neuilly):
    square = [(2.25, 48.87), (2.29, 48.87), (2.29, 48.9), (2.25, 48.9), (2.25, 48.87)]
    towns = geojson(feature({"code": "92051", "nom": "Neuilly-sur-Seine"}, square), feature({"code": "75113"}, EAST))
    plan = outlines.import_outlines(db, written(tmp_path, towns), NOW, ADELE)
    assert (plan.kind, plan.read, plan.located, plan.outside.num_rows) == (OutlineKind.COMMUNE, 2, 2, 0)
    assert stored_outlines.newest(db) is builtin()
    assert outlines.imported_kinds(db, ADELE, NOW) == [OutlineKind.COMMUNE]


def test_an_import_is_journalled_and_the_second_time_changes_nothing(db, file):
    outlines.import_outlines(db, file, NOW, ADELE)
    stored, position = rows(db, "outline"), db.position
    again = outlines.preview_outlines(db, ADELE, file, NOW)
    assert again.changes_nothing
    outlines.write(db, ADELE, again, NOW)
    assert (rows(db, "outline"), db.position) == (stored, position)
    after = {"outlines": "department", "sha256": again.digest, "read": 2, "outside": 0}
    assert in_journal(db) == [("import", "done", {}, after)] * 2


def test_forgetting_returns_to_the_outlines_of_the_product_and_is_journalled(db, file):
    outlines.import_outlines(db, file, NOW, ADELE)
    assert outlines.delete_imported(db, ADELE, NOW) == [OutlineKind.DEPARTMENT]
    assert stored_outlines.newest(db) is builtin()
    assert in_journal(db)[1:] == [("registry", "done", {"outlines": ["department"]}, {"outlines": "builtin"})]
    position = db.position
    assert outlines.delete_imported(db, ADELE, NOW) == []
    assert (len(in_journal(db)), db.position) == (2, position)


def test_only_an_administrator_imports_and_forgets(db, file):
    plan = outlines.preview_outlines(db, ADELE, file, NOW)
    for refused in (
        lambda: outlines.preview_outlines(db, CORALIE, file, NOW),
        lambda: outlines.write(db, CORALIE, plan, NOW),
        lambda: outlines.delete_imported(db, CORALIE, NOW),
        lambda: outlines.imported_kinds(db, CORALIE, NOW),
    ):
        with pytest.raises(Forbidden):
            refused()
    assert [outcome for _, outcome, _, _ in in_journal(db)] == ["refused"] * 4
    assert rows(db, "outline") == []


def test_a_refused_file_leaves_the_outlines_as_they_were(db, file, tmp_path):
    outlines.import_outlines(db, file, NOW, ADELE)
    before = rows(db, "outline")
    with pytest.raises(BadFile):
        outlines.import_outlines(db, written(tmp_path, b"{}", "autre.geojson"), NOW, ADELE)
    assert rows(db, "outline") == before


def test_the_maps_of_the_next_view_have_another_address_and_the_published_change_tells_pages(db, file, published_changes):
    def address():
        view = consult.view(db, consult.current(db, CORALIE), consult.Filters(), NOW)
        return maps.address(("75", "92"), consult.outlines(db, view).version)

    before = address()
    outlines.import_outlines(db, file, NOW, ADELE)
    imported = address()
    assert imported != before
    assert [(change.position, change.department) for change in published_changes] == [(db.position, "")]
    outlines.delete_imported(db, ADELE, NOW)
    assert address() == before


TYPED = TypedStructure(
    *("990920009", "Clinique fictive", "", "", "", "", "92200", "Neuilly-sur-Seine", "92", "", "48,9", "2,33"),
)


def test_positions_typed_are_judged_by_the_imported_outlines(db, file):
    # Two kilometres into Paris: within the tolerance of rough outlines, not of precise ones.
    created = edit.create_structure(db, ADELE, TYPED, NOW)
    outlines.import_outlines(db, file, NOW, ADELE)
    for refused in (
        lambda: edit.create_structure(db, ADELE, replace(TYPED, finess="990920010"), NOW),
        lambda: edit.edit_structure(db, ADELE, created, replace(TYPED, name="Autre"), NOW),
    ):
        with pytest.raises(Refused, match="hors du département Hauts-de-Seine"):
            refused()
    longitude, latitude = (str(degrees).replace(".", ",") for degrees in NEUILLY)
    moved = edit.edit_structure(db, ADELE, created, replace(TYPED, latitude=latitude, longitude=longitude), NOW)
    assert (moved.longitude, moved.latitude) == NEUILLY


def test_positions_of_a_finess_file_are_judged_by_the_imported_outlines(db, file, finess_file):
    def refused():
        return [one.reason for one in imports.preview_finess(db, ADELE, finess_file, NOW).rejects if "position" in one.reason]

    assert refused() == []
    outlines.import_outlines(db, file, NOW, ADELE)
    assert refused() == ["La position est hors du département Hauts-de-Seine (92). La structure reste sans position."]


@pytest.fixture
def finess_file(tmp_path):
    """Write a daily FINESS file with one structure: out of its département by 3 km, and far from the centre of its commune."""
    structure = {
        "informationsGeneralesEGE": {"numFinessEge": "990920008", "nomEgeCourt": "CLINIQUE FICTIVE"},
        "adresse": [
            {
                **{"usageAdresse": "03", "cogCommune": "92051", "codePostal": "92200", "ligneAcheminement": "92200 NEUILLY"},
                "coordonneesGeographique": {"directionLatitude": 48.9, "directionLongitude": 2.345},
            }
        ],
    }
    entity = {"informationsGeneralesPMEJ": {"numFinessPm": "990920000", "denominationPm": "FICTIVE"}, "ege": [structure]}
    return written(tmp_path, json.dumps({"schemaVersion": "1", "pmej": [entity]}).encode(), "finess.json")


def test_the_hospital_of_the_region_is_inside_its_outline(db, file):
    """Otherwise the other tests of this file would use a rectangle that holds no structure, and prove nothing."""
    plan = outlines.preview_outlines(db, ADELE, file, NOW)
    assert (plan.located, plan.outside.num_rows) == (1, 0)
    assert STRUCTURES[0].finess == HOSPITAL
