"""A cache of values computed from one source."""

import threading
from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Any, TypeVar

Value = TypeVar("Value")

MAX_ENTRIES = 1_000
"""Default limit of the entries of a cache."""


class Cache:
    """Thread-safe cache whose values never expire: what they depend on is part of their key, or the cache is discarded with it.

    A new entry past the limit takes the place of the oldest one.
    """

    def __init__(self, most: int = MAX_ENTRIES) -> None:
        self._most = most
        self._values: dict[Hashable, Any] = {}
        self._lock = threading.RLock()

    def get(self, key: Hashable, create: Callable[[], Value]) -> Value:
        """Return the value of a key; the first thread that asks creates it while the others wait. Never change the value.

        None, for what cannot be computed yet, is not stored.
        """
        with suppress(KeyError):
            cached: Value = self._values[key]
            return cached
        with self._lock:
            if key not in self._values:
                created = create()
                if created is None:
                    return created
                while len(self._values) >= self._most:
                    del self._values[next(iter(self._values))]
                self._values[key] = created
            value: Value = self._values[key]
            return value
