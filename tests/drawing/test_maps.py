"""The outlines of the maps: fetched once by a browser, never sent with the numbers."""

import json

import pytest

from ror.drawing import maps


@pytest.mark.parametrize(
    "spec", [maps.departments(("75", "77"), ("75",), 300), maps.structures("77", 300)], ids=["region", "one"]
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


@pytest.mark.parametrize("code", ["975", "977", "978", "986", "987", "988"])
def test_an_overseas_collectivity_has_an_outline_of_its_own(code):
    topology = json.loads(maps.outlines_json((code,)))
    (shape,) = topology["objects"]["departements"]["geometries"]
    assert shape["id"] == code
    assert topology["arcs"]
    assert maps.address((code,)) in json.dumps(maps.departments((code,), (), 150))
