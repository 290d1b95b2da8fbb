"""PostgreSQL is restarted or killed while eight threads declare: each declaration succeeds or gets a sentence; none is lost."""

import signal
import threading
import time
from datetime import UTC, datetime

import pytest

from ror.errors import Unavailable
from ror.model.capacity import Counts
from ror.services.availability import declare
from ror.store import declarations
from ror.store.engine.database import Database
from ror.store.engine.postgresql import PostgreSQL
from tests.faults.helpers import EVERYBODY, FAULT_ROUNDS, WRITERS, Acknowledged, check_whole, declared_by, report
from tests.postgres import Postgres
from tests.region import build, store_account

RESTARTS = 6 if FAULT_ROUNDS else 2


@pytest.fixture(scope="module")
def server():
    with Postgres(durable=True) as running:
        yield running


class Load:
    """Eight threads that declare until they are stopped; collects what was acknowledged, refused, or failed otherwise."""

    def __init__(self, db):
        self.db, self.over = db, threading.Event()
        self.acknowledged, self.sentences, self.others = Acknowledged(), [], []
        self.threads = [threading.Thread(target=self.write, args=(declared_by(number),)) for number in range(WRITERS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(60)

    def write(self, unit):
        turn = 0
        while not self.over.is_set():
            turn += 1
            try:
                with self.db.reader() as cursor:
                    last = declarations.latest(cursor, [unit])
                draft = declare.DeclarationDraft(unit, Counts(turn % 6), str(turn), last[-1].position if last else 0)
                event = declare.declare(self.db, EVERYBODY, draft, datetime.now(UTC), confirmed=True)
            except Unavailable as refusal:
                self.sentences.append(refusal.user_message)
                time.sleep(0.05)
            except Exception as error:
                self.others.append(repr(error))
                time.sleep(0.05)
            else:
                self.acknowledged.by_position[event.position] = (unit, turn % 6, str(turn))

    def wait_for_more(self, count=10):
        """Wait until `count` more declarations are acknowledged; the time limit of the test ends an endless wait."""
        goal = len(self.acknowledged.by_position) + count
        while len(self.acknowledged.by_position) < goal:
            time.sleep(0.05)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["restarted", "killed"])
def test_a_restart_under_load_loses_nothing_and_the_service_heals_by_itself(server, how):
    db = Database(PostgreSQL(server.new_database()))
    build(db)
    store_account(db, EVERYBODY)
    with Load(db) as load:
        for _ in range(RESTARTS):
            load.wait_for_more()
            server.restart(how)
        load.wait_for_more()
    assert load.others == []
    assert all(
        "rien n'a été enregistré" in sentence or "si votre saisie n'y est pas" in sentence for sentence in load.sentences
    )
    db.catch_up()
    there = check_whole(db, load.acknowledged)
    report(
        f"{RESTARTS} restarts: {len(load.acknowledged.by_position)} acknowledged, all there of {there}; "
        f"{len(load.sentences)} told to try again"
    )
    db.close()


def test_an_absent_server_raises_an_error_and_is_used_again_once_back(server):
    db = Database(PostgreSQL(server.new_database()))
    build(db)
    store_account(db, EVERYBODY)
    server.stop()
    try:
        draft = declare.DeclarationDraft(declared_by(0), Counts(3))
        with pytest.raises(Unavailable, match="ne répond pas"):
            declare.declare(db, EVERYBODY, draft, datetime.now(UTC), confirmed=True)
        with pytest.raises(Unavailable, match="ne répond pas"), db.reader() as cursor:
            declarations.latest(cursor, [declared_by(0)])
    finally:
        server.start()
    event = declare.declare(db, EVERYBODY, draft, datetime.now(UTC), confirmed=True)
    assert event.counts.available == 3
    db.close()
