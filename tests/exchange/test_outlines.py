"""Files of outlines: what is read, detected and refused, and what a simplified outline keeps."""

import json
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from ror.errors import BadFile
from ror.exchange import outline_features
from ror.exchange.outlines import TOLERANCES, distances_km, read_outlines, simplified
from ror.model.outlines import OutlineKind, Outlines, builtin
from tests.examples import outcome, slow_examples
from tests.outline_files import BORDER, EAST, NEUILLY, NORTH, SOUTH, WEST, feature, geojson, written

CLICHY = [(2.29, 48.89), (2.32, 48.89), (2.32, 48.92), (2.29, 48.92), (2.29, 48.89)]


def read(tmp_path, content):
    return read_outlines(written(tmp_path, content))


def codes(file):
    return [(territory.code, territory.name) for territory in file.territories]


def test_departements_are_read_with_their_names_and_points(tmp_path):
    file = read(tmp_path, geojson())
    assert (file.kind, file.passed_over) == (OutlineKind.DEPARTMENT, [])
    assert codes(file) == [("75", "Paris"), ("92", "Hauts-de-Seine")]
    assert [territory.vertices for territory in file.territories] == [len(EAST), len(WEST)]


@pytest.mark.parametrize(
    "properties",
    [
        {"code": "92", "nom": "Hauts-de-Seine"},
        {"INSEE_DEP": "92", "NOM": "HAUTS-DE-SEINE", "INSEE_REG": "11"},
        {"insee_dep": "92"},
        {"code_insee": "92", "nom_officiel": "Hauts-de-Seine", "code_insee_de_la_region": "11"},
        {"CODE": 92},
    ],
)
def test_the_code_of_a_departement_is_found_under_its_usual_names(tmp_path, properties):
    assert codes(read(tmp_path, geojson(feature(properties, WEST)))) == [("92", "Hauts-de-Seine")]


def test_the_code_may_be_the_id_of_the_feature(tmp_path):
    assert codes(read(tmp_path, geojson(feature({}, WEST, id="92")))) == [("92", "Hauts-de-Seine")]


@pytest.mark.parametrize(
    "properties",
    [
        {"INSEE_COM": "92024", "NOM": "Clichy", "INSEE_DEP": "92"},
        {"code": "92024", "nom": "Clichy"},
        {"code_insee": "92024", "nom_officiel": "Clichy", "code_insee_du_departement": "92"},
    ],
)
def test_a_commune_is_told_by_its_code_even_beside_that_of_its_departement(tmp_path, properties):
    file = read(tmp_path, geojson(feature(properties, CLICHY)))
    assert (file.kind, codes(file)) == (OutlineKind.COMMUNE, [("92024", "Clichy")])


def test_what_has_no_code_of_ours_is_passed_over_and_named(tmp_path):
    lake = feature({"nom": "Lac"}, CLICHY)
    assert read(tmp_path, geojson(lake, feature({"code": "92"}, WEST))).passed_over == ["Lac"]


def test_the_parts_of_a_departement_are_joined(tmp_path):
    halves = [feature({"code": code}, ring) for code, ring in (("69D", LYON_WEST), ("69M", LYON_EAST))]
    (rhone,) = read(tmp_path, geojson(*halves)).territories
    assert (rhone.code, rhone.name) == ("69", "Rhône")
    assert rhone.geometry.equals(shapely.box(4.2, 45.4, 5.2, 46.4))


NOT_A_NUMBER = b"""{"type": "Topology", "arcs": [[[NaN, 1], [2, 3], [2, 1], [NaN, 1]]],
    "objects": {"a": {"type": "Polygon", "arcs": [[0]]}}}"""
LYON_WEST = [(4.2, 45.4), (4.7, 45.4), (4.7, 46.4), (4.2, 46.4), (4.2, 45.4)]
LYON_EAST = [(4.7, 45.4), (5.2, 45.4), (5.2, 46.4), (4.7, 46.4), (4.7, 45.4)]


