"""Publishing what was committed, in this process."""

import logging

import pytest

from ror.services import events

CHANGE = events.Change(7, "990750001-01", "990750001", "75")


def test_a_listener_hears_each_change_until_it_stops():
    changes: list[events.Change] = []
    stop = events.subscribe(changes.append)
    events.publish(CHANGE)
    stop()
    events.publish(CHANGE)
    assert changes == [CHANGE]


@pytest.mark.parametrize(
    "error", [ValueError, KeyError, OSError, RuntimeError, AssertionError], ids=lambda error: error.__name__
)
def test_a_listener_that_fails_stops_neither_the_others_nor_who_declared(caplog, error):
    def failing(change: events.Change) -> None:
        raise error("fictif")

    changes: list[events.Change] = []
    stops = [events.subscribe(failing), events.subscribe(changes.append)]
    with caplog.at_level(logging.ERROR):
        events.publish(CHANGE)
    for stop in stops:
        stop()
    assert changes == [CHANGE]
    assert [record.getMessage() for record in caplog.records] == ["A listener failed at position 7"]
