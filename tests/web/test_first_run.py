"""The first run of a connection, whose session has not drawn the page yet: the whole page runs, then the press."""

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from ror.web.server.first_run import whole_page
from ror.web.server.reruns import Reruns
from tests.attacks.helpers import press_state, screen, serving, text_state
from tests.attacks.served import WritableServer
from tests.region import CAMILLE, WARD


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("first-run"), WritableServer) as running:
        yield running


def message(fragment: str = "", *states: WidgetState) -> BackMsg:
    message = BackMsg()
    message.rerun_script.fragment_id = fragment
    message.rerun_script.page_name = "mise-a-jour"
    message.rerun_script.widget_states.widgets.extend(states)
    return message


def test_a_run_of_the_whole_page_goes_alone():
    assert whole_page(message("", WidgetState(id="a", string_value="3"))) is None


@pytest.mark.parametrize(
    "press",
    [
        WidgetState(id="b", trigger_value=True),
        WidgetState(id="b", json_trigger_value="{}"),
        WidgetState(id="b", string_trigger_value={"data": "3"}),
    ],
)
@pytest.mark.parametrize("fragment", ["", "f"])
def test_before_a_press_the_whole_page_is_run_with_what_was_typed_and_without_the_press(press, fragment):
    whole = whole_page(message(fragment, WidgetState(id="a", string_value="3"), press))
    assert whole == message("", WidgetState(id="a", string_value="3"))


def numbers(server):
    return [row[0] for row in server.execute("SELECT available FROM declaration WHERE unit = ? ORDER BY position", [WARD])]


@pytest.mark.parametrize("number", [2, 3])
def test_a_press_that_opens_a_connection_is_carried_out_by_a_session_that_never_drew_the_page(server, number):
    with screen(server, CAMILLE) as before:
        before.open("mise-a-jour", f"unite={WARD}")
    label = "Nombre de lits disponibles"
    with screen(server, CAMILLE) as tab:
        tab.take_over(before)
        typed = [text_state(tab, label, str(number)), press_state(tab, "Enregistrer")]
        assert tab.fragment(label)
        tab.rerun(typed, tab.fragment(label))
        assert tab.shows("enregistré à l'instant", tab.wait())
    assert numbers(server)[-1] == number


@pytest.fixture
def reruns():
    """Return the `Reruns` of a connection that has just opened."""
    with Reruns({"type": "websocket", "headers": []}) as opened:
        yield opened


def test_a_run_is_the_first_until_one_has_ended_however_many_messages_arrived(reruns):
    for _ in range(3):
        reruns.on_message(message())
        assert reruns.before_first_end
    reruns._on_finished(ForwardMsg.FINISHED_EARLY_FOR_RERUN)
    assert reruns.before_first_end, "the run that replaces the first one knows no more than it did"
    reruns._on_finished(ForwardMsg.FINISHED_SUCCESSFULLY)
    assert not reruns.before_first_end


def test_only_the_first_message_is_preceded_by_the_whole_page(reruns):
    reruns.on_message(message())
    assert reruns.first
    reruns.on_message(message())
    assert not reruns.first
