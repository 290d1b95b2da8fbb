"""What is made once for all readers, and kept as long as what it was made from."""

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Made = TypeVar("Made")

MOST = 1_000
"""Things kept at a time: past it they are made again."""


class Kept:
    """Results by key; shared between threads, never changed once made."""

    def __init__(self) -> None:
        self._made: dict[Hashable, Any] = {}
        self._lock = threading.RLock()

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` gives: made at the first call with this key. Others who ask meanwhile wait for it."""
        made = self._made
        if key not in made:
            with self._lock:
                made = self._made = self._made if len(self._made) < MOST else {}
                if key not in made:
                    made[key] = make()
        found: Made = made[key]
        return found
