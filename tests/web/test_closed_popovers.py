"""A press right after a popover was closed: the browser still sends the values of its fields, which are no longer drawn."""

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.attacks.helpers import screen, serving
from tests.region import DOMINIQUE


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("popovers")) as running:
        yield running


def popover_state(tab, key: str, is_open: bool) -> WidgetState:
    """Return the widget state that opens or closes the popover with this key."""
    ids = {message.delta.add_block.id for message in tab.messages if message.delta.add_block.id.endswith(f"-{key}")}
    (popover,) = ids
    return WidgetState(id=popover, bool_value=is_open)


def test_the_next_popover_has_its_fields(server):
    with screen(server, DOMINIQUE) as tab:
        tab.open("departements")
        tab.rerun([popover_state(tab, "criteria", True)])
        stale_field = WidgetState(id=tab.widget("Type de l'unité"))
        stale_field.string_array_value.data[:] = []
        stale_field.string_array_value.SetInParent()
        tab.rerun([popover_state(tab, "criteria", False)])
        messages = tab.rerun([popover_state(tab, "past-popover", True), stale_field])
        assert tab.shows("Les dernières 24 h, heure par heure", messages)


def test_the_instant_of_a_closed_popover_is_not_asked_for(server):
    with screen(server, DOMINIQUE) as tab:
        tab.open("departements")
        drawn = tab.rerun([popover_state(tab, "past-popover", True)])
        (field,) = [
            message.delta.new_element.date_time_input
            for message in drawn
            if message.delta.new_element.WhichOneof("type") == "date_time_input"
        ]
        stale_field = WidgetState(id=field.id)
        stale_field.string_array_value.data[:] = field.value
        tab.rerun([popover_state(tab, "past-popover", False)])
        messages = tab.rerun([popover_state(tab, "criteria", True), stale_field])
        assert tab.shows("Une place pour", messages)
        assert not [message for message in messages if "au=" in message.page_info_changed.query_string]
