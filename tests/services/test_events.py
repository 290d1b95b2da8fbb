"""Publish what was committed to the listeners of the process."""

import logging

import pytest

from ror.services import events

CHANGE = events.CommitEvent(7, "unit", "structure", "75", "declared")


@pytest.mark.parametrize("error", [ValueError, KeyError, OSError, RuntimeError, Exception])
def test_the_error_of_a_listener_is_logged_and_stops_neither_the_publisher_nor_the_other_listeners(caplog, error):
    def fail(_: events.CommitEvent) -> None:
        raise error("a listener's own error")

    received: list[events.CommitEvent] = []
    stops = [events.subscribe(listener) for listener in (received.append, fail, received.append)]
    try:
        with caplog.at_level(logging.ERROR, logger=events.__name__):
            events.publish(CHANGE)
    finally:
        for stop in stops:
            stop()
    assert received == [CHANGE, CHANGE]
    assert [record.getMessage() for record in caplog.records] == ["A listener failed at position 7"]


def test_a_listener_receives_each_change_until_it_unsubscribes():
    received: list[events.CommitEvent] = []
    unsubscribe = events.subscribe(received.append)
    events.publish(CHANGE)
    unsubscribe()
    events.publish(CHANGE)
    assert received == [CHANGE]
