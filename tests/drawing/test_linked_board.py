"""The linked view: its specifications compile, name their selections, and draw the state of the units."""

import itertools
import json
import math
from collections import Counter

import pyarrow as pa
import pytest
import vl_convert

from ror.drawing import geography, linked_board, linked_parts, linked_source
from ror.drawing.geography import NearPoint
from ror.drawing.linked_board import Measure, Subject
from ror.model.freshness import median_of_counts
from ror.model.nomenclature import CapacityType
from ror.model.outlines import Outline, builtin, over_builtin
from tests.outline_files import WEST

CODES = ("75", "77", "92")
PARAMS = {"pick_department", "pick_age", "pick_structure", "zoom"}
MELUN = NearPoint(2.66, 48.54, 20)
SUBJECTS = [Subject(CODES), Subject(CODES, CapacityType.BED, Measure.FREE, MELUN), Subject(("971",), None, Measure.OVERDUE)]


def unit(**values):
    row = {
        "finess": "990770001",
        "structure": "Hôpital fictif",
        "commune": "Melun",
        "department": "77",
        "capacity_type": "01",
        "needs": "medecine",
        "rank": 1,
        "available": 2,
        "installed": 20,
        "overdue": False,
        "before": None,
        "latitude": 48.54,
        "longitude": 2.66,
    }
    return row | values


def units(*rows):
    schema = pa.schema(
        [
            *((name, pa.string()) for name in ("finess", "structure", "commune", "department", "capacity_type", "needs")),
            *((name, pa.int32()) for name in ("rank", "available", "installed", "before")),
            ("overdue", pa.bool_()),
            *((name, pa.float64()) for name in ("latitude", "longitude")),
        ]
    )
    return pa.Table.from_pylist([unit(**row) for row in rows], schema)


def test_the_bytes_of_the_source_depend_on_its_values_alone():
    rows = units({}, {"rank": None, "available": None, "installed": None, "latitude": None, "longitude": None})
    left_in_memory = pa.array([1, 21], pa.int32())
    validity, _ = rows["rank"].combine_chunks().buffers()
    garbage = pa.Array.from_buffers(pa.int32(), 2, [validity, left_in_memory.buffers()[1]])
    other = rows.set_column(rows.schema.get_field_index("rank"), "rank", garbage)
    assert other["rank"].to_pylist() == rows["rank"].to_pylist() == [1, None]
    drawn_twice = [linked_source.source(one) for one in (rows, other)]
    assert drawn_twice[0]["rank"].to_pylist() == [1, None]
    first, second = ([buffer.to_pybytes() for one in table.columns for buffer in _buffers(one)] for table in drawn_twice)
    assert first == second


def _buffers(column):
    return [buffer for chunk in column.chunks for buffer in chunk.buffers() if buffer is not None]


def drawn(spec, rows, codes=CODES):
    """Return the texts of the picture that a specification draws with its outlines and these units."""
    plane = json.loads(geography.plane_json(codes))

    def inlined(part):
        if isinstance(part, list):
            return [inlined(item) for item in part]
        if not isinstance(part, dict):
            return part
        if "url" in part:
            return {"values": plane[part["format"]["property"]]}
        return {key: inlined(value) for key, value in part.items()}

    whole = inlined(spec)
    whole["datasets"]["source"] = linked_source.source(units(*rows)).to_pylist()
    picture = vl_convert.vegalite_to_svg(json.loads(json.dumps(whole)), allowed_base_urls=[])
    return [part.partition("</text>")[0].rpartition(">")[2].replace("\u00a0", " ") for part in picture.split("<text")[1:]]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_wide_view_has_every_selection_and_the_narrow_one_has_no_needs(subject):
    for draw, params in ((linked_board.wide, PARAMS | {"pick_need"}), (linked_board.narrow, PARAMS)):
        spec = draw(subject)
        assert {param["name"] for param in spec["params"]} == params
        views = set(itertools.chain.from_iterable(param["views"] for param in spec["params"]))
        assert all(f'"name": "{name}"' in json.dumps(spec) for name in views)
        signals = {signal["name"] for signal in vl_convert.vegalite_to_vega(spec)["signals"]}
        assert params <= signals


def test_a_specification_is_built_once_and_has_no_unit_and_no_outline():
    spec = linked_board.wide(Subject(CODES))
    assert spec["concat"] is linked_board.wide(Subject(CODES))["concat"]
    assert geography.address(CODES) in json.dumps(spec)
    assert "source" not in spec["datasets"]
    assert spec["usermeta"]["embedOptions"]["renderer"] == "canvas"


