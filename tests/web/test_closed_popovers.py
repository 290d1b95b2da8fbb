"""A press that follows the closing of a popover at once, with the values of its fields, which are gone already."""

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.attacks.helpers import screen, serving
from tests.region import DOMINIQUE


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("popovers")) as running:
        yield running


def opened(tab, key: str, is_open: bool) -> WidgetState:
    """Return the state of the popover with this key."""
    ids = {message.delta.add_block.id for message in tab.messages if message.delta.add_block.id.endswith(f"-{key}")}
    (popover,) = ids
    return WidgetState(id=popover, bool_value=is_open)


def test_the_next_popover_has_its_fields(server):
    with screen(server, DOMINIQUE) as tab:
        tab.open("departements")
        tab.rerun([opened(tab, "criteria", True)])
        left = WidgetState(id=tab.widget("Type de l'unité"))
        left.string_array_value.data[:] = []
        left.string_array_value.SetInParent()
        tab.rerun([opened(tab, "criteria", False)])
        messages = tab.rerun([opened(tab, "past-popover", True), left])
        assert tab.shows("Les dernières 24 h, heure par heure", messages)


def test_the_instant_of_a_closed_popover_is_not_asked_for(server):
    with screen(server, DOMINIQUE) as tab:
        tab.open("departements")
        drawn = tab.rerun([opened(tab, "past-popover", True)])
        (field,) = [
            message.delta.new_element.date_time_input
            for message in drawn
            if message.delta.new_element.WhichOneof("type") == "date_time_input"
        ]
        left = WidgetState(id=field.id)
        left.string_array_value.data[:] = field.value
        tab.rerun([opened(tab, "past-popover", False)])
        messages = tab.rerun([opened(tab, "criteria", True), left])
        assert tab.shows("Une place pour", messages)
        assert not [message for message in messages if "au=" in message.page_info_changed.query_string]