def topojson(quantised):
    """Return the two départements with the border as one arc of both."""
    border, west, east = BORDER, [BORDER[-1], *WEST[len(BORDER) :]], [BORDER[0], *EAST[len(BORDER) :]]
    arcs = [border, west, east]
    shapes = [
        {"type": "Polygon", "arcs": [[0, 1]], "properties": {"code": "92"}},
        {"type": "MultiPolygon", "arcs": [[[-1, 2]]], "properties": {"code": "75"}},
    ]
    topology = {"type": "Topology", "objects": {"a": {"type": "GeometryCollection", "geometries": shapes}}, "arcs": arcs}
    if quantised:
        topology["transform"] = {"scale": [1e-5, 1e-5], "translate": [2, 48]}
        topology["arcs"] = [steps([(round((x - 2) * 1e5), round((y - 48) * 1e5)) for x, y in arc]) for arc in arcs]
    return json.dumps(topology).encode()


def steps(points):
    return [points[0]] + [(x2 - x1, y2 - y1) for (x1, y1), (x2, y2) in pairwise(points)]


@pytest.mark.parametrize("quantised", [False, True])
def test_topojson_gives_the_same_outlines(tmp_path, quantised):
    plain, topology = read(tmp_path, geojson()), read(tmp_path, topojson(quantised))
    assert codes(topology) == codes(plain)
    for territory, same_territory in zip(plain.territories, topology.territories, strict=True):
        assert territory.geometry.symmetric_difference(same_territory.geometry).area < 1e-9


def test_altitudes_a_byte_order_mark_and_either_way_round_are_read(tmp_path):
    high = [(x, y, 35.0) for x, y in WEST[::-1]]
    file = read(tmp_path, b"\xef\xbb\xbf" + geojson(feature({"code": "92"}, high)))
    assert file.territories[0].vertices == len(WEST)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (geojson(feature({"code": "92"}, [(x * 10**5, y * 10**5) for x, y in WEST])), "n'est pas en degrés"),
        (geojson(feature({"code": "92"}, [(y, x) for x, y in WEST])), "n'est pas à la place de Hauts-de-Seine"),
        (geojson(feature({"code": "11", "nom": "Île-de-France"}, WEST)), "n'est pas à la place de Aude"),
        (geojson(feature({"code": "2A004"}, CLICHY), feature({"code": "92"}, WEST)), "mêle"),
        (geojson(feature({"code": "06088", "nom": "Nice"}, CLICHY)), "n'est pas à la place de Nice"),
        (geojson(feature({"nom": "Nulle part"}, WEST)), "aucun contour"),
        (b'{"type": "FeatureCollection", "features": []}', "aucun contour"),
        (b'{"type": "Feature", "geometry": null}', "ni une « FeatureCollection »"),
        (b"[]", "ni une « FeatureCollection »"),
        (geojson()[:-40], "abîmé"),
        (b"nom;code\nParis;75\n", "abîmé"),
        (b"", "est vide"),
        (b'{"type": "FeatureCollection", "features": [{"geometry": {"type": "Point", "coordinates": [2, 48]}}]}', "abîmé"),
        (geojson(feature({"code": "92"}, WEST[:2])), "abîmé"),
        (geojson(feature({"code": "92"})), "abîmé"),
        (geojson(feature({"code": "92"}, [("2.1", "48.8")] * 5)), "abîmé"),
        (b'{"type": "FeatureCollection", "features": [null]}', "aucun contour"),
        (b'{"type": "Topology", "arcs": [], "objects": {"a": {"type": "Polygon", "arcs": [[7]]}}}', "abîmé"),
        (NOT_A_NUMBER, "abîmé"),
        (b'{"type": "Topology", "objects": ' + b"[" * 100_000, "abîmé"),
        (b'{"type": "FeatureCollection", "features": [{"geometry": ' + b"[" * 100_000, "abîmé"),
    ],
)
def test_another_file_is_refused_with_a_sentence(tmp_path, content, words):
    with pytest.raises(BadFile, match=words):
        read(tmp_path, content)


