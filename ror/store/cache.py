"""A cache of values computed from one source."""

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Value = TypeVar("Value")

MOST_ENTRIES = 1_000
"""Default limit of the entries of a cache, which is emptied before it would hold more."""


class Cache:
    """Thread-safe cache. Its values never expire: discard the cache with the object that they are computed from."""

    def __init__(self, most: int = MOST_ENTRIES) -> None:
        self._most = most
        self._values: dict[Hashable, Any] = {}
        self._lock = threading.RLock()

    def get(self, key: Hashable, create: Callable[[], Value]) -> Value:
        """Return the value of a key; the first thread that asks creates it while the others wait. Never change the value."""
        values = self._values
        if key not in values:
            with self._lock:
                values = self._values = self._values if len(self._values) < self._most else {}
                if key not in values:
                    values[key] = create()
        value: Value = values[key]
        return value
