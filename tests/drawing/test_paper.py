"""Pictures for paper: drawn without a browser and without a network."""

import io
from contextlib import ExitStack

import pytest
from PIL import Image

from ror.drawing import charts, maps, paper
from ror.errors import Busy
from ror.settings import settings

BARS = [
    {"structure": "Hôpital fictif de l'Été", "rank": 0, "available": 4},
    {"structure": "Hôpital fictif de l'Été", "rank": 3, "available": 2},
    {"structure": "Clinique fictive", "rank": 1, "available": 3},
]
POINT = {"finess": "1", "structure": "S", "commune": "C", "rank": 2, "beds": 3, "places": 0}
POINT |= {"longitude": 2.45, "latitude": 48.78}


def picture(*drawing) -> bytes:
    (picture,) = paper.pictures([paper.Drawing(*drawing)])
    return picture


def colours(picture: bytes) -> set[str]:
    """Return the colours that more than 100 pixels have."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    counted = image.getcolors(maxcolors=image.width * image.height)
    return {"#{:02x}{:02x}{:02x}".format(*colour) for number, colour in counted if number > 100}


def has_point(picture: bytes, rank: int | None) -> bool:
    """Return whether the map has a point of this band, or of a closed unit; a point lets a tenth of the ground through."""
    ground, colour = "#eef1f4", charts.CLOSED_MARK if rank is None else settings().age_bands[rank].colour
    mixed = [0.9 * int(colour[at : at + 2], 16) + 0.1 * int(ground[at : at + 2], 16) for at in (1, 3, 5)]
    triples = [[int(triple[at : at + 2], 16) for at in (1, 3, 5)] for triple in colours(picture)]
    return any(all(abs(a - b) <= 2 for a, b in zip(triple, mixed, strict=True)) for triple in triples)


def test_bars_have_the_colours_of_the_legend():
    drawn = colours(picture(charts.places_by_structure("Lits"), BARS, 330))
    bands = settings().age_bands
    assert {bands[0].colour, bands[3].colour, bands[1].colour} <= drawn
    assert bands[2].colour not in drawn


def test_a_map_holds_the_outline_and_the_points():
    drawn = picture(maps.structures(("94",), 420), [POINT], 440)
    assert "#eef1f4" in colours(drawn)
    assert has_point(drawn, 2)


@pytest.mark.parametrize("rank", [0, 1, 2, 3, 4, None])
def test_every_band_and_a_closed_unit_are_visible_on_the_map(rank):
    assert has_point(picture(maps.structures(("94",), 420), [POINT | {"rank": rank}], 440), rank)


def test_a_structure_without_a_position_is_not_on_the_map():
    nowhere = POINT | {"longitude": None, "latitude": None}
    assert not has_point(picture(maps.structures(("94",), 420), [nowhere], 440), 2)


def test_structures_of_the_same_name_have_a_bar_each():
    twins = [{"finess": str(n), "structure": "Les Tilleuls", "rank": 0, "available": 4} for n in (1, 2)]
    apart = [one | {"structure": f"Les Tilleuls {one['finess']}"} for one in twins]
    same, two = (picture(charts.places_by_structure("Lits", True), rows, 200) for rows in (twins, apart))
    assert Image.open(io.BytesIO(same)).height == Image.open(io.BytesIO(two)).height


def test_a_point_grows_with_the_larger_of_two_numbers_that_are_never_added():
    def area(**numbers):
        drawn = [POINT | numbers, POINT | {"longitude": 2.4, "rank": 0, "beds": 9}]
        image = Image.open(io.BytesIO(picture(maps.structures(("94",), 420), drawn, 440))).convert("RGB")
        return sum(count for count, colour in image.getcolors(maxcolors=10**7) if colour[2] < 60 < colour[0])

    assert area(beds=3, places=0) == area(beds=3, places=3) < area(beds=6, places=0)


def test_one_request_more_than_may_wait_is_refused_as_busy():
    drawing = paper.Drawing(charts.places_by_structure("Lits"), BARS, 100)
    with ExitStack() as held:
        while paper.REQUEST_SLOTS.acquire(blocking=False):
            held.callback(paper.REQUEST_SLOTS.release)
        with pytest.raises(Busy, match="réessayez"):
            paper.pictures([drawing])
    assert len(paper.pictures([drawing])) == 1


def test_a_drawing_that_fails_leaves_its_place_to_others():
    for _ in range(5):
        with pytest.raises(paper.DrawingFailed):
            picture({"mark": "none such"}, [], 10)


def test_no_network_is_used():
    elsewhere = {"data": {"url": "https://ailleurs.example/a.json"}, "mark": "bar"}
    with pytest.raises(paper.DrawingFailed, match="ailleurs"):
        picture({"layer": [elsewhere]}, [], 10)


def test_pictures_come_in_the_order_of_their_drawings_and_none_for_none():
    small, large = (paper.Drawing(charts.places_by_structure("Lits"), BARS, width) for width in (100, 300))
    widths = [Image.open(io.BytesIO(picture)).width for picture in paper.pictures([small, large, small])]
    assert widths[0] == widths[2] < widths[1]
    assert paper.pictures([]) == []


@pytest.mark.parametrize("marked", [False, True])
def test_shapes_stand_in_the_bars_of_paper(marked):
    wide = [{"structure": "S", "rank": 1, "available": 4}]
    drawn = colours(picture(charts.places_by_structure("", marked), wide, 300))
    assert ("#000000" in drawn) == marked
