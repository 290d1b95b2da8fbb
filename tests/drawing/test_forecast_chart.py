"""The chart of a forecast: bars for the days ahead, axes that have their ends, no colour of the legend."""

import json
from datetime import UTC, datetime

from ror.drawing import forecast_chart
from ror.settings import settings

FIRST, LAST = datetime(2026, 11, 9, 9, tzinfo=UTC), datetime(2026, 11, 25, 21, tzinfo=UTC)


def test_no_chart_has_a_colour_of_the_legend_which_means_age():
    assert not [band.colour for band in settings().age_bands if band.colour in json.dumps(forecast_chart.bands())]


def test_a_band_is_a_bar_from_low_to_high_and_the_number_foreseen_a_tick():
    marks = {layer["mark"]["type"]: layer["encoding"] for layer in forecast_chart.bands()["layer"]}
    assert (marks["bar"]["y"]["field"], marks["bar"]["y2"]["field"]) == ("low", "high")
    assert marks["tick"]["y"]["field"] == "middle"
    assert marks["line"]["y"]["field"] == "value"


def test_every_layer_has_the_same_ends_and_the_chart_that_is_shared_has_none():
    chart = forecast_chart.within(forecast_chart.bands(), FIRST, LAST, 3, 40)
    assert {json.dumps(layer["encoding"]["y"]["scale"]["domain"]) for layer in chart["layer"]} == {"[3, 40]"}
    assert len({json.dumps(layer["encoding"]["x"]["scale"]) for layer in chart["layer"]}) == 1
    assert not [layer for layer in forecast_chart.bands()["layer"] if "scale" in layer["encoding"]["y"]]
