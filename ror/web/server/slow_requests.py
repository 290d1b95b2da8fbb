"""Requests that are sent too slowly are ended: uvicorn waits for ever for the rest of one that was begun.

A handful of machines that each send a byte a minute would otherwise hold all the connections of the server. A proxy that
buffers requests, as nginx does, keeps them from us; this holds without one.
"""

import asyncio
from enum import Enum
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 15.0
"""From the opening of a connection, or the first byte of a further request, to the end of the headers."""

BODY_SECONDS = 20.0
SLOWEST_BODY = 1_000
"""A body may take that long, and a second more for each so many bytes that came."""

_TIMED_OUT = (
    b"HTTP/1.1 408 Request Timeout\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)


class _Part(Enum):
    """Which part of a request is waited for."""

    HEAD = 1
    BODY = 2


class TimedProtocol(H11Protocol):
    """HTTP of uvicorn, which gives the headers and the body of each request so long to come."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._part: _Part | None = None
        self._since = 0.0
        self._received = 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(transport)
        self._await(_Part.HEAD)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._await(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, then wait for what the request lacks."""
        self._received += len(data)
        super().data_received(data)
        if self.transport.get_protocol() is not self or self.transport.is_closing():
            self._await(None)
        elif self.conn.their_state is h11.SEND_BODY:
            self._await(_Part.BODY)
        elif self.conn.their_state is h11.IDLE and (self.cycle is None or self.cycle.response_complete):
            self._await(_Part.HEAD)
        else:
            self._await(None)

    def on_response_complete(self) -> None:
        """Between two requests the time of uvicorn's own setting counts."""
        self._await(None)
        super().on_response_complete()

    def _await(self, part: _Part | None) -> None:
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
        """End the connection, unless enough of the body came meanwhile or it is the server that does not read it."""
        left = self._allowed() - (self.loop.time() - self._since)
        if self._part is _Part.BODY and (left > 0 or self.flow.read_paused):
            self._timer = self.loop.call_later(max(left, 1.0), self._expired)
            return
        self._await(None)
        if self.cycle is None or not self.cycle.response_started or self.cycle.response_complete:
            self.transport.write(_TIMED_OUT)
        self.transport.close()
