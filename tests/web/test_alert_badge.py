"""The badge of alerts: which open pages a ringing wakes; a rerun that the badge asks for is no act of its user."""

import pytest
from streamlit.proto.ClientState_pb2 import ClientState

from ror.services.events import CommitEvent
from ror.web import alert_badge
from ror.web.server.live_hub import EVERYTHING, Hub, _OpenPage
from ror.web.server.user_acts import UserActs
from tests.loops import run_coroutine


@pytest.mark.parametrize(
    ("shows", "woken"),
    [("alerts:claude", True), ("alerts:camille", False), ("account:claude", False), (EVERYTHING, False)],
)
def test_a_ringing_wakes_the_badges_of_its_account_alone(shows, woken):
    async def run():
        hub, page = Hub(), _OpenPage(frozenset([shows]), position=5)
        hub._pages.add(page)
        hub._wake(CommitEvent(4, alerts="claude"))
        return page.again, page.wake.is_set(), page.position

    assert run_coroutine(run()) == (woken, woken, 5)


def test_a_ringing_hides_no_commit_that_a_page_missed():
    async def run():
        hub, page = Hub(), _OpenPage(frozenset(["unit:990770001-01"]))
        hub._wake(CommitEvent(5, alerts="claude"))
        return hub._missed(page, 4, 5)

    assert run_coroutine(run())


def rerun(trigger=""):
    state = ClientState()
    if trigger:
        state.widget_states.widgets.add(id=f"$$STREAMLIT_INTERNAL_KEY_$$ID-0-{trigger}__events", json_trigger_value="[]")
    return state


@pytest.mark.parametrize(("key", "act"), [(alert_badge._KEY, False), ("alert-save", True)])
def test_a_rerun_that_the_badge_asks_for_prolongs_no_session(key, act):
    acts = UserActs({"type": "websocket", "headers": []})
    acts.on_rerun(rerun())
    acts.take()
    acts.on_rerun(rerun(key))
    assert acts.take() is act