def test_points_features_and_topologies_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(outline_features, "MAX_POINTS", 500)
    with pytest.raises(BadFile, match="trop de points"):
        read(tmp_path, geojson())
    # A few bytes that name one arc again and again.
    again = json.loads(topojson(quantised=False))
    again["objects"]["a"]["geometries"][0]["arcs"] = [[0, -1] * 1_000]
    with pytest.raises(BadFile, match="trop de points"):
        read(tmp_path, json.dumps(again).encode())
    monkeypatch.setattr(outline_features, "MAX_POINTS", 10**6)
    monkeypatch.setattr(outline_features, "MAX_FEATURES", 1)
    with pytest.raises(BadFile, match="trop de points"):
        read(tmp_path, geojson())
    monkeypatch.setattr(outline_features, "MAX_TOPOLOGY_BYTES", 1_000)
    with pytest.raises(BadFile, match="donnez-le en GeoJSON"):
        read(tmp_path, topojson(quantised=False))
    monkeypatch.setattr(outline_features, "MAX_OUTLINES_BYTES", 1_000)
    with pytest.raises(BadFile, match="dépasse"):
        read(tmp_path, geojson())


def level(outline, number):
    return shapely.MultiPolygon([(exterior, holes) for exterior, *holes in outline.levels[number]])


def test_neighbours_share_their_border_at_every_level(tmp_path):
    east, west = simplified(read(tmp_path, geojson()))
    for number in range(len(TOLERANCES[OutlineKind.DEPARTMENT])):
        one, other = level(east, number), level(west, number)
        assert one.intersection(other).area == 0
        assert one.union(other).area == pytest.approx(shapely.box(2.14, SOUTH, 2.42, NORTH).area)
        ends = [
            {point for ring in outline.levels[number][0] for point in ring if 2.2 < point[0] < 2.4} for outline in (east, west)
        ]
        assert ends[0] == ends[1]
        assert len(ends[0]) >= 2


def test_neighbours_drawn_with_small_gaps_and_overlaps_share_their_border_all_the_same(tmp_path):
    moved = [(round(x + 0.00015 * (-1) ** number, 6), y) for number, (x, y) in enumerate(BORDER)]
    west = feature({"code": "92"}, [*moved, *WEST[len(BORDER) : -1], moved[0]])
    east, west = simplified(read(tmp_path, geojson(west, feature({"code": "75"}, EAST))))
    assert west.vertices[0] < len(WEST) / 2
    for number in range(len(TOLERANCES[OutlineKind.DEPARTMENT])):
        assert shapely.coverage_is_valid(np.array([level(east, number), level(west, number)]))


def test_each_level_has_fewer_points_and_stays_near_the_outline(tmp_path):
    file = read(tmp_path, geojson())
    for territory, outline in zip(file.territories, simplified(file), strict=True):
        assert list(outline.vertices) == sorted(outline.vertices, reverse=True)
        assert outline.vertices[0] < territory.vertices
        assert level(outline, 0).hausdorff_distance(territory.geometry) < 0.01


def test_exterior_rings_are_clockwise_and_holes_are_not(tmp_path):
    hole = [(2.2, 48.8), (2.25, 48.8), (2.25, 48.85), (2.2, 48.85), (2.2, 48.8)]
    for turned in (hole, hole[::-1]):
        (outline,) = simplified(read(tmp_path, geojson(feature({"code": "92"}, WEST, turned))))
        exterior, inner = outline.levels[0][0]
        assert not shapely.LinearRing(exterior).is_ccw
        assert shapely.LinearRing(inner).is_ccw


def test_an_island_too_small_to_be_seen_goes_and_the_largest_part_stays(tmp_path):
    islet = [(2.15, 48.95), (2.152, 48.95), (2.152, 48.952), (2.15, 48.95)]
    shape = feature({"code": "92"}, WEST)
    shape["geometry"] = {"type": "MultiPolygon", "coordinates": [[islet], [WEST]]}
    (outline,) = simplified(read(tmp_path, geojson(shape)))
    assert [len(polygons) for polygons in outline.levels][:5] == [2, 2, 1, 1, 1]


