"""User acts prolong a session; live updates, reconnections and forced reruns do not."""

from datetime import UTC, datetime, timedelta

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetState

from ror.web.server.user_acts import UserActs
from tests.attacks.helpers import cookie, prepare, press_state, serving, text_state
from tests.attacks.served import WritableServer
from tests.attacks.test_owners import claim_session, session_of
from tests.harness import Screen
from tests.region import CAMILLE, WARD, own_settings

__all__ = ["own_settings"]

KEY = f"$$ID-{'0' * 32}"
TEXT = WidgetState(id=f"{KEY}-login", string_value="a")
PRESS = WidgetState(id=f"{KEY}-ok", trigger_value=True)
LIVE = WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{KEY}-live__events", json_trigger_value="[]")
OTHER_TEXT = WidgetState(id=f"{KEY}-login", string_value="b")


def acts(*states, reopened=False):
    """Return for each message of a connection whether it is an act of the user."""
    offered = b"streamlit, token, session" if reopened else b"streamlit"
    detector = UserActs({"type": "websocket", "headers": [(b"sec-websocket-protocol", offered)]})
    results = []
    for state in states:
        detector.on_rerun(state)
        results.append(detector.take())
        assert not detector.take()
    return results


def message(*widgets, page="p", **fields):
    state = ClientState(page_script_hash=page, **fields)
    state.widget_states.widgets.extend(widgets)
    return state


def test_opening_a_page_is_an_act_and_opening_its_connection_again_is_none():
    assert acts(message(TEXT)) == [True]
    assert acts(message(TEXT), reopened=True) == [False]
    assert acts(message(TEXT, LIVE), reopened=True) == [False]
    # A press made while the connection was lost is sent over the next connection.
    assert acts(message(TEXT, PRESS), reopened=True) == [True]


@pytest.mark.parametrize(
    ("second", "act"),
    [
        (message(TEXT), False),
        (message(TEXT, fragment_id="f"), False),
        (message(TEXT, LIVE), False),
        (message(OTHER_TEXT, LIVE), False),
        (message(OTHER_TEXT, is_auto_rerun=True), False),
        (message(OTHER_TEXT), True),
        (message(TEXT, PRESS), True),
        (message(TEXT, LIVE, PRESS), True),
        (message(TEXT, page="q"), True),
        (message(TEXT, is_history_navigation=True), True),
    ],
    ids=["forced", "forced part", "push", "push", "automatic", "typed", "pressed", "pressed and push", "page", "back"],
)
@pytest.mark.parametrize("reopened", [False, True])
def test_a_message_is_an_act_when_the_user_changed_or_pressed_something(second, act, reopened):
    assert acts(message(TEXT), second, reopened=reopened)[1] == act


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("acts")
    prepare(folder / "ror.duckdb")
    with serving(folder, WritableServer) as running:
        yield running


def last_act(server, set_to=None):
    """Return the minutes since the manager's session was last prolonged; `set_to` sets them first."""
    if set_to is not None:
        server.execute(
            "UPDATE session SET seen_at = ? WHERE account = ?", [datetime.now(UTC) - timedelta(minutes=set_to), CAMILLE.id]
        )
    ((ago,),) = server.execute("SELECT epoch_us(now()) - epoch_us(seen_at) FROM session WHERE account = ?", [CAMILLE.id])
    return round(ago / 60_000_000)


def tick(tab):
    """Return the widget state that the live component sends once a minute."""
    (component,) = {
        message.delta.new_element.bidi_component.id
        for message in tab.messages
        if message.delta.new_element.bidi_component.component_name == "ror_live"
    }
    return WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{component}__events", json_trigger_value='[{"event": "tick", "value": 1}]')


def test_a_page_that_is_only_looked_at_does_not_prolong_a_session(server):
    with Screen(server.url, cookie=cookie(CAMILLE)) as tab:
        tab.open("mise-a-jour", f"unite={WARD}")
        last_act(server, 20)
        for _ in range(3):
            tab.rerun([tick(tab)])
        assert last_act(server) == 20


def test_flaky_connections_do_not_prolong_a_session_and_a_press_does(server):
    with Screen(server.url, cookie=cookie(CAMILLE)) as tab:
        last_act(server, 20)
        tab.open("mise-a-jour", f"unite={WARD}")
        assert last_act(server) == 0
        session_id = session_of(tab)
        last_act(server, 20)
        for _ in range(3):
            tab._socket.close()
            tab._opening = claim_session(server, session_id, CAMILLE)
            tab._socket = tab._opening.__enter__()
            tab.rerun()
            tab.rerun()
        assert last_act(server) == 20
        tab.rerun([text_state(tab, "Nombre de lits disponibles", "3"), press_state(tab, "Enregistrer")])
        assert last_act(server) == 0
