"""Sparklines: the least and the greatest numbers touch the edges, a missing day cuts the line."""

from urllib.parse import unquote

from ror.drawing import sparkline


def path(series):
    return unquote(sparkline.image(series)).partition(' d="')[2].partition('"')[0]


def test_the_least_number_is_at_the_bottom_and_the_greatest_at_the_top():
    assert path([10, 30, 20]) == "M3.0,23.0L36.0,3.0L69.0,13.0"


def test_a_day_without_a_number_cuts_the_line():
    assert path([1, None, 2, 3]).count("M") == 2


def test_a_constant_series_is_a_line_in_the_middle():
    assert path([5, 5]) == "M3.0,13.0L69.0,13.0"


def test_no_number_is_no_picture():
    assert sparkline.image([None, None]) == sparkline.image([]) == ""
