"""Who is woken by a commit."""

import pytest

from ror.services.events import Change
from ror.web.live import BUSY_SECONDS, COALESCE_SECONDS, EVERYTHING, SECONDS_PER_PAGE, Hub, _Screen
from tests.loops import awaited


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
    async def concerned():
        return _Screen(frozenset(shows)).concerned(Change(5, "990770001-01", "990770001", "77"))

    assert awaited(concerned()) is woken


def test_a_change_of_the_registry_wakes_everybody():
    async def concerned():
        return _Screen(frozenset(["unit:990750001-01"])).concerned(Change(5))

    assert awaited(concerned())


def test_a_page_of_the_whole_region_is_woken_soon_after_a_quiet_time_then_not_before_long():
    async def pauses():
        screen = _Screen(frozenset([EVERYTHING]))
        first = screen.pause(1000.0, wide_pages=1)
        screen.woken_at = 1000.0
        return first, screen.pause(1000.5, wide_pages=1), screen.pause(1000.5, wide_pages=200)

    first, alone, among_many = awaited(pauses())
    assert COALESCE_SECONDS <= first < 2 * COALESCE_SECONDS
    assert alone == BUSY_SECONDS - 0.5
    assert among_many == 200 * SECONDS_PER_PAGE - 0.5


def test_the_page_of_a_unit_is_woken_soon_whatever_happens_elsewhere():
    async def pause():
        return _Screen(frozenset(["unit:990750001-01"]), woken_at=1000.0).pause(1000.1, wide_pages=500)

    assert awaited(pause()) == COALESCE_SECONDS


PAST = [Change(4, "990770001-01", "990770001", "77"), Change(5, "990750001-01", "990750001", "75")]


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
    ids=["nothing", "its unit", "another unit", "its unit before", "longer ago than is known", "not told yet", "the region"],
)
def test_what_was_committed_while_a_page_was_drawn_wakes_it_if_it_shows_that(shows, drawn, position, missed):
    async def asked():
        hub = Hub()
        for change in PAST:
            hub._wake(change)
        return hub._missed(_Screen(frozenset(shows)), drawn, position)

    assert awaited(asked()) is missed
