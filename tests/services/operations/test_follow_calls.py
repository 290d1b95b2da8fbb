"""Two processes on one store: each learns of the calls of the other, and no unit is called by both."""

import asyncio
import time
from contextlib import suppress

import pytest

from ror.errors import Outdated
from ror.model.rights import Account, Role
from ror.services import events
from ror.services.coordination import calls
from ror.services.operations import follow
from ror.store.engine.database import Database
from ror.store.engine.postgresql import PostgreSQL
from tests.loops import run_coroutine
from tests.region import CORALIE, NOW, WARD, build, store_account

PAUL = Account("paul", "paul", "Paul Repère", frozenset({Role.COORDINATOR}))


@pytest.fixture
def replicas(postgres_address):
    """Open the same PostgreSQL database twice, with the region in it."""
    replica, other = Database(PostgreSQL(postgres_address)), Database(PostgreSQL(postgres_address))
    build(replica)
    store_account(replica, PAUL)
    other.catch_up()
    yield replica, other
    replica.close()
    other.close()


def test_a_call_is_published_on_the_other_replica_and_the_unit_is_left_to_its_coordinator(replicas):
    replica, other = replicas
    published = []
    stop = events.subscribe(published.append)

    async def followed():
        task = asyncio.create_task(follow.follow(other))
        await asyncio.sleep(0.1)
        taken = await asyncio.to_thread(calls.take, replica, CORALIE, WARD, 0, 0, NOW)
        limit = time.monotonic() + 30
        while len([change for change in published if change.calls == taken.number]) < 2:
            assert time.monotonic() < limit, "nothing came"
            await asyncio.sleep(0.05)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    run_coroutine(followed())
    stop()
    with pytest.raises(Outdated, match="Coralie Repère appelle cette unité depuis"):
        calls.take(other, PAUL, WARD, 0, 0, NOW)
