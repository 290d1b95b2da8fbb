"""Serve HEAD as GET; the server then sends the headers alone (RFC 9110)."""

from starlette.types import ASGIApp, Receive, Scope, Send


class HeadAsGet:
    """Middleware that has the routes of GET serve HEAD too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a HEAD request on as a GET; the server, which has the original method, leaves the body out."""
        passed = {**scope, "method": "GET"} if scope.get("method") == "HEAD" else scope
        await self.app(passed, receive, send)
