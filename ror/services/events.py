"""Telling those who listen, in this process, that something was committed."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Change:
    """What was committed at a position. Empty département: the registry changed, everybody is concerned."""

    position: int
    unit: str = ""
    structure: str = ""
    department: str = ""
    kind: str = field(default="", compare=False)
    """What the event of the log is (`model.capacity.EventKind`); empty for the registry, and for what others committed."""


log = logging.getLogger(__name__)

Listener = Callable[[Change], None]
_listeners: list[Listener] = []
_lock = threading.Lock()


def subscribe(listener: Listener) -> Callable[[], None]:
    """Call `listener` after each commit, on the committing thread; returns the function that stops it."""
    with _lock:
        _listeners.append(listener)

    def stop() -> None:
        with _lock:
            _listeners.remove(listener)

    return stop


def publish(change: Change) -> None:
    """Tell every listener; called after the commit, never inside a transaction."""
    with _lock:
        listeners = tuple(_listeners)
    for listener in listeners:
        try:
            listener(change)
        except Exception:  # what was committed stays so, whatever becomes of those who listen
            log.exception("A listener failed at position %s", change.position)
