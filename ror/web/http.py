"""What the server answers beside the screens: the session's cookie, live pages, the language of the page."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from ror.errors import SignInFailed
from ror.services import sign_in
from ror.settings import settings
from ror.store.database import open_database
from ror.web.live import hub
from ror.web.session import COOKIE


async def open_session(request: Request) -> Response:
    """Spend the ticket of the sign-in form: sets the cookie, and back to the page that was asked for."""
    answer = RedirectResponse(_local(request.query_params.get("next", "/")), status_code=303)
    try:
        token = await run_in_threadpool(
            sign_in.open_session, open_database(), request.query_params.get("ticket", ""), datetime.now(UTC)
        )
    except SignInFailed:
        return answer
    answer.set_cookie(
        COOKIE,
        token,
        max_age=settings().session_hours * 3600,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


async def close_session(request: Request) -> Response:
    """Drop the cookie of a session that is over."""
    answer = RedirectResponse("/", status_code=303)
    if await _account(request.cookies.get(COOKIE, "")) is None:
        answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer


async def live(socket: WebSocket) -> None:
    """The live connection of one open page: signed in, and from our own pages only."""
    same_origin = urlsplit(socket.headers.get("origin", "")).netloc == socket.headers.get("host", "-")
    if not same_origin or await _account(socket.cookies.get(COOKIE, "")) is None:
        await socket.close(1008)
        return
    await hub.serve(socket)


async def _account(token: str) -> object | None:
    return await run_in_threadpool(sign_in.account_of, open_database(), token, datetime.now(UTC), gesture=False)


def _local(target: str) -> str:
    """The address to go back to, when it is one of this server; else the first page."""
    return target if target.startswith("/") and not target.startswith(("//", "/\\")) else "/"


ROUTES = [
    Route("/session/open", open_session),
    Route("/session/close", close_session),
    WebSocketRoute("/live", live),
]


class French:
    """Middleware: the page says that it is in French (the shell that Streamlit serves says English) and names itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Patch HTML answers whole; everything else goes through untouched."""
        if scope["type"] != "http" or "text/html" not in _header(scope, b"accept"):
            await self.app(scope, receive, send)
            return
        # A compressed or "not modified" answer could not be patched.
        kept = [(name, value) for name, value in scope["headers"] if name not in _UNPATCHABLE]
        await self.app({**scope, "headers": kept}, receive, _Patched(send))


_UNPATCHABLE = (b"accept-encoding", b"if-none-match", b"if-modified-since")


class _Patched:
    """Holds back an HTML answer until its body is complete."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.start: Message = {}
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
            if not MutableHeaders(raw=message["headers"]).get("content-type", "").startswith("text/html"):
                await self.send(message)
        elif not MutableHeaders(raw=self.start["headers"]).get("content-type", "").startswith("text/html"):
            await self.send(message)
        else:
            self.body += message.get("body", b"")
            if not message.get("more_body"):
                await self._finish()

    async def _finish(self) -> None:
        title = settings().service_name.encode()
        body = self.body.replace(b'lang="en"', b'lang="fr"').replace(
            b"<title>Streamlit</title>", b"<title>" + title + b"</title>"
        )
        body = body.replace(b"You need to enable JavaScript to run this app.", b"Activez JavaScript pour utiliser ce service.")
        headers = MutableHeaders(raw=self.start["headers"])
        headers["content-length"] = str(len(body))
        for name in ("etag", "last-modified"):
            if name in headers:
                del headers[name]
        headers["cache-control"] = "no-cache"
        await self.send(self.start)
        await self.send({"type": "http.response.body", "body": body})


def _header(scope: Scope, wanted: bytes) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == wanted), "")
