"""The bar of the five age bands: parts in proportion, and labels where they have room."""

import re
from urllib.parse import unquote

from ror.settings import settings
from ror.web import legend

COUNTS = (34, 33, 14, 13, 66)
"""Of 160 units on a bar of 160 pixels: a pixel a unit."""


def drawing(counts: tuple[int, ...]) -> str:
    return unquote(legend.bar(counts).partition(",")[2])


def test_each_part_is_as_wide_as_its_share_and_begins_where_the_one_before_ends():
    places = re.findall(r'<rect x="([\d.]+)" y="4" width="([\d.]+)"', drawing(COUNTS))
    assert places == [("0.0", "34.0"), ("34.0", "33.0"), ("67.0", "14.0"), ("81.0", "13.0"), ("94.0", "66.0")]


def test_a_part_has_its_shape_and_count_from_34_pixels_on_its_shape_alone_from_14_on_and_less_nothing():
    shapes = [band.shape for band in settings().age_bands]
    labels = re.findall(r'<text x="([\d.]+)"[^>]*>([^<]*)</text>', drawing(COUNTS))
    assert [label for _, label in labels] == [f"{shapes[0]}34", shapes[1], shapes[2], "", f"{shapes[4]}66"]
    assert [middle for middle, _ in labels] == ["17.0", "50.5", "74.0", "87.5", "127.0"]


def test_no_unit_at_all_draws_an_empty_bar():
    assert set(re.findall(r'width="([\d.]+)" height="18"', drawing((0, 0, 0, 0, 0)))) == {"0.0"}
