"""Live updates of the call round, whose events have no position of the log."""

import pytest

from ror.services.events import CommitEvent
from ror.web.server.live_hub import EVERYTHING, Hub, _OpenPage
from tests.loops import run_coroutine


@pytest.mark.parametrize(
    ("shows", "woken"),
    [("calls:6", True), ("calls:0", True), ("calls:7", False), ("calls:8", False), ("calls:x", False), (EVERYTHING, False)],
)
def test_a_call_wakes_the_pages_that_show_the_round_before_it_at_the_position_that_they_show(shows, woken):
    async def run():
        hub, page = Hub(), _OpenPage(frozenset([shows]), position=5)
        hub._pages.add(page)
        hub._wake(CommitEvent(5, calls=7))
        return page.again, page.wake.is_set(), page.position, hub._missed(page, 4, 4)

    assert run_coroutine(run()) == (woken, woken, 5, False)


@pytest.mark.parametrize(("shown", "woken"), [(6, True), (7, False)])
def test_a_call_that_was_made_while_the_page_was_drawn_wakes_it_as_it_connects(monkeypatch, shown, woken):
    async def run():
        hub, page = Hub(), _OpenPage()
        monkeypatch.setattr("ror.web.server.live_hub.open_database", lambda: type("Log", (), {"position": 5}))
        hub._wake(CommitEvent(5, calls=7))
        hub._subscribe(page, {"position": 5, "shows": [f"calls:{shown}"]})
        return page.again, page.wake.is_set()

    assert run_coroutine(run()) == (woken, woken)