@pytest.mark.parametrize("draw", [linked_board.wide, linked_board.narrow])
def test_a_point_is_framed_marked_and_ringed_in_the_specification_that_was_built_without_it(draw):
    whole, near = (json.dumps(draw(Subject(CODES, near=point))) for point in (None, MELUN))
    size = (620, 320) if draw is linked_board.wide else (linked_board.NARROW_WIDTH, linked_board.NARROW_HEIGHT)
    frames = geography.frame(CODES, *size), geography.frame_near(MELUN, *size)
    for text, frame, other in ((whole, *frames), (near, *frames[::-1])):
        for part in (json.dumps([frame.left, frame.right]), json.dumps([frame.bottom, frame.top])):
            assert part in text
        for part in (json.dumps([other.left, other.right]), json.dumps([other.bottom, other.top])):
            assert part not in text
    near = draw(Subject(CODES, near=MELUN))["datasets"]["near"]
    assert [point["x"] for point in near if point["centre"]] == [2.66]
    assert draw(Subject(CODES))["datasets"]["near"] == []


def test_a_radius_wider_than_the_region_leaves_the_map_that_of_the_region():
    frame = geography.frame(CODES, 620, 320)
    text = json.dumps(linked_board.wide(Subject(CODES, near=MELUN._replace(radius_km=300))))
    assert json.dumps([frame.left, frame.right]) in text
    assert '"centre": true' in text


def test_rows_give_free_and_installed_of_beds_and_of_places_apart():
    rows = [{}, {"available": 3, "installed": 1200}, {"capacity_type": "02", "available": 7, "installed": 9}]
    texts = drawn(linked_board.wide(Subject(CODES)), rows)
    assert texts.count("5/1 220 L") == 2  # the row of the département, and that of the need
    assert texts.count("7/9 P") == 2


def test_a_row_without_a_declared_number_has_a_dash_for_it():
    texts = drawn(linked_board.wide(Subject(CODES)), [{"available": None, "rank": 5, "installed": 34}])
    assert texts.count("—/34 L") == 2
    assert not [text for text in texts if "NaN" in text]


def test_only_the_type_that_the_filters_choose_has_a_bar():
    rows = [{}, {"capacity_type": "02", "available": 7, "installed": 9}]
    texts = drawn(linked_board.wide(Subject(CODES, CapacityType.PLACE)), rows)
    assert "7/9 P" in texts
    assert not [text for text in texts if text.endswith(" L")]


def test_a_unit_of_two_needs_is_counted_in_each_and_a_closed_one_nowhere():
    rows = [{"needs": "medecine|geriatrie"}, {"rank": None, "available": 0, "installed": 50}]
    texts = drawn(linked_board.wide(Subject(CODES)), rows)
    assert texts.count("2/20 L") == 3
    assert {"Médecine", "Gériatrie"} <= set(texts)


def test_the_legend_of_ages_counts_the_open_units():
    texts = drawn(linked_board.wide(Subject(CODES)), [{}, {}, {"rank": 3}, {"rank": None}])
    legend = dict.fromkeys(
        ["● moins d'1 h", "■ moins de 24 h", "▲ moins de 7 jours", "✕ plus de 7 jours", "○ jamais renseigné"]
    )
    assert [text for text in texts if text in legend] == list(legend)
    assert Counter(text for text in texts if text in ("1", "2")) == {"1": 1, "2": 1}


def test_every_departement_keeps_its_row_with_a_unit_or_without():
    assert {"75 Paris", "77 Seine-et-Marne", "92 Hauts-de-Seine"} <= set(drawn(linked_board.wide(Subject(CODES)), [{}]))


@pytest.mark.parametrize("measure", [Measure.FREE, Measure.UP_TO_DATE, Measure.OVERDUE])
def test_a_measure_has_a_legend_of_its_own_in_none_of_the_colours_of_the_ages(measure):
    rows = [{}, {"department": "75", "available": 10, "overdue": True}]
    texts = drawn(linked_board.wide(Subject(CODES, None, measure)), rows)
    titles = {
        Measure.FREE: "Disponibles sur installés",
        Measure.UP_TO_DATE: "Unités à jour",
        Measure.OVERDUE: "Unités en retard",
    }
    assert titles[measure] in texts


def test_the_part_that_is_free_is_of_beds_or_of_places_and_never_of_their_sum():
    rows = [{"available": 5, "installed": 20}, {"capacity_type": "02", "available": 90, "installed": 100}]
    rows += [{"department": "75", "available": 1, "installed": 10}, {"department": "75", "capacity_type": "02", "installed": 5}]
    texts = drawn(linked_board.wide(Subject(CODES, None, Measure.FREE)), rows)
    assert {"90%", "10%"} <= set(texts)


