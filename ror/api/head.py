"""HEAD: what GET answers, of which the server sends the headers alone (RFC 9110)."""

from starlette.types import ASGIApp, Receive, Scope, Send


class Headed:
    """Middleware that has a route of GET serve HEAD too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; the server, which knows what was asked, leaves the body out."""
        asked = {**scope, "method": "GET"} if scope.get("method") == "HEAD" else scope
        await self.app(asked, receive, send)
