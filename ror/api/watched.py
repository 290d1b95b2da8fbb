"""What other systems ask for is counted, and an error that nobody foresaw becomes a sentence with a number."""

import time
from collections.abc import Callable
from http import HTTPStatus

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ror import logs, metrics


class Watched:
    """Middleware of one interface. `said` answers a status, a sentence and a path in the form of the interface."""

    def __init__(self, app: ASGIApp, interface: str, said: Callable[[int, str, str], Response]) -> None:
        self.app, self._interface, self._said = app, interface, said

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; what fails is noted, and answered as long as nothing has left."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status, began = 0, time.perf_counter()

        async def sent(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self.app(scope, receive, sent)
        except Exception as error:
            sentence = (
                f"Le service a rencontré une erreur (numéro {logs.report(error, 'request')}). Recommencez ; si elle revient, "
                "donnez ce numéro au support."
            )
            if not status:
                await self._said(500, sentence, scope["path"])(scope, receive, sent)
        # The route as it is written: an address would count each unit apart.
        route = getattr(scope.get("route"), "path", "")
        method = scope["method"] if route and status != HTTPStatus.METHOD_NOT_ALLOWED else ""
        labels = (self._interface, method, route, str(status))
        metrics.EXCHANGES.labels(*labels).observe(time.perf_counter() - began)
