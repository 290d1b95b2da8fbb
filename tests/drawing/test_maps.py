"""The outlines of the maps: fetched once by a browser, never sent with the numbers."""

import json

import pytest

from ror.drawing import maps
from ror.drawing.paper import Drawing
from ror.drawing.paper import _with_rows as picture_data
from ror.model.outlines import MAX_VERTICES, Outline, Outlines, builtin
from ror.model.territory import REGIONS
from tests.outline_files import WEST


@pytest.mark.parametrize("codes", [("75", "77"), ("77",)], ids=["region", "one"])
def test_a_map_names_the_address_of_its_outlines_and_holds_none(codes):
    drawn = json.dumps(maps.structures(codes, 300))
    assert '"arcs"' not in drawn
    assert maps.address(codes) in drawn


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
    assert "/outlines/0123456789ab/92.json" in json.dumps(maps.structures(("92",), 300, IMPORTED.version))
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


@pytest.mark.parametrize("region", REGIONS)
def test_the_outlines_of_a_region_have_few_vertices(region):
    rings = builtin().rings(REGIONS[region])
    assert set(rings) == set(REGIONS[region])
    assert sum(len(ring) for several in rings.values() for ring in several) <= MAX_VERTICES


@pytest.mark.parametrize("code", ["975", "977", "978", "986", "987", "988"])
def test_an_overseas_collectivity_has_an_outline_of_its_own(code):
    topology = json.loads(maps.outlines_json((code,)))
    (shape,) = topology["objects"]["departements"]["geometries"]
    assert shape["id"] == code
    assert topology["arcs"]
    assert maps.address((code,)) in json.dumps(maps.structures((code,), 150))
