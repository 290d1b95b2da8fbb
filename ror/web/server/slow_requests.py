"""Timeouts of slow requests: uvicorn waits for ever for the rest of a request that has begun.

Otherwise a few machines that each send a byte a minute would occupy all the connections of the server (slowloris). A proxy
that buffers requests, as nginx does, protects from them too; this protects without one.
"""

import asyncio
from enum import Enum
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 15.0
"""Timeout from the opening of a connection, or the first byte of a further request, to the end of the headers."""

BODY_SECONDS = 20.0
SLOWEST_BODY = 1_000
"""A body has `BODY_SECONDS`, and one more second for each `SLOWEST_BODY` bytes received."""

_TIMED_OUT = (
    b"HTTP/1.1 408 Request Timeout\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)


class _Part(Enum):
    """The part of a request that is waited for."""

    HEAD = 1
    BODY = 2


class TimedProtocol(H11Protocol):
    """The HTTP protocol of uvicorn, with timeouts for the headers and the body of each request."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._part: _Part | None = None
        self._since = 0.0
        self._received = 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timer of the first request."""
        super().connection_made(transport)
        self._set_timer(_Part.HEAD)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer."""
        self._set_timer(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Handle the data, then start the timer of the missing part of the request."""
        self._received += len(data)
        super().data_received(data)
        if self.transport.get_protocol() is not self or self.transport.is_closing():
            self._set_timer(None)
        elif self.conn.their_state is h11.SEND_BODY:
            self._set_timer(_Part.BODY)
        elif self.conn.their_state is h11.IDLE and (self.cycle is None or self.cycle.response_complete):
            self._set_timer(_Part.HEAD)
        else:
            self._set_timer(None)

    def on_response_complete(self) -> None:
        """Stop the timer: between two requests uvicorn's own keep-alive timeout applies."""
        self._set_timer(None)
        super().on_response_complete()

    def _set_timer(self, part: _Part | None) -> None:
        """Start the timer of the part that is now waited for, unless it runs already; None stops the timer."""
        if part is self._part:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._part, self._since, self._received, self._timer = part, self.loop.time(), 0, None
        if part is not None:
            self._timer = self.loop.call_later(self._allowed(), self._expired)

    def _allowed(self) -> float:
        return HEAD_SECONDS if self._part is _Part.HEAD else BODY_SECONDS + self._received / SLOWEST_BODY

    def _expired(self) -> None:
        """Close the connection, unless enough of the body came meanwhile or the server itself has paused reading."""
        left = self._allowed() - (self.loop.time() - self._since)
        if self._part is _Part.BODY and (left > 0 or self.flow.read_paused):
            self._timer = self.loop.call_later(max(left, 1.0), self._expired)
            return
        self._set_timer(None)
        if self.cycle is None or not self.cycle.response_started or self.cycle.response_complete:
            self.transport.write(_TIMED_OUT)
        self.transport.close()
