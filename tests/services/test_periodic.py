"""Tasks that the server runs at intervals: when they run, who acts, and how they end."""

import asyncio
import threading

from ror.model.journal import Act, Origin
from ror.services import journal, periodic
from tests.loops import run_coroutine


def run(task, db, *, seconds=0.01, wait_first=False, until):
    async def run_and_cancel():
        running = asyncio.create_task(periodic.repeat(task, db, seconds, "tasks", "The task failed", wait_first=wait_first))
        await asyncio.to_thread(until.wait, 5)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    run_coroutine(run_and_cancel())


def test_a_task_that_runs_when_the_server_stops_learns_of_it(db):
    started, ended = threading.Event(), threading.Event()

    def task(_db, _now, should_stop):
        started.set()
        for _ in range(500):
            if should_stop():
                ended.set()
                return
            threading.Event().wait(0.01)

    run(task, db, until=started)
    assert ended.wait(5)


def test_a_task_runs_again_and_again_on_behalf_of_the_service(db):
    instants, thrice = [], threading.Event()

    def task(db, now, _should_stop):
        instants.append(now)
        with db.transaction() as transaction:
            journal.record(transaction, Act.REPORT, None, "reports", now)
        if len(instants) == 3:
            thrice.set()

    run(task, db, until=thrice)
    assert thrice.is_set()
    with db.reader() as cursor:
        addresses = cursor.execute("SELECT DISTINCT address FROM origin").fetchall()
    assert addresses == [(Origin.SERVICE,)]


def test_a_task_that_waits_first_does_not_run_before_its_interval(db):
    ran = threading.Event()

    def task(*_):
        ran.set()

    class Never:
        @staticmethod
        def wait(_):
            ran.wait(0.3)

    run(task, db, seconds=60, wait_first=True, until=Never)
    assert not ran.is_set()
    run(task, db, seconds=60, until=Never)
    assert ran.is_set()
