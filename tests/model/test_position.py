"""The check of the position of a structure: outline of its département, centre of its commune, islands."""

import csv
import json
from itertools import pairwise, product
from math import cos, hypot, radians

import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely import affinity

from ror.model.commune import communes
from ror.model.outlines import builtin
from ror.model.position import FAR_FROM_COMMUNE_KM, TOLERANCE_KM, commune_centre, inside, position_problem
from ror.model.territory import label_points, territories
from ror.settings import DATA
from tests.model.test_territory import polygons


@pytest.mark.parametrize(
    ("department", "commune", "latitude", "longitude", "reason"),
    [("77", "77288", 48.5457, 2.65356, ""),
     ("77", "77288", 43.287, 5.377, "hors du département Seine-et-Marne (77)"),
     ("77", "", 43.287, 5.377, "hors du département"), ("77", "", 48.96, 2.88, ""),
     ("77", "77288", 48.96, 2.88, "à 49 km de la commune"),
     ("77", "77999", 48.96, 2.88, ""), ("13", "13004", 43.41, 4.73, ""), ("94", "94028", 48.83, 2.36, ""),
     ("94", "94028", 48.88, 2.2, "hors"),
     ("973", "97353", 3.64, -54.03, ""), ("974", "97411", -20.8789, 55.4481, ""), ("974", "97411", 20.8789, 55.4481, "hors")],
)  # fmt: skip
def test_a_position_is_checked_against_departement_and_commune(department, commune, latitude, longitude, reason):
    problem = position_problem(department, commune, latitude, longitude)
    assert reason in problem
    assert bool(reason) == bool(problem)


@pytest.mark.parametrize(
    ("department", "latitude", "longitude"),
    [("56", 47.347, -3.157), ("56", 47.638, -3.45), ("85", 46.72, -2.35), ("29", 48.457, -5.096), ("29", 48.037, -4.85),
     ("17", 46.012, -1.174), ("971", 15.866, -61.58), ("971", 16.303, -61.07), ("971", 15.883, -61.31), ("22", 48.85, -3.0)],
)  # fmt: skip
def test_the_positions_of_the_islands_are_valid(department, latitude, longitude):
    assert position_problem(department, "", latitude, longitude) == ""


@pytest.mark.parametrize(
    ("code", "latitude", "longitude"),
    [("975", 46.7811, -56.1764), ("977", 17.8962, -62.8498), ("978", 18.0675, -63.0825), ("986", -13.2825, -176.1745),
     ("986", -14.297, -178.158), ("987", -17.5334, -149.5667), ("987", -8.91, -140.1),
     ("988", -22.2758, 166.458), ("988", -22.6, 167.48)],
)  # fmt: skip
def test_each_collectivity_has_its_own_ground(code, latitude, longitude):
    assert position_problem(code, "", latitude, longitude) == ""
    assert position_problem(code, "", 48.85, 2.35).startswith(f"La position est hors du département {territories()[code]}")


def test_a_departement_that_does_not_exist_is_not_checked():
    assert position_problem("99", "", 48.85, 2.35) == ""


@pytest.mark.parametrize(
    ("code", "south", "north", "west", "east"), [("987", -28, -7.5, -155, -134), ("988", -23, -17.5, 158, 172.5)]
)
def test_the_tolerance_around_an_archipelago_is_the_same_on_its_four_sides(code, south, north, west, east):
    for kilometres, valid in ((TOLERANCE_KM - 0.1, True), (TOLERANCE_KM + 0.1, False)):
        upright = kilometres / 111.2
        level = upright / cos(radians(-20))
        for latitude, longitude in ((south - upright, east), (north + upright, west), (-20, west - level), (-20, east + level)):
            assert bool(position_problem(code, "", latitude, longitude)) is not valid


def test_the_collectivities_of_the_antilles_are_distinct():
    assert "hors" in position_problem("978", "", 17.8962, -62.8498)
    assert "hors" in position_problem("977", "", 18.0675, -63.0825)
    assert "hors" in position_problem("971", "", 18.0675, -63.0825)


def test_the_label_point_of_a_territory_is_inside_it():
    assert {code: position_problem(code, "", north, east) for code, (east, north) in label_points().items()} == dict.fromkeys(
        territories(), ""
    )


