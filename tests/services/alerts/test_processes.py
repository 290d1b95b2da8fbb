"""Alerts ring once whatever happens: processes that end, fail, evaluate at the same time or share a store."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ror.errors import Unavailable
from ror.model.alert import Condition
from ror.services import events
from ror.services.alerts import account_alerts, evaluation
from ror.services.alerts.evaluation import CLAIM_SECONDS, Evaluator
from ror.store import alerts as stored
from ror.store.engine.database import Database
from ror.store.engine.postgresql import PostgreSQL
from tests.loops import run_coroutine, running, until
from tests.region import CAMILLE, CARDIAC, NOW, WARD, write
from tests.services.alerts.alert_helpers import BEDS, MINUTE, evaluator, rang, ringings, save, states

__all__ = ["evaluator"]

pytestmark = pytest.mark.usefixtures("region")


def test_an_end_between_two_evaluations_loses_nothing_and_repeats_nothing(db, evaluator):
    alert = save(db)
    write(db, WARD, 2)
    assert rang(db, Evaluator(db)) == [alert.id]
    # Other processes, which begin from what is stored.
    assert rang(db, Evaluator(db)) == []
    write(db, WARD, 0)
    write(db, CARDIAC, 1)
    assert rang(db, Evaluator(db)) == []
    write(db, WARD, 1)
    assert rang(db, evaluator) == [alert.id]
    assert rang(db, Evaluator(db)) == []


def test_evaluations_at_the_same_time_ring_once(db):
    save(db)
    processes = [Evaluator(db) for _ in range(4)]
    for process in processes:
        process.evaluate(NOW)
    write(db, WARD, 2)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda process: process.evaluate(NOW), processes))
    assert len(ringings(db)) == 1
    write(db, WARD, 0)
    write(db, WARD, 3, NOW + MINUTE / 2)
    for process in processes:
        process.evaluate(NOW + MINUTE)
    assert len(ringings(db)) == 1


def test_a_write_that_fails_is_tried_again_at_the_next_evaluation(db, evaluator, monkeypatch):
    alert = save(db)
    rang(db, evaluator)
    write(db, WARD, 2)
    with monkeypatch.context() as patch:
        patch.setattr(stored, "add_ringings", _fail)
        with pytest.raises(OSError, match="full"):
            evaluator.evaluate(NOW)
    assert (ringings(db), states(db)["Médecine"][0]) == ([], False)
    assert rang(db, evaluator) == [alert.id]


def test_an_alert_deleted_after_its_evaluation_failed_stops_no_other(db, evaluator, monkeypatch):
    deleted, other = save(db, name="supprimée"), save(db, name="autre")
    rang(db, evaluator)
    write(db, WARD, 2)
    with monkeypatch.context() as patch:
        patch.setattr(stored, "add_ringings", _fail)
        with pytest.raises(OSError, match="full"):
            evaluator.evaluate(NOW)
    account_alerts.delete(db, CAMILLE, deleted.id, NOW)
    assert rang(db, evaluator) == [other.id]


def _fail(*_):
    raise OSError("full")


def test_an_alert_that_goes_while_it_is_evaluated_is_left(db, evaluator):
    alert = save(db)
    rang(db, evaluator)
    write(db, WARD, 2)
    # As an erasure does it, between the reading of the versions and the write.
    with db.transaction() as transaction:
        stored.delete(transaction, alert.id)
    assert rang(db, evaluator) == []


def test_an_alert_that_was_saved_anew_while_it_was_evaluated_is_left_for_its_new_question(db, evaluator):
    alert = save(db)
    rang(db, evaluator)
    write(db, WARD, 2)
    other = replace(alert, condition=Condition(BEDS, department="94"), version=alert.version + 1)
    with db.transaction() as transaction:
        stored.write_all(transaction, [other])
    assert (rang(db, evaluator), states(db)["Médecine"][0]) == ([], False)


def test_the_server_goes_on_after_an_evaluation_that_failed(db, monkeypatch, caplog):
    alert, errors = save(db), [Unavailable("away"), ValueError("odd")]
    real = Evaluator.evaluate
    monkeypatch.setattr(evaluation, "COALESCE_SECONDS", 0.01)
    monkeypatch.setattr(evaluation, "SECONDS", 0.01)

    def evaluate(self, now):
        if errors:
            raise errors.pop(0)
        return real(self, now)

    monkeypatch.setattr(Evaluator, "evaluate", evaluate)
    write(db, WARD, 2, datetime.now(UTC))

    async def run():
        async with running(evaluation.run_periodically(db)):
            await until(lambda: ringings(db))

    run_coroutine(run())
    assert [one.alert for one in ringings(db)] == [alert.id]
    assert "alerts wait for it" in caplog.text
    assert "could not be evaluated" in caplog.text


def woken(changes):
    return any(change.alerts == CAMILLE.id for change in changes)


def test_the_server_evaluates_after_a_commit_and_wakes_the_pages_of_the_account(db, published_changes):

    async def run():
        async with running(evaluation.run_periodically(db)):
            save(db, now=datetime.now(UTC))
            published_changes.clear()
            # The loop is at rest before the commit.
            await asyncio.sleep(2 * evaluation.COALESCE_SECONDS)
            write(db, WARD, 2, datetime.now(UTC))
            events.publish(events.CommitEvent(db.position, WARD, "", "75"))
            await until(lambda: woken(published_changes))

    run_coroutine(run())
    assert woken(published_changes)
    assert len(ringings(db)) == 1


@pytest.fixture
def pair(region_on_postgresql, postgres):
    """Yield two processes' databases on one PostgreSQL."""
    address = postgres.new_database(region_on_postgresql)
    databases = [Database(PostgreSQL(address)) for _ in range(2)]
    yield databases
    for database in databases:
        database.close()


