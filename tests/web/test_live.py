"""Who is woken by a commit."""

import pytest

from ror.services.events import Change
from ror.web.live import EVERYTHING, _Screen
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
