"""Two processes on one store: each learns of what the other committed."""

import asyncio
import time
from contextlib import suppress
from dataclasses import replace

import pytest

from ror import metrics
from ror.errors import Unavailable
from ror.model.declaration import EventKind
from ror.services import events
from ror.services.availability import consult
from ror.services.operations import follow, watch
from ror.store import registry_changes
from ror.store.engine.database import Database
from ror.store.engine.postgresql import PostgreSQL
from tests.loops import run_coroutine
from tests.region import DOMINIQUE, HOSPITAL, NOW, WARD, build, write


@pytest.fixture
def replicas(postgres_address):
    """Open the same PostgreSQL database twice, with the region in it."""
    writer, follower = Database(PostgreSQL(postgres_address)), Database(PostgreSQL(postgres_address))
    build(writer)
    follower.catch_up()
    yield writer, follower
    writer.close()
    follower.close()


@pytest.fixture
def published():
    changes = []
    stop = events.subscribe(changes.append)
    yield changes
    stop()


def test_a_position_given_by_one_is_not_given_again_by_the_other(replicas):
    replica, other = replicas
    first, second, third = write(replica, WARD, 3), write(other, WARD, 4), write(replica, WARD, 5)
    assert [first.position, second.position, third.position] == [2, 3, 4]


def test_a_declaration_is_on_the_board_of_the_other_replica_once_it_caught_up(replicas):
    writer, follower = replicas
    write(writer, WARD, 7)
    assert follower.catch_up() == writer.position
    units = consult.current(follower, DOMINIQUE).units.to_pylist()
    assert [row["available"] for row in units if row["unit"] == WARD] == [7]


def test_each_declaration_is_published_with_its_unit_and_structure(replicas):
    writer, follower = replicas
    before = follower.position
    written = write(writer, WARD, 7)
    assert follow.changes(follower, before, follower.catch_up()) == [events.CommitEvent(written.position, WARD, HOSPITAL, "75")]


def test_a_change_of_the_registry_concerns_everybody(replicas):
    writer, follower = replicas
    before = follower.position
    write(writer, WARD, 7)
    with writer.transaction() as transaction:
        registry_changes.record_change(transaction, "tests", NOW)
    assert follow.changes(follower, before, follower.catch_up()) == [events.CommitEvent(writer.position)]


def test_many_declarations_at_once_are_published_as_one_change(replicas, monkeypatch):
    writer, follower = replicas
    monkeypatch.setattr(follow, "MAX_CHANGES", 2)
    before = follower.position
    for number in range(3):
        write(writer, WARD, number)
    assert follow.changes(follower, before, follower.catch_up()) == [events.CommitEvent(writer.position)]


def test_a_follower_publishes_the_commits_of_the_other_and_outlives_a_stopped_server(replicas, published, postgres):
    writer, follower = replicas

    async def followed():
        task = asyncio.create_task(follow.follow(follower))
        await asyncio.sleep(0.1)
        await asyncio.to_thread(write, writer, WARD, 7)
        await until(lambda: published)
        await asyncio.to_thread(postgres.restart)
        await asyncio.to_thread(again, lambda: write(writer, WARD, 8))
        await until(lambda: published[-1].position == writer.position)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    run_coroutine(followed())
    assert {change.unit for change in published} == {WARD}


def test_a_follower_goes_on_after_an_error(region, published, monkeypatch, caplog):
    """An absent server is a warning, anything else an error with its trace."""
    catch_up, errors = region.catch_up, [Unavailable("away"), ZeroDivisionError("a defect")]
    monkeypatch.setattr(follow, "SECONDS", 0.001)
    monkeypatch.setattr(region.engine, "shared", True)
    monkeypatch.setattr(region, "catch_up", lambda: raise_(errors.pop(0)) if errors else catch_up())

    async def followed():
        task = asyncio.create_task(follow.follow(region))
        await until(lambda: len(caplog.records) == 2)
        write(region, WARD, 7)
        await until(lambda: published)
        task.cancel()

    run_coroutine(followed())
    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR"]
    assert [change.unit for change in published] == [WARD]


def raise_(error):
    raise error


def test_a_replica_counts_only_the_events_that_it_committed(db, region):
    previous = db.position
    write(db, WARD, 7)
    (polled,) = follow.changes(db, previous, db.position)
    before = counted_events()
    watch.count(polled)
    assert counted_events() == before
    watch.count(replace(polled, kind=str(EventKind.DECLARED)))
    assert counted_events() == before + 1


def counted_events():
    """Return the value of `ror_declarations_total`, all kinds together."""
    (metric,) = metrics.DECLARATIONS.collect()
    return sum(sample.value for sample in metric.samples if sample.name.endswith("_total"))


def test_a_file_is_not_polled(db, published):
    run_coroutine(asyncio.wait_for(follow.follow(db), 5))
    assert published == []


async def until(done, seconds=30):
    """Wait until a condition holds. Fails after so many seconds."""
    limit = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < limit, "nothing came"
        await asyncio.sleep(0.05)


def again(write_it, seconds=30):
    """Repeat a write, as a user does, until it is accepted."""
    limit = time.monotonic() + seconds
    while True:
        try:
            return write_it()
        except Exception:
            assert time.monotonic() < limit, "nothing is taken"
            time.sleep(0.3)