def test_a_crossed_outline_is_mended(tmp_path):
    bow = [(2.15, 48.8), (2.28, 48.92), (2.28, 48.8), (2.15, 48.92), (2.15, 48.8)]
    (territory,) = read(tmp_path, geojson(feature({"code": "92"}, bow))).territories
    assert territory.geometry.is_valid


def test_the_distance_outside_is_in_kilometres_and_0_inside(tmp_path):
    (west,) = read(tmp_path, geojson(feature({"code": "92"}, WEST))).territories
    inside, north = distances_km(west, [NEUILLY, (2.2, NORTH + 0.1)])
    assert inside == 0
    assert north == pytest.approx(11.12, abs=0.02)
    assert distances_km(west, []) == []


def test_a_map_takes_the_most_detailed_level_that_is_light_enough(tmp_path):
    outlines = {outline.code: outline for outline in simplified(read(tmp_path, geojson()))}
    known = Outlines("version", outlines)
    vertices = [sum(outline.vertices[number] for outline in outlines.values()) for number in range(5)]
    assert known.shapes(["75", "92", "999"], vertices[0])["92"] == outlines["92"].levels[0]
    assert known.shapes(["75", "92"], vertices[0] - 1)["92"] == outlines["92"].levels[1]
    assert known.shapes(["92"], 0)["92"] == outlines["92"].levels[-1]
    assert known.shapes([]) == {}
    # An outline of a single level may be drawn beside the others.
    mixed = Outlines("version", {**outlines, "77": builtin().by_code["77"]})
    assert set(mixed.shapes(["77", "92"], 0)) == {"77", "92"}


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(["type", "arcs", "code", "coordinates"]), inner)
    ),
    max_leaves=20,
)
numbers = st.floats(-200, 200) | st.integers(-100, 100)
wild_rings = st.lists(st.lists(numbers, min_size=2, max_size=3), max_size=8) | json_values
coordinates = st.lists(wild_rings, max_size=3) | st.lists(st.lists(wild_rings, max_size=3), max_size=3)
features = st.fixed_dictionaries(
    {
        "properties": st.fixed_dictionaries({"code": st.sampled_from(["75", "92", "92024", 1, "69D", "x"]) | json_values})
        | json_values,
        "geometry": st.fixed_dictionaries(
            {"type": st.sampled_from(["Polygon", "MultiPolygon", "Point"]), "coordinates": coordinates}
        )
        | json_values,
    }
)
topologies = st.fixed_dictionaries(
    {
        "type": st.just("Topology"),
        "arcs": st.lists(st.lists(st.lists(numbers, min_size=2, max_size=2), max_size=6), max_size=3) | json_values,
        "objects": st.dictionaries(
            st.just("a"),
            st.fixed_dictionaries(
                {
                    "type": st.sampled_from(["Polygon", "MultiPolygon"]),
                    "id": st.sampled_from(["75", "92"]),
                    "arcs": st.lists(st.lists(st.integers(-4, 4), max_size=4), max_size=3) | json_values,
                }
            )
            | json_values,
        ),
    }
)
collections = st.fixed_dictionaries({"type": st.just("FeatureCollection"), "features": st.lists(features, max_size=3)})


def outlines_of(path):
    return simplified(read_outlines(path))


@slow_examples(300)
@given(value=collections | topologies | json_values)
def test_any_json_gives_outlines_or_a_sentence(tmp_path, value):
    outcome(outlines_of, written(tmp_path, json.dumps(value).encode()))


@slow_examples(100)
@given(cut=st.integers(0, 5_000), body=st.binary(max_size=50))
def test_any_bytes_give_outlines_or_a_sentence(tmp_path, cut, body):
    outcome(outlines_of, written(tmp_path, geojson()[:cut] + body))
