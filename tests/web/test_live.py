"""Live updates: the pages that a commit wakes."""

import contextlib

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from ror.services.events import CommitEvent
from ror.web.server.live_hub import BUSY_SECONDS, COALESCE_SECONDS, EVERYTHING, SECONDS_PER_PAGE, Hub, _OpenPage
from tests.attacks.helpers import cookie, serving
from tests.loops import run_coroutine
from tests.region import CORALIE, own_settings

__all__ = ["own_settings"]


@pytest.mark.parametrize(
    ("shows", "woken"),
    [
        ([EVERYTHING], True),
        (["department:77"], True),
        (["structure:990770001"], True),
        (["unit:990770001-01"], True),
        (["department:75", "structure:990750001", "unit:990750001-01"], False),
        ([], False),
    ],
)
def test_a_commit_wakes_the_pages_that_show_what_changed(shows, woken):
    async def is_affected():
        return _OpenPage(frozenset(shows)).is_affected(CommitEvent(5, "990770001-01", "990770001", "77"))

    assert run_coroutine(is_affected()) is woken


def test_a_change_of_the_registry_wakes_everybody():
    async def is_affected():
        return _OpenPage(frozenset(["unit:990750001-01"])).is_affected(CommitEvent(5))

    assert run_coroutine(is_affected())


@pytest.mark.parametrize(("shows", "woken"), [("account:claude", True), ("account:camille", False), (EVERYTHING, False)])
def test_a_change_of_the_units_of_an_account_wakes_its_pages_alone_at_the_position_that_they_show(shows, woken):
    async def run():
        hub, page = Hub(), _OpenPage(frozenset([shows]), position=5)
        hub._pages.add(page)
        hub._wake(CommitEvent(4, account="claude"))
        return page.again, page.wake.is_set(), page.position, hub._missed(page, 4, 4)

    assert run_coroutine(run()) == (woken, woken, 5, False)


def test_a_change_of_an_account_hides_no_commit_that_a_page_missed():
    async def run():
        hub, page = Hub(), _OpenPage(frozenset(["unit:990770001-01"]))
        hub._wake(CommitEvent(5, account="claude"))
        return hub._missed(page, 4, 5)

    assert run_coroutine(run())


def test_a_page_of_the_whole_region_is_woken_soon_after_a_quiet_time_then_not_before_long():
    async def pauses():
        page = _OpenPage(frozenset([EVERYTHING]))
        first = page.pause(1000.0, wide_pages=1)
        page.woken_at = 1000.0
        return first, page.pause(1000.5, wide_pages=1), page.pause(1000.5, wide_pages=200)

    first, alone, among_many = run_coroutine(pauses())
    assert COALESCE_SECONDS <= first < 2 * COALESCE_SECONDS
    assert alone == BUSY_SECONDS - 0.5
    assert among_many == 200 * SECONDS_PER_PAGE - 0.5


def test_many_pages_of_the_whole_region_are_woken_apart_from_each_other():
    async def pauses():
        return sorted(_OpenPage(frozenset([EVERYTHING])).pause(1000.0, wide_pages=100) for _ in range(100))

    seconds, most = run_coroutine(pauses()), 100 * SECONDS_PER_PAGE
    assert seconds[0] >= COALESCE_SECONDS
    assert all(
        before <= most * share < after
        for share, before, after in ((0.3, seconds[10], seconds[60]), (0.7, seconds[40], seconds[90]))
    )


def test_the_page_of_a_unit_is_woken_soon_whatever_happens_elsewhere():
    async def pause():
        return _OpenPage(frozenset(["unit:990750001-01"]), woken_at=1000.0).pause(1000.1, wide_pages=500)

    assert run_coroutine(pause()) == COALESCE_SECONDS


PAST = [CommitEvent(4, "990770001-01", "990770001", "77"), CommitEvent(5, "990750001-01", "990750001", "75")]


@pytest.mark.parametrize(
    ("shows", "drawn", "position", "missed"),
    [
        (["unit:990750001-01"], 5, 5, False),
        (["unit:990750001-01"], 4, 5, True),
        (["unit:990770001-01"], 4, 5, False),
        (["unit:990770001-01"], 3, 5, True),
        (["unit:990999999-01"], 2, 5, True),
        (["unit:990999999-01"], 4, 6, True),
        ([EVERYTHING], 4, 5, True),
    ],
    ids=[
        "nothing",
        "its unit",
        "another unit",
        "its unit before",
        "longer ago than is known",
        "not notified yet",
        "the region",
    ],
)
def test_what_was_committed_while_a_page_was_drawn_wakes_it_if_it_shows_that(shows, drawn, position, missed):
    async def run():
        hub = Hub()
        for change in PAST:
            hub._wake(change)
        return hub._missed(_OpenPage(frozenset(shows)), drawn, position)

    assert run_coroutine(run()) is missed


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("live")) as running:
        running.quiet = running.output()
        yield running


def connect_live(server):
    """Open a live connection of an account that consults."""
    url = f"127.0.0.1:{server.port}"
    return connect(f"ws://{url}/live", origin=f"http://{url}", additional_headers={"Cookie": cookie(CORALIE)}, proxy=None)


@pytest.mark.parametrize(
    "message",
    [
        '{"position": Infinity, "shows": ["*"]}',
        '{"position": 1e999, "shows": ["*"]}',
        '{"position": -Infinity, "shows": []}',
        '{"position": NaN, "shows": []}',
        f'{{"position": {"9" * 5_000}, "shows": []}}',
        "[" * 19_000,
        '{"a":' * 3_900,
        '{"position": null, "shows": null}',
        '{"position": 1, "shows": 7}',
        '{"position": {}, "shows": {}}',
        "[]",
        "7",
        '"',
        "",
        "\x00",
    ],
    ids=range(15),
)
def test_a_message_that_no_page_sends_changes_nothing_on_a_live_connection(server, message):
    with connect_live(server) as page:
        page.send(message)
        # The connection still works: a page that was drawn before the last commit is woken.
        page.send('{"position": 0, "shows": ["*"]}')
        assert int(page.recv(10)) > 0
    assert server.output() == server.quiet


@pytest.mark.parametrize("frame", [b"", b"\x00\xff", b'{"position": 0, "shows": ["*"]}', "x" * 20_001], ids=range(4))
def test_bytes_or_too_much_end_a_live_connection_without_a_word_in_the_log(server, frame):
    with connect_live(server) as page:
        page.send(frame)
        received = []
        with contextlib.suppress(ConnectionClosed):
            received.extend(iter(page.recv, None))
        assert received == []
    assert server.output() == server.quiet
