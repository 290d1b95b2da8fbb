"""How a server learns in the background how likely numbers still hold: when, from what, and how it ends."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest

from ror.services.availability.trust import learning
from ror.services.availability.trust.learning import MIN_PAUSE, Stopped
from tests import trust_log
from tests.loops import run_coroutine
from tests.region import NOW, WARD, write

HOUR = timedelta(hours=1)

pytestmark = pytest.mark.usefixtures("region")


def test_a_server_that_stops_learns_nothing_more(db):
    trust_log.write_log(db, NOW - HOUR)
    assert learning.refresh(db, NOW, lambda: True) is None
    assert learning.latest(db) is None
    learnt = learning.refresh(db, NOW)
    assert learnt is learning.latest(db)
    write(db, WARD, 3, NOW)
    assert learning.refresh(db, NOW + HOUR, lambda: True) is learnt


@pytest.mark.parametrize("steps", range(4))
def test_a_server_that_stops_meanwhile_ends_at_the_next_step(db, steps):
    trust_log.write_log(db, NOW - HOUR)
    looked = iter(range(10))
    with pytest.raises(Stopped):
        learning.learn(db, NOW, lambda: next(looked) == steps)


def test_it_is_learnt_again_after_a_pause_and_only_from_something_new(db):
    trust_log.write_log(db, NOW - HOUR)
    first = learning.refresh(db, NOW)
    later = NOW + MIN_PAUSE
    assert learning.refresh(db, later) is first
    write(db, WARD, 3, NOW)
    assert learning.refresh(db, later - timedelta(seconds=1)) is first
    assert learning.refresh(db, later) is not first


def test_a_day_without_a_declaration_is_learnt_from_too(db):
    trust_log.write_log(db, NOW - HOUR)
    first = learning.refresh(db, NOW)
    assert learning.refresh(db, NOW + timedelta(days=1)) is not first


def test_a_server_learns_some_time_after_its_start_then_ends_in_order(db, monkeypatch):
    trust_log.write_log(db, NOW - HOUR)
    monkeypatch.setattr(learning, "FIRST", 0.5)

    async def start_and_stop():
        task = asyncio.create_task(learning.run_periodically(db))
        await asyncio.sleep(0.2)
        before = learning.latest(db)
        while learning.latest(db) is None:
            await asyncio.sleep(0.05)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        return before, task.cancelled()

    assert run_coroutine(start_and_stop()) == (None, True)


def test_a_region_as_large_as_a_country_is_not_learnt_from(db, monkeypatch):
    monkeypatch.setattr(learning, "MAX_UNITS", 5)
    assert learning.refresh(db, NOW) is None
    assert learning.latest(db) is None
