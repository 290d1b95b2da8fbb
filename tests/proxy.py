"""A TCP proxy between a browser and the server, which simulates cuts and hangs of the network."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self

from tests.harness import free_port

_CHUNK = 2**16
_SECONDS = 10


class Proxy:
    """Forward connections to a port of this machine, until a failure is simulated.

    `cut` closes every connection and refuses new ones, as a router that restarts. `hang` keeps them open and forwards
    nothing, as a tunnel: both ends believe that they are still connected. `mute` does so to the answers of the server
    alone. `lose` does so for ever to the connections that are open, as a network that changed while a laptop slept.
    `restore` ends a cut, a hang and a mute.
    """

    def __init__(self, target_port: int) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._target = target_port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._writers: set[asyncio.StreamWriter] = set()
        self._refuses = False
        self._generation = 0
        self._requests, self._answers = asyncio.Event(), asyncio.Event()
        self._requests.set()
        self._answers.set()

    def cut(self) -> None:
        """Close every connection and refuse new ones."""
        self._run(self._cut())

    def hang(self) -> None:
        """Forward nothing more, without closing a connection."""
        self._run(self._hang())

    def mute(self) -> None:
        """Forward requests of the browser, but no responses."""
        self._run(self._mute())

    def lose(self) -> None:
        """Forward nothing more on present connections; new ones pass."""
        self._run(self._lose())

    def restore(self) -> None:
        """Forward again, including the data that `hang` delayed."""
        self._run(self._restore())

    async def _cut(self) -> None:
        self._refuses = True
        for writer in self._writers:
            writer.transport.abort()

    async def _hang(self) -> None:
        self._requests.clear()
        self._answers.clear()

    async def _mute(self) -> None:
        self._answers.clear()

    async def _lose(self) -> None:
        self._generation += 1

    async def _restore(self) -> None:
        self._refuses = False
        self._requests.set()
        self._answers.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self._refuses:
                raise ConnectionRefusedError
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, server_writer}
        await asyncio.gather(
            self._forward(reader, server_writer, self._requests), self._forward(server_reader, writer, self._answers)
        )
        self._writers -= {writer, server_writer}

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, flows: asyncio.Event) -> None:
        generation = self._generation
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK):
                await flows.wait()
                if generation == self._generation and not self._refuses:
                    writer.write(data)
                    await writer.drain()
        writer.close()

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_SECONDS)

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._run(asyncio.start_server(self._serve, "127.0.0.1", self.port))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._run(self._restore())
        self._run(self._cut())
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_SECONDS)