def test_the_change_since_yesterday_is_of_beds_or_of_places_and_counts_a_unit_that_closed():
    rows = [{"available": 5, "before": 3}, {"capacity_type": "02", "available": 9, "before": 1, "installed": 3}]
    rows += [{"department": "75", "available": 0, "rank": None, "before": 4}, {"department": "75", "available": 7}]
    texts = drawn(linked_board.wide(Subject(CODES, None, Measure.CHANGE)), rows)
    assert {"De plus qu'il y a 24 h", "−4", "+2"} <= set(texts)


@pytest.mark.parametrize("counts", [(0, 0, 0, 0, 0), (1, 0, 0, 1, 0), (1, 1, 0, 0, 0), (0, 2, 1, 0, 4), (0, 0, 0, 0, 3)])
def test_the_band_of_a_structure_is_that_of_its_median_unit(counts):
    row = {f"band_{rank}": count for rank, count in enumerate(counts)}
    values = [{**row, "one": 1}]
    spec = {
        "data": {"values": values},
        "transform": [{"calculate": f"toString({linked_parts.median_rank()})", "as": "rank"}],
        "mark": "text",
        "encoding": {"text": {"field": "rank"}},
    }
    picture = vl_convert.vegalite_to_svg(spec)
    rank = median_of_counts(counts)
    assert f">{'null' if rank is None else rank}</text>" in picture


def test_the_source_has_a_row_for_each_unit_and_sums_of_a_country(monkeypatch):
    table = units({}, {"latitude": None, "longitude": None}, {"department": "75", "available": 5})
    rows = linked_source.source(table).to_pylist()
    assert [(row["available"], row["units"], row["overdue"]) for row in rows] == [(2, 1, 0), (2, 1, 0), (5, 1, 0)]
    assert [row["x"] is None for row in rows] == [False, True, False]
    assert rows[0]["y"] == pytest.approx(geography.mercator(2.66, 48.54)[1], abs=1e-4)
    monkeypatch.setattr(linked_source, "MAX_UNITS", 2)
    sums = linked_source.source(table)
    assert sums.schema == linked_source.SCHEMA
    assert {(row["department"], row["available"], row["units"], row["x"]) for row in sums.to_pylist()} == {
        ("77", 4, 2, None),
        ("75", 5, 1, None),
    }


def test_the_frame_has_the_proportions_of_the_map_and_holds_the_departements():
    frame = geography.frame(CODES, 620, 320)
    assert (frame.right - frame.left) / 620 == pytest.approx((frame.top - frame.bottom) / 320)
    points = [geography.mercator(*point) for rings in builtin().rings(CODES).values() for ring in rings for point in ring]
    assert all(frame.left < x < frame.right and frame.bottom < y < frame.top for x, y in points)


def test_the_frame_of_a_country_is_that_of_the_mainland():
    assert geography.frame(("75", "971"), 620, 320) == geography.frame(("75",), 620, 320)


def test_the_circle_around_a_point_has_its_radius():
    east = max(geography.circle(MELUN))
    assert (east[0] - 2.66) * math.cos(math.radians(48.54)) * geography.KM_PER_DEGREE == pytest.approx(20, rel=0.01)


def test_the_names_of_prefectures_come_first_and_two_that_show_at_once_do_not_overlap():
    names = json.loads(geography.plane_json(CODES))["names"]
    assert [name["name"] for name in names if name["prefecture"]] == ["Paris", "Melun", "Nanterre"]
    scale = 200
    shown = [name for name in names if name["scale"] <= scale]
    for first, second in itertools.combinations(shown, 2):
        apart = abs(first["x"] - second["x"]) * scale, abs(first["y"] - second["y"]) * scale
        assert apart[0] >= geography.LABEL[0] * 0.99 or apart[1] >= geography.LABEL[1] * 0.99


def test_an_unknown_departement_has_no_outline_and_no_name():
    assert json.loads(geography.plane_json(("<script>",))) == {"outlines": [], "names": []}


def test_imported_outlines_are_drawn_from_an_address_of_their_own():
    known = over_builtin("one", [Outline("92", "Hauts-de-Seine", [[[WEST]]])])
    assert geography.address(CODES, known.version) != geography.address(CODES) == geography.address(CODES, builtin().version)
    for draw in (linked_board.wide, linked_board.narrow):
        assert geography.address(CODES, known.version) in json.dumps(draw(Subject(CODES, version=known.version)))
    drawn_rings = {one["department"]: one for one in json.loads(geography.plane_json(CODES, known))["outlines"]}
    assert drawn_rings["92"]["x"] == [[round(x, 4) for x, _ in WEST]]
    rough = {one["department"]: one for one in json.loads(geography.plane_json(CODES))["outlines"]}
    assert (drawn_rings["77"], drawn_rings["92"] == rough["92"]) == (rough["77"], False)