def centre(insee):
    return communes()[insee].latitude, communes()[insee].longitude


def test_every_commune_is_in_its_own_departement():
    with (DATA / "communes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    wrong = [row["insee"] for row in rows if position_problem(row["department"], "", *centre(row["insee"]))]
    assert wrong == []


OUTLINES = polygons(json.loads((DATA / "departements.topo.json").read_text("utf-8")))


def kilometres_outside(code, north, east):
    """Return the distance of a point from a département, by shapely; 0 inside."""
    outline = shapely.MultiPolygon([(exterior, holes) for exterior, *holes in OUTLINES[code]])
    flat = affinity.scale(outline, cos(radians(north)), 1, origin=(east, north))
    return flat.distance(shapely.Point(east, north)) * 111.2


@given(code=st.sampled_from(["75", "77", "2A", "62", "84"]), north=st.floats(41, 51.2), east=st.floats(-1, 9.6))
def test_the_tolerance_is_that_of_an_exact_distance(code, north, east):
    kilometres = kilometres_outside(code, north, east)
    assume(abs(kilometres - TOLERANCE_KM) > 0.01)
    assert bool(position_problem(code, "", north, east)) == (kilometres > TOLERANCE_KM)


@pytest.mark.parametrize("code", ["75", "77", "2A", "62", "84"])
def test_the_tolerance_is_the_same_beside_every_side_of_an_outline(code):
    for (x1, y1), (x2, y2) in list(pairwise(builtin().by_code[code].rings[0]))[::5]:
        narrow = cos(radians(y1))
        level, upright = (x2 - x1) * narrow, y2 - y1
        for share, kilometres in product((0.1, 0.5), (-5.2, -4.8, 4.8, 5.2)):
            aside = kilometres / 111.2 / hypot(level, upright)
            north, east = y1 + share * upright - aside * level, x1 + share * (x2 - x1) + aside * upright / narrow
            exact = kilometres_outside(code, north, east)
            if abs(exact - TOLERANCE_KM) > 0.01:
                assert bool(position_problem(code, "", north, east)) == (exact > TOLERANCE_KM)


@pytest.mark.parametrize("code", ["62", "77", "84"])
def test_the_tolerance_counts_the_kilometres_of_a_degree_of_longitude_at_its_latitude(code):
    east, north = max(point for ring in builtin().by_code[code].rings for point in ring)
    degree = 111.2 * cos(radians(north))
    assert position_problem(code, "", north, east + (TOLERANCE_KM - 0.1) / degree) == ""
    assert "hors" in position_problem(code, "", north, east + (TOLERANCE_KM + 0.1) / degree)


def test_a_corner_of_the_border_is_crossed_once():
    (ring,) = builtin().by_code["75"].rings
    outline = shapely.Polygon(ring)
    for east in (outline.bounds[0] - 0.01, outline.centroid.x):
        for _, north in ring:
            assert inside("75", east, north) == outline.contains(shapely.Point(east, north))


@given(latitude=st.floats(-90, 90), longitude=st.floats(-180, 180), department=st.sampled_from([*territories(), "", "99"]))
def test_any_position_of_the_globe_can_be_checked(latitude, longitude, department):
    assert isinstance(position_problem(department, "77288", latitude, longitude), str)


def test_a_large_commune_is_not_further_than_the_limit():
    salin_de_giraud = 43.41, 4.73
    assert position_problem("13", "13004", *salin_de_giraud) == ""
    assert FAR_FROM_COMMUNE_KM < 40


def test_a_commune_has_a_centre_whole_or_in_districts():
    assert commune_centre("94028") == centre("94028")
    for code, department in (("75056", "75"), ("69123", "69"), ("13055", "13")):
        latitude, longitude = commune_centre(code)
        assert inside(department, longitude, latitude)
    assert commune_centre("94999") is None


def test_the_other_communes_stand_just_beside_their_departement_as_drawn():
    with (DATA / "border-communes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert {"Vincennes", "Montreuil", "Toulon", "Mamoudzou"} <= {row["name"] for row in rows}
    distances = {row["insee"]: kilometres_outside(row["department"], *centre(row["insee"])) for row in rows}
    assert {insee: distance for insee, distance in distances.items() if not 0 < distance < 6} == {}
