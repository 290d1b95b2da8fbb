"""The hub of live screens: a commit wakes the open pages that show what changed.

The server pushes positions over a WebSocket of its own; the component of `ror.web.live` turns each into a rerun.
"""

import asyncio
import json
import math
import random
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from ror.services.events import Change
from ror.store.engine.database import open_database

EVERYTHING = "*"
COALESCE_SECONDS = 0.3
"""Commits closer than this wake a page once."""

BUSY_SECONDS = 2.0
"""A page of the whole region is not woken again before this time, whatever is declared meanwhile."""

SECONDS_PER_PAGE = 0.05
"""Nor before this time for each such page that is open: many of them leave most of the machine to those who act."""

_SPREAD = 0.2
"""Part of that time over which the pages of one commit are woken, so that they do not all come at once."""

_RECENT = 1_000

_LONGEST_SUBSCRIPTION = 20_000


@dataclass(eq=False, slots=True)
class _Screen:
    """One open page: what it shows, and the position it is to be told."""

    shows: frozenset[str] = frozenset()
    position: int = 0
    woken_at: float = -math.inf
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def wide(self) -> bool:
        """Whether it shows the whole region, which something of changes all the time."""
        return EVERYTHING in self.shows

    def pause(self, now: float, wide_pages: int) -> float:
        """Seconds to wait before it is woken: by then more may have been committed. `now` as `woken_at`, in seconds."""
        if not self.wide:
            return COALESCE_SECONDS
        share = SECONDS_PER_PAGE * wide_pages
        return max(COALESCE_SECONDS + random.random() * _SPREAD * share, self.woken_at + max(BUSY_SECONDS, share) - now)

    def concerned(self, change: Change) -> bool:
        keys = {EVERYTHING, f"department:{change.department}", f"structure:{change.structure}", f"unit:{change.unit}"}
        return not change.department or bool(self.shows & keys)


class Hub:
    """The open pages of this process; told of each commit, tells those that show what changed."""

    def __init__(self) -> None:
        self._screens: set[_Screen] = set()
        self._recent: deque[Change] = deque(maxlen=_RECENT)
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def count(self) -> int:
        """How many pages are told of commits."""
        return len(self._screens)

    def start(self) -> None:
        """Note the event loop that serves the pages."""
        self._loop = asyncio.get_running_loop()

    def tell(self, change: Change) -> None:
        """From any thread: wake the pages concerned."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake, change)

    def _wake(self, change: Change) -> None:
        self._recent.append(change)
        for screen in self._screens:
            if screen.concerned(change):
                screen.position = change.position
                screen.wake.set()

    async def serve(self, socket: WebSocket) -> None:
        """One page's connection, from its first subscription to its closing."""
        await socket.accept()
        screen = _Screen()
        self._screens.add(screen)
        sender = asyncio.create_task(self._send(socket, screen))
        try:
            while True:
                # A frame of bytes has no text: it is none of our pages'.
                message = (await socket.receive()).get("text")
                if message is None or len(message) > _LONGEST_SUBSCRIPTION:
                    break
                with suppress(ValueError, TypeError, KeyError, OverflowError, RecursionError):
                    self._subscribe(screen, json.loads(message))
        except WebSocketDisconnect:
            pass
        finally:
            self._screens.discard(screen)
            sender.cancel()

    def _subscribe(self, screen: _Screen, wanted: dict[str, Any]) -> None:
        """What the page shows now; it is woken by what was committed between its drawing and this message."""
        screen.shows = frozenset(str(key) for key in wanted["shows"])
        position = open_database().position
        if self._missed(screen, int(wanted["position"]), position):
            screen.position = position
            screen.wake.set()

    def _missed(self, screen: _Screen, drawn: int, position: int) -> bool:
        """Whether something that a screen shows was committed after the position it was drawn at, as far as is known."""
        if position <= drawn:
            return False
        since = [change for change in self._recent if change.position > drawn]
        known = bool(since) and (len(since) < len(self._recent) or since[0].position == drawn + 1)
        return not known or since[-1].position < position or any(screen.concerned(change) for change in since)

    async def _send(self, socket: WebSocket, screen: _Screen) -> None:
        while True:
            await screen.wake.wait()
            wide_pages = sum(other.wide for other in self._screens)
            await asyncio.sleep(screen.pause(time.monotonic(), wide_pages))
            screen.wake.clear()
            screen.woken_at = time.monotonic()
            with suppress(WebSocketDisconnect, RuntimeError):
                await socket.send_text(str(screen.position))


hub = Hub()
