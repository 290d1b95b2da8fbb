"""Count and time the requests of an interface; render an unforeseen error as a message with its number in the log."""

import time
from collections.abc import Callable
from http import HTTPStatus

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ror import logs, metrics


class Instrumentation:
    """Middleware of one interface; `render(status, message, path)` renders an error in the format of the interface."""

    def __init__(self, app: ASGIApp, interface: str, render: Callable[[int, str, str], Response]) -> None:
        self.app, self._interface, self._render = app, interface, render

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request and observe its duration; log an exception, and render it when no response has begun."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status, started = 0, time.perf_counter()

        async def send_and_note(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        except Exception as error:
            user_message = (
                f"Le service a rencontré une erreur (numéro {logs.report(error, 'request')}). Recommencez ; si elle revient, "
                "donnez ce numéro au support."
            )
            if not status:
                await self._render(500, user_message, scope["path"])(scope, receive, send_and_note)
        # The pattern of the route: addresses would make a series of metrics for each unit.
        route = getattr(scope.get("route"), "path", "")
        method = scope["method"] if route and status != HTTPStatus.METHOD_NOT_ALLOWED else ""
        labels = (self._interface, method, route, str(status))
        metrics.EXCHANGES.labels(*labels).observe(time.perf_counter() - started)
