import csv
import json
from typing import Any

import pytest
import shapely

from ror.model.territory import INNER_PARIS, departments, label_points
from ror.settings import DATA

Point = tuple[float, float]


def polygons(topology: dict[str, Any]) -> dict[str, list[list[list[Point]]]]:
    """Rings of each département as (longitude, latitude), by code."""
    (kx, ky), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs: list[list[Point]] = []
    for arc in topology["arcs"]:
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

    found = {}
    for geometry in topology["objects"]["departements"]["geometries"]:
        several = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        found[geometry["id"]] = [[ring(numbers) for numbers in polygon] for polygon in several]
    return found


@pytest.fixture(scope="module")
def topology() -> dict[str, Any]:
    return json.loads((DATA / "departements.topo.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def rings(topology):
    return polygons(topology)


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
    assert set(INNER_PARIS) <= set(codes)


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
        assert int(row["population"]) >= 0


def test_paris_is_its_twenty_districts(communes):
    paris = [row["insee"] for row in communes if row["department"] == "75"]
    assert paris == [str(75100 + district) for district in range(1, 21)]


def test_the_label_of_each_departement_stands_inside_it(rings):
    assert set(label_points()) == set(departments())
    for code, point in label_points().items():
        outline = shapely.MultiPolygon([(exterior, holes) for exterior, *holes in rings[code]])
        assert shapely.contains_xy(outline, *point), code
