"""Coroutines in tests: they run in a thread of their own, since Playwright occupies the event loop of the main one."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from types import ModuleType
from typing import Any

import pytest

from ror.errors import Unavailable
from ror.store.engine.database import Database


def run_coroutine(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine in a thread of its own, and return its result."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


@asynccontextmanager
async def running(coroutine: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run a task of a server during the block, and cancel it at the end."""
    task = asyncio.create_task(coroutine)
    try:
        yield
    finally:
        task.cancel()


async def until(condition: Callable[[], object]) -> None:
    """Wait until a condition is true, for ten seconds at most; the caller then checks the condition itself."""
    for _ in range(200):
        if condition():
            return
        await asyncio.sleep(0.05)


def failing_rounds(db: Database, monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str) -> int:
    """Run the task `run_periodically` of a module, whose function `name` does one round, and return how many rounds it began.

    In the first one the store does not answer, the second one fails for no known reason, the third one ends the task.
    """
    errors: list[BaseException] = [Unavailable("away"), ValueError("unexpected"), asyncio.CancelledError()]
    waiting = errors.copy()

    def fails(*_: object) -> None:
        raise waiting.pop(0)

    async def run() -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(module.run_periodically(db), 5)

    monkeypatch.setattr(module, name, fails)
    monkeypatch.setattr(module, "SECONDS", 0.01)
    with suppress(asyncio.CancelledError):
        run_coroutine(run())
    return len(errors) - len(waiting)
