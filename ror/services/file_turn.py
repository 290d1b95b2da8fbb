"""Read one file of a user at a time in the whole process: each may take much memory, the others wait their turn."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ror.errors import Busy

PATIENCE_SECONDS = 120
WAITING = "Un autre fichier est en cours de lecture : le vôtre attend son tour."

OnWait = Callable[[str], None]
"""Called once a second, while a file waits, with the sentence to show; an error that it raises ends the wait."""

_TURN = threading.Lock()
_STEP_SECONDS = 1.0


def ignore_wait(_: str) -> None:
    """Show nothing while a file waits."""


@contextmanager
def file_turn(on_wait: OnWait = ignore_wait) -> Iterator[None]:
    """Hold the turn to read a file. Raises `Busy` when it does not come within `PATIENCE_SECONDS`."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    if not _TURN.acquire(blocking=False):
        on_wait(WAITING)
        while not _TURN.acquire(timeout=_STEP_SECONDS):
            if time.monotonic() > deadline:
                raise Busy("D'autres fichiers sont en cours de lecture depuis longtemps : réessayez dans quelques minutes.")
            on_wait(WAITING)
    try:
        yield
    finally:
        _TURN.release()
