import csv
import json
from typing import Any

import pytest
import shapely

from ror.model.territory import (
    REGIONS,
    commune_today,
    department_name,
    department_of_commune,
    department_of_finess,
    departments,
    label_points,
    region_of,
    territories,
)
from ror.settings import DATA

Point = tuple[float, float]


def polygons(topology: dict[str, Any]) -> dict[str, list[list[list[Point]]]]:
    """Return the rings of each département as (longitude, latitude), by code."""
    grid = topology.get("transform")
    (kx, ky), (tx, ty) = (grid["scale"], grid["translate"]) if grid else ((1, 1), (0, 0))
    arcs: list[list[Point]] = []
    for arc in topology["arcs"]:
        if grid is None:
            arcs.append([(x, y) for x, y in arc])
            continue
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * kx + tx, y * ky + ty))
        arcs.append(points)

    def ring(numbers: list[int]) -> list[Point]:
        parts = [arcs[n] if n >= 0 else arcs[~n][::-1] for n in numbers]
        for before, after in zip(parts, parts[1:] + parts[:1], strict=True):
            assert before[-1] == after[0], "consecutive arcs must meet"
        return [point for part in parts for point in part[1:]] + [parts[0][1]]

    rings_by_code = {}
    for geometry in topology["objects"]["departements"]["geometries"]:
        several = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        rings_by_code[geometry["id"]] = [[ring(numbers) for numbers in polygon] for polygon in several]
    return rings_by_code


@pytest.fixture(scope="module")
def topology() -> dict[str, Any]:
    return json.loads((DATA / "departements.topo.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def rings(topology):
    collectivities = json.loads((DATA / "collectivites.topo.json").read_text(encoding="utf-8"))
    return polygons(topology) | polygons(collectivities)


@pytest.fixture(scope="module")
def communes() -> list[dict[str, str]]:
    with (DATA / "communes.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_there_are_101_departments_in_the_order_of_their_codes():
    codes = list(departments())
    assert len(codes) == 101
    assert codes == sorted(codes)
    assert {"01", "2A", "2B", "75", "971", "976"} <= set(codes)
    assert departments()["77"] == "Seine-et-Marne"
    assert departments()["68"] == "Haut-Rhin"


def test_the_overseas_collectivities_are_territories_with_an_outline_and_no_departements(rings):
    collectivities = {code: name for code, name in territories().items() if code not in departments()}
    assert list(territories()) == sorted(territories())
    assert list(collectivities) == ["975", "977", "978", "986", "987", "988"]
    assert (collectivities["978"], department_name("977"), department_name("989")) == (
        "Saint-Martin",
        "Saint-Barthélemy",
        "989",
    )
    assert set(rings) == set(territories())


@pytest.mark.parametrize(
    ("finess", "code"),
    [
        ("9A", "971"),
        ("9B", "972"),
        ("9C", "973"),
        ("9D", "974"),
        ("9E", "975"),
        ("9F", "976"),
        ("9J", "986"),
        ("978", "978"),
        ("2A", "2A"),
    ],
)
def test_finess_has_codes_of_its_own_for_overseas(finess, code):
    assert department_of_finess(finess) == code
    assert code in territories()


@pytest.mark.parametrize(
    ("insee", "today", "code"),
    [
        ("97127", "97801", "978"),
        ("97123", "97701", "977"),
        ("97120", "97120", "971"),
        ("2A004", "2A004", "2A"),
        ("98818", "98818", "988"),
    ],
)
def test_a_commune_that_became_a_collectivity_is_in_it(insee, today, code):
    assert commune_today(insee) == today
    assert department_of_commune(today) == code


def test_the_outlines_bear_the_codes_and_names_of_the_list_and_nothing_else(topology):
    assert list(topology["objects"]) == ["departements"]
    geometries = topology["objects"]["departements"]["geometries"]
    assert [geometry["id"] for geometry in geometries] == list(departments())
    for geometry in geometries:
        assert geometry["properties"] == {"code": geometry["id"], "name": departments()[geometry["id"]]}


def test_exterior_rings_are_clockwise_and_holes_are_not(rings):
    for code, several in rings.items():
        for exterior, *holes in several:
            assert not shapely.LinearRing(exterior).is_ccw, code
            assert all(shapely.LinearRing(hole).is_ccw for hole in holes), code


def test_every_outline_is_valid_and_its_borders_are_shared(topology, rings):
    for code, several in rings.items():
        assert shapely.MultiPolygon([(exterior, holes) for exterior, *holes in several]).is_valid, code
    used: dict[int, int] = {}
    for geometry in topology["objects"]["departements"]["geometries"]:
        for number in arc_numbers(geometry["arcs"]):
            arc = number if number >= 0 else ~number
            used[arc] = used.get(arc, 0) + 1
    assert set(used) == set(range(len(topology["arcs"])))
    assert max(used.values()) == 2
    assert sum(times == 2 for times in used.values()) > 200


def arc_numbers(arcs: Any) -> list[int]:
    return [arcs] if isinstance(arcs, int) else [number for part in arcs for number in arc_numbers(part)]


def test_every_commune_stands_inside_its_department_as_drawn(rings, communes):
    by_department: dict[str, list[Point]] = {}
    for row in communes:
        by_department.setdefault(row["department"], []).append((float(row["longitude"]), float(row["latitude"])))
    assert set(by_department) == set(departments())
    for code, points in by_department.items():
        outline = shapely.MultiPolygon([(exterior, holes) for exterior, *holes in rings[code]])
        assert shapely.contains_xy(outline, points).all(), code


def test_communes_have_a_code_of_their_department_and_a_postal_code(communes):
    codes = [row["insee"] for row in communes]
    assert codes == sorted(set(codes))
    for row in communes:
        assert row["insee"].startswith(row["department"])
        assert len(row["insee"]) == len(row["postal_code"]) == 5
        assert row["postal_code"].isdigit()
        assert row["name"]
        assert int(row["population"]) > 0


def test_paris_is_its_twenty_districts(communes):
    paris = [row["insee"] for row in communes if row["department"] == "75"]
    assert paris == [str(75100 + district) for district in range(1, 21)]


def test_the_label_of_each_departement_stands_inside_it(rings):
    assert set(label_points()) == set(territories())
    for code, point in label_points().items():
        outline = shapely.MultiPolygon([(exterior, holes) for exterior, *holes in rings[code]])
        assert shapely.contains_xy(outline, *point), code


def test_each_departement_is_of_one_region_and_a_collectivity_of_none():
    assert sorted(code for codes in REGIONS.values() for code in codes) == list(departments())
    assert {region_of(code) for code in ("75", "77", "95")} == {"11"}
    assert (region_of("2A"), region_of("974"), region_of("975"), region_of("")) == ("94", "04", "", "")
