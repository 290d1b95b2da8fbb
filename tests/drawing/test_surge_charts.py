"""Charts of a surge: no colour of the legend, axes that are there before the rows, built once."""

import json
import re

import vl_convert

from ror.drawing import surge_charts
from ror.settings import settings


def test_no_chart_has_a_colour_of_the_legend_which_means_age():
    texts = json.dumps([surge_charts.by_distance("Lits", 50.0, 40.0), surge_charts.by_structure("Ordre", 10.0)])
    assert not [band.colour for band in settings().age_bands if band.colour in texts]


def test_the_axes_have_their_ends_before_the_rows_come():
    layers = surge_charts.by_distance("Lits", 50.0, 40.0)["layer"]
    assert [layer["encoding"]["y"]["scale"]["domain"] for layer in layers] == [[0, 40.0]] * 4
    assert {tuple(layer["encoding"]["x"]["scale"]["domain"]) for layer in layers if "x" in layer["encoding"]} == {(0, 50.0)}
    bars = surge_charts.by_structure("Ordre", 10.0)["layer"]
    assert all(layer["encoding"]["x"]["scale"]["domain"][1] > 10.0 for layer in bars)


def test_structures_stand_in_the_order_in_which_they_fill_not_in_that_of_their_names():
    assert surge_charts.by_structure("Ordre", 10.0)["layer"][0]["encoding"]["y"]["sort"] == {"field": "rank", "op": "min"}


def test_a_chart_is_built_once():
    assert surge_charts.by_structure("Ordre", 10.0) is surge_charts.by_structure("Ordre", 10.0)


def drawn_rows(rank, name, taken, remaining, full):
    states = ((surge_charts.TAKEN, taken), (surge_charts.LEFT, remaining))
    return [{"rank": rank, "name": name, "state": state, "number": number, "full": full} for state, number in states]


def drawn(values):
    return vl_convert.vegalite_to_svg({**surge_charts.by_structure("Ordre", 15.0), "data": {"values": values}})


def test_a_structure_that_is_not_full_has_no_text_at_the_end_of_its_bar():
    svg = drawn([*drawn_rows(1, "Zinnias", 7, 0, "pleine après 7"), *drawn_rows(2, "Acacias", 1, 14, "")])
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    assert "pleine après 7" in texts
    assert "undefined" not in texts
    assert [text for text in texts if text in ("Zinnias", "Acacias")] == ["Zinnias", "Acacias"]


def test_the_patients_placed_begin_the_bar_before_what_is_left():
    svg = drawn(drawn_rows(1, "Acacias", 1, 14, ""))
    bars = re.findall(r'<path d="M([\d.]+),1h[^"]*" fill="([^"]*)"', svg)
    assert [colour for _, colour in sorted(bars, key=lambda bar: float(bar[0]))] == [surge_charts.INK, surge_charts.RANGE]
