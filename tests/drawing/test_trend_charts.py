"""Charts of trends: axes that small multiples share, and no colour of the legend."""

import json
from datetime import UTC, datetime

import pytest

from ror.drawing import trend_charts
from ror.model.territory import PARIS
from ror.settings import settings


@pytest.mark.parametrize(
    ("largest", "end"), [(0, 1), (-1, 1), (1, 1), (2.1, 3), (9, 10), (11, 15), (463, 500), (1001, 1500), (8001, 10000)]
)
def test_an_axis_ends_at_a_round_number_not_far_above_the_largest(largest, end):
    assert trend_charts.ceiling(largest) == end


def test_no_chart_has_a_colour_of_the_legend_which_means_age():
    specs = [
        trend_charts.days("Lits", 10),
        trend_charts.days("", 100, True),
        trend_charts.hours(PARIS),
        trend_charts.regularity(8),
    ]
    texts = json.dumps(specs)
    assert not [band.colour for band in settings().age_bands if band.colour in texts]


def test_charts_of_one_scale_are_built_once():
    assert trend_charts.days("Lits", 10) is trend_charts.days("Lits", 10)
    domains = [layer["encoding"]["y"]["scale"]["domain"] for layer in trend_charts.days("Lits", 10)["layer"]]
    assert domains == [[0, 10]] * 4


def test_the_axis_of_days_has_its_ends_before_the_rows_come():
    first, last = datetime(2026, 10, 30, 9, 30, tzinfo=UTC), datetime(2026, 11, 29, 9, 30, tzinfo=UTC)
    chart = trend_charts.days("Lits", 10)
    (domain,) = {
        json.dumps(layer["encoding"]["x"]["scale"]["domain"]) for layer in trend_charts.between(chart, first, last)["layer"]
    }
    ends = [(end["year"], end["month"], end["date"], end["hours"], end["minutes"], end["utc"]) for end in json.loads(domain)]
    assert ends == [(2026, 10, 30, 9, 30, True), (2026, 11, 29, 9, 30, True)]
    assert "scale" not in chart["layer"][0]["encoding"]["x"]


def test_every_hour_and_every_day_has_its_place_whether_anybody_declares_then():
    encoding = trend_charts.hours(PARIS)["encoding"]
    assert encoding["x"]["scale"]["domain"] == list(range(24))
    assert len(encoding["y"]["scale"]["domain"]) == 7
