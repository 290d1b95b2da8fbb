"""The callback of long work: how many steps are done, of how many."""

from collections.abc import Callable

OnProgress = Callable[[int, int], None]
"""Called with the steps done and their total."""


def ignore_progress(_done: int, _total: int) -> None:
    """Ignore the progress."""
