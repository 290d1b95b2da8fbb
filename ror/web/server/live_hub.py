"""The hub of live updates: each commit wakes the open pages that show the changed data.

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

from ror.services.events import CommitEvent
from ror.store.engine.database import open_database

EVERYTHING = "*"
CALLS = "calls:"
"""A page that shows the call round has this key, with the number of the last event of the round that it shows."""
AGAIN = "again"
"""Sent to a page after a change without a position, as one of its account's units: the page reruns at its own position."""

COALESCE_SECONDS = 0.3
"""Commits closer than this wake a page once."""

BUSY_SECONDS = 2.0
"""A page of the whole region is not woken again before this time, whatever is declared meanwhile."""

SECONDS_PER_PAGE = 0.1
"""A page of the whole region also waits at least this time multiplied by the number of such open pages, which leaves most of
the processor to the actions of users.

After a quiet time the pages of one commit are spread over that whole interval, and keep their distance from then on. A rerun
costs a quarter of `SECONDS_PER_PAGE`: all at once, they would hold up the actions of everybody (`benchmarks.answers`).
"""

_RECENT = 1_000

_MAX_SUBSCRIPTION_LENGTH = 20_000


@dataclass(eq=False, slots=True)
class _OpenPage:
    """One open page: the keys that it shows, the position to send, and whether to send `AGAIN`."""

    shows: frozenset[str] = frozenset()
    position: int = 0
    again: bool = False
    woken_at: float = -math.inf
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def wide(self) -> bool:
        """Return whether it shows the whole region, which changes all the time."""
        return EVERYTHING in self.shows

    def pause(self, now: float, wide_pages: int) -> float:
        """Return the seconds to wait before waking it, to group commits; `now` is a monotonic time, as `woken_at`."""
        if not self.wide:
            return COALESCE_SECONDS
        share = SECONDS_PER_PAGE * wide_pages
        rest = self.woken_at + max(BUSY_SECONDS, share) - now
        return rest if rest > COALESCE_SECONDS else COALESCE_SECONDS + random.random() * share

    def is_affected(self, change: CommitEvent) -> bool:
        """Return whether a change affects what the page shows."""
        if change.account:
            return f"account:{change.account}" in self.shows
        if change.calls:
            return self.shows_calls_before(change.calls)
        if change.alerts:
            return f"alerts:{change.alerts}" in self.shows
        keys = {EVERYTHING, f"department:{change.department}", f"structure:{change.structure}", f"unit:{change.unit}"}
        return not change.department or bool(self.shows & keys)

    def shows_calls_before(self, number: int) -> bool:
        """Return whether it shows the call round as it was before an event of this number."""
        shown = (key.removeprefix(CALLS) for key in self.shows if key.startswith(CALLS))
        return any(key.isdecimal() and int(key) < number for key in shown)


class Hub:
    """The open pages of this process, and the recent changes that they are notified of."""

    def __init__(self) -> None:
        self._pages: set[_OpenPage] = set()
        self._recent: deque[CommitEvent] = deque(maxlen=_RECENT)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._calls = 0

    @property
    def count(self) -> int:
        """Return how many pages are subscribed."""
        return len(self._pages)

    def start(self) -> None:
        """Store the event loop that serves the pages."""
        self._loop = asyncio.get_running_loop()

    def notify(self, change: CommitEvent) -> None:
        """Wake the pages that a change affects; may be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake, change)

    def _wake(self, change: CommitEvent) -> None:
        # A change of an account, of the calls or of alerts has no position of its own, which a page could have missed.
        if not (change.account or change.calls or change.alerts):
            self._recent.append(change)
        self._calls = max(self._calls, change.calls)
        for page in self._pages:
            if page.is_affected(change):
                page.position = max(page.position, change.position)
                page.again |= bool(change.account or change.calls or change.alerts)
                page.wake.set()

    async def serve(self, socket: WebSocket, shows: frozenset[str] | None = None) -> None:
        """Serve the connection of one page, until it closes; with `shows` it is woken for these keys, whatever it asks for."""
        await socket.accept()
        page = _OpenPage()
        self._pages.add(page)
        sender = asyncio.create_task(self._send(socket, page))
        try:
            while True:
                # Our pages send text only.
                message = (await socket.receive()).get("text")
                if message is None or len(message) > _MAX_SUBSCRIPTION_LENGTH:
                    break
                with suppress(ValueError, TypeError, KeyError, OverflowError, RecursionError):
                    self._subscribe(page, json.loads(message), shows)
        except WebSocketDisconnect:
            pass
        finally:
            self._pages.discard(page)
            sender.cancel()

    def _subscribe(self, page: _OpenPage, subscription: dict[str, Any], shows: frozenset[str] | None = None) -> None:
        """Set what the page shows, and wake it if that changed between its rendering and this message."""
        page.shows = frozenset(str(key) for key in subscription["shows"]) if shows is None else shows
        if page.shows_calls_before(self._calls):
            page.again = True
            page.wake.set()
        position = open_database().position
        if self._missed(page, int(subscription["position"]), position):
            page.position = position
            page.wake.set()

    def _missed(self, page: _OpenPage, rendered: int, position: int) -> bool:
        """Return whether data of a screen changed after it was rendered; True when older changes are unknown."""
        if position <= rendered:
            return False
        since = [change for change in self._recent if change.position > rendered]
        is_complete = bool(since) and (len(since) < len(self._recent) or since[0].position == rendered + 1)
        return not is_complete or since[-1].position < position or any(page.is_affected(change) for change in since)

    async def _send(self, socket: WebSocket, page: _OpenPage) -> None:
        while True:
            await page.wake.wait()
            wide_pages = sum(other.wide for other in self._pages)
            await asyncio.sleep(page.pause(time.monotonic(), wide_pages))
            page.wake.clear()
            page.woken_at = time.monotonic()
            with suppress(WebSocketDisconnect, RuntimeError):
                await socket.send_text(AGAIN if page.again else str(page.position))
                page.again = False


hub = Hub()