def test_one_process_of_a_shared_store_evaluates_and_another_takes_over_when_it_ends(pair):
    here, there = pair
    first, second = Evaluator(here), Evaluator(there)
    alert = save(here)
    there.catch_up()
    assert rang(here, first) == []
    write(here, WARD, 2)
    there.catch_up()
    assert rang(there, second) == []
    assert second._index is None
    assert rang(here, first) == [alert.id]
    write(there, WARD, 0)
    # The first one is gone, its claim is over.
    later = NOW + timedelta(seconds=CLAIM_SECONDS + 1)
    assert rang(there, second, later) == []
    write(there, WARD, 1, later)
    assert rang(there, second, later) == [alert.id]
    here.catch_up()
    assert rang(here, first, later) == []
    assert len(ringings(here)) == 2


def test_of_two_processes_that_take_the_evaluation_over_one_gets_it(pair):
    here, there = pair
    save(here)
    there.catch_up()
    with here.reader() as cursor:
        evaluation = stored.evaluation(cursor)
    assert Evaluator(here)._holds_evaluation(evaluation, NOW)
    assert not Evaluator(there)._holds_evaluation(evaluation, NOW)


def test_a_claim_made_by_a_clock_far_ahead_holds_nobody_up(pair):
    here, there = pair
    alert = save(here)
    rang(here, Evaluator(here), NOW + timedelta(days=30))
    write(here, WARD, 2)
    there.catch_up()
    assert rang(there, Evaluator(there)) == [alert.id]


def test_a_process_that_lost_its_claim_while_it_evaluated_writes_nothing(pair):
    here, there = pair
    first, second = Evaluator(here), Evaluator(there)
    save(here)
    rang(here, first)
    write(here, WARD, 2)
    there.catch_up()
    later = NOW + timedelta(seconds=CLAIM_SECONDS + 1)
    assert len(rang(there, second, later)) == 1
    # Its own clock still says that it holds the claim.
    first._holds_evaluation = lambda stored, now: True
    here.catch_up()
    assert rang(here, first) == []
    assert len(ringings(here)) == 1


def test_what_another_process_rang_wakes_the_pages_of_this_one(pair, monkeypatch, published_changes):
    here, there = pair
    monkeypatch.setattr(evaluation, "POLL_SECONDS", 0.1)
    first, evaluated = Evaluator(here), []
    now = datetime.now(UTC)
    save(here, now=now)
    rang(here, first, now)

    class Counted(Evaluator):
        def evaluate(self, now):
            evaluated.append(now)
            return super().evaluate(now)

    monkeypatch.setattr(evaluation, "Evaluator", Counted)

    async def run():
        async with running(evaluation.run_periodically(there)):
            # From the second evaluation on it knows what rang before.
            await until(lambda: len(evaluated) > 1)
            published_changes.clear()
            write(here, WARD, 2, now)
            first.evaluate(now)
            await until(lambda: woken(published_changes))

    run_coroutine(run())
    assert woken(published_changes)
    assert len(ringings(here)) == 1
