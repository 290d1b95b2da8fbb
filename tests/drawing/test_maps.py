"""The outlines of the maps: fetched once by a browser, never sent with the numbers."""

import json

import pytest

from ror.drawing import maps
from ror.drawing.paper import Drawing
from ror.drawing.paper import _with_rows as picture_data
from ror.model.outlines import MOST_VERTICES, Outline, Outlines
from ror.model.territory import REGIONS
from tests.outline_files import WEST


@pytest.mark.parametrize(
    "spec", [maps.departments(("75", "77"), ("75",), 300), maps.structures(("77",), 300)], ids=["region", "one"]
)
def test_a_map_names_the_address_of_its_outlines_and_holds_none(spec):
    drawn = json.dumps(spec)
    assert '"arcs"' not in drawn
    assert maps.address(("77",)) in drawn or maps.address(("75", "77")) in drawn


def test_the_address_of_outlines_has_those_of_its_departements_alone():
    topology = json.loads(maps.outlines_json(("75", "2A")))
    assert {shape["id"] for shape in topology["objects"]["departements"]["geometries"]} == {"75", "2A"}
    assert topology["arcs"]


def test_departements_that_do_not_exist_have_no_outline():
    topology = json.loads(maps.outlines_json(("<script>", "999")))
    assert (topology["objects"]["departements"]["geometries"], topology["arcs"]) == ([], [])


IMPORTED = Outlines("0123456789ab", {"92": Outline("92", "Hauts-de-Seine", [[[WEST]], [[WEST[:1] + WEST[-3:]]]])})


def test_imported_outlines_have_an_address_of_their_own_and_are_drawn():
    assert maps.address(("92",), IMPORTED.version) == "/outlines/0123456789ab/92.json"
    for spec in (maps.departments(("92",), (), 300, "", IMPORTED.version), maps.structures(("92",), 300, IMPORTED.version)):
        assert "/outlines/0123456789ab/92.json" in json.dumps(spec)
    topology = json.loads(maps.outlines_json(("92",), IMPORTED))
    assert topology["arcs"] == [[list(point) for point in WEST]]
    assert topology["objects"]["departements"]["geometries"][0]["properties"]["name"] == "Hauts-de-Seine"


def test_the_picture_of_a_map_has_the_imported_outlines():
    rough, precise = (
        picture_data(Drawing(maps.structures(("92",), 400), [], 400, outlines=known))["layer"][0]["data"]["values"]["arcs"]
        for known in (None, IMPORTED)
    )
    assert precise == [WEST]
    assert rough != precise


def test_the_vertices_of_outlines_are_a_table_in_the_order_to_draw_them():
    table = maps.outline_rings(("92", "999"), IMPORTED)
    assert table.schema == maps.RING_COLUMNS
    assert list(zip(*(table[name].to_pylist() for name in ("longitude", "latitude")), strict=True)) == WEST
    assert table["order"].to_pylist() == list(range(len(WEST)))
    assert set(table["code"].to_pylist()) == {"92"}
    assert maps.outline_rings(()).num_rows == 0


@pytest.mark.parametrize("region", REGIONS)
def test_the_outlines_of_a_region_have_few_vertices(region):
    table = maps.outline_rings(REGIONS[region])
    assert set(table["code"].to_pylist()) == set(REGIONS[region])
    assert table.num_rows <= MOST_VERTICES
    assert table["ring"].to_pylist() == sorted(table["ring"].to_pylist())


@pytest.mark.parametrize("code", ["975", "977", "978", "986", "987", "988"])
def test_an_overseas_collectivity_has_an_outline_of_its_own(code):
    topology = json.loads(maps.outlines_json((code,)))
    (shape,) = topology["objects"]["departements"]["geometries"]
    assert shape["id"] == code
    assert topology["arcs"]
    assert maps.address((code,)) in json.dumps(maps.departments((code,), (), 150))
