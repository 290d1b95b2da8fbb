"""When a replica dies, no session and no acknowledged declaration is lost."""

import threading
import time

from websockets.exceptions import ConnectionClosed

from tests.attacks.helpers import cookie
from tests.region import CAMILLE, CARDIAC, RESUSCITATION, WARD
from tests.replicas.pair import Pair, Visitor, declare, prepare

BEFORE, AFTER = 6, 6
HANG = 30
"""Seconds within which nginx must send newcomers to a replica that came back."""


class Manager(threading.Thread):
    """Declares one number after another for a unit, and reloads when its replica is gone; records the acknowledged numbers."""

    def __init__(self, pair, home, unit):
        super().__init__(daemon=True)
        self.pair, self.unit = pair, unit
        name, _, value = cookie(CAMILLE).partition("=")
        self.visitor = Visitor(pair.url, **{name: value, "ror_replica": home})
        self.acknowledged = []
        self.reloads = 0
        self.halfway, self.go_on = threading.Event(), threading.Event()
        self.trouble = None

    def run(self):
        try:
            self.declare_until(BEFORE)
            self.halfway.set()
            self.declare_until(BEFORE + AFTER)
        except BaseException as error:
            self.trouble = error
            self.halfway.set()

    def declare_until(self, count):
        while len(self.acknowledged) < count:
            try:
                with self.visitor.tab("mise-a-jour", f"unite={self.unit}") as tab:
                    assert not tab.shows("Se connecter"), "signed out"
                    while len(self.acknowledged) < count:
                        number = len(self.acknowledged) % 5
                        if declare(tab, number):
                            self.acknowledged.append(number)
            except (ConnectionClosed, OSError):
                self.reloads += 1
                assert self.reloads < 20, "no replica answers"


def test_a_killed_replica_signs_nobody_out_loses_nothing_acknowledged_and_serves_newcomers_when_it_came_back(postgres):
    address = postgres.new_database()
    prepare(address)
    with Pair(address) as pair:
        before = int(postgres.run("SELECT max(position) FROM declaration", address))
        managers = [Manager(pair, home, unit) for home, unit in (("1", WARD), ("1", CARDIAC), ("2", RESUSCITATION))]
        for manager in managers:
            manager.start()
        for manager in managers:
            assert manager.halfway.wait(60)
        pair.replicas["1"].kill()
        for manager in managers:
            manager.join(90)
            assert manager.trouble is None
        assert [manager.visitor.replica for manager in managers] == ["2", "2", "2"]
        for manager in managers:
            events = f"SELECT available FROM declaration WHERE unit = '{manager.unit}' AND position > {before}"  # noqa: S608
            written = postgres.run(f"{events} ORDER BY position", address).split()
            assert is_subsequence(map(str, manager.acknowledged), written)
            assert manager.acknowledged[BEFORE:], "nothing was declared after the replica died"
        assert_newcomers_are_served_by_a_replica_that_came_back(pair)


def assert_newcomers_are_served_by_a_replica_that_came_back(pair):
    """Start replica 1 again, which was killed: newcomers are led to both, and whom its death moved stays where they are."""
    visitor = Visitor(pair.url, ror_replica="1")
    with visitor.tab() as tab:
        assert tab.shows("Se connecter")
    assert visitor.replica == "2"
    pair.replicas["1"].start()
    chosen = set()
    limit = time.monotonic() + HANG
    while chosen != set(pair.replicas) and time.monotonic() < limit:
        newcomer = Visitor(pair.url)
        newcomer.get("/")
        chosen.add(newcomer.replica)
        time.sleep(0.2)
    assert chosen == set(pair.replicas)
    visitor.get("/")
    assert visitor.replica == "2"


def is_subsequence(expected, actual):
    """Return True when `actual` has all of `expected`, in order: a declaration may be written and its answer lost."""
    rest = iter(actual)
    return all(number in rest for number in expected)
