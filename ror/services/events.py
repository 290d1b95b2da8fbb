"""Publish what was committed to the listeners of this process."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CommitEvent:
    """A commit: its position, and the unit that was declared. An empty `department`: the registry changed, for every page.

    With an `account` no number changed; the units that this account may declare for did.
    """

    position: int
    unit: str = ""
    structure: str = ""
    department: str = ""
    kind: str = field(default="", compare=False)
    """The kind of the declaration (`model.declaration.EventKind`); empty for the registry and for commits of other replicas."""
    account: str = ""
    """The account whose units changed, by a handover."""
    calls: int = 0
    """The number of the last event of the call round (`store.call_round.last_number`), when that alone changed."""
    alerts: str = ""
    """The account one of whose alerts rang, or was acknowledged elsewhere: nothing else changed."""


log = logging.getLogger(__name__)

Listener = Callable[[CommitEvent], None]
_listeners: list[Listener] = []
_lock = threading.Lock()


def subscribe(listener: Listener) -> Callable[[], None]:
    """Call `listener` after each commit, on the committing thread; return the function that unsubscribes it."""
    with _lock:
        _listeners.append(listener)

    def stop() -> None:
        with _lock:
            _listeners.remove(listener)

    return stop


def publish(change: CommitEvent) -> None:
    """Call every listener with a change; after the commit, never inside a transaction. A listener that fails is logged."""
    with _lock:
        listeners = tuple(_listeners)
    for listener in listeners:
        try:
            listener(change)
        except Exception:  # the commit stands, and the other listeners must hear of it
            log.exception("A listener failed at position %s", change.position)
