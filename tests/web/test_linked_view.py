"""What is chosen in the linked view, as the browser sends it and in the words of the screens."""

import pytest

from ror.drawing import linked_board
from ror.drawing.linked_board import Subject
from ror.web.linked_view import LinkedSelection, _selection, _started

VL_POINTS = {
    "pick_department": [{"department": "77"}, {"department": "75"}],
    "pick_need": {},
    "zoom": {"x": [1, 2], "y": [3, 4]},
}


def test_values_are_read_in_order_and_the_zoom_is_none_of_them():
    assert _selection(VL_POINTS) == LinkedSelection(departments=("75", "77"))
    assert _selection({"pick_age": [{"rank": 0}], "pick_structure": [{"finess": "990770001"}]}) == LinkedSelection(
        ranks=(0,), structure="990770001"
    )


@pytest.mark.parametrize(
    "sent", [{}, {"pick_department": {}}, {"pick_department": []}, {"pick_department": [{}, "x", {"department": None}]}]
)
def test_nothing_chosen_is_empty_in_every_way_that_a_browser_may_send_it(sent):
    assert _selection(sent) == LinkedSelection()
    assert _selection(sent).is_empty


def test_what_has_not_changed_since_the_view_was_drawn_is_as_at_its_start():
    start = LinkedSelection(("94",), ranks=(1,))
    assert _selection({"zoom": {"x": [1, 2]}}, start) == start
    assert _selection({"pick_department": {}}, start) == LinkedSelection(ranks=(1,))
    assert _selection({"pick_age": [{"rank": 0}]}, start) == LinkedSelection(("94",), ranks=(0,))


def test_a_selection_is_said_in_the_words_of_the_screen():
    assert LinkedSelection(("77",), ("geriatrie", "unknown"), (1,)).words == "Seine-et-Marne · Gériatrie · moins de 24 h"


def test_a_specification_begins_with_what_was_chosen():
    spec = linked_board.narrow(Subject(("77",)))
    assert _started(spec, LinkedSelection()) is spec
    params = {param["name"]: param.get("value") for param in _started(spec, LinkedSelection(("77",), (), (0,)))["params"]}
    assert params == {
        "pick_department": [{"department": "77"}],
        "pick_age": [{"rank": 0}],
        "pick_structure": None,
        "zoom": None,
    }
    assert all("value" not in param for param in spec["params"])
