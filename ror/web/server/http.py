"""What the server answers beside the screens: the session's cookie, live pages, the language of the page."""

import asyncio
import re
from contextlib import suppress
from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from ror.drawing import maps
from ror.errors import SignInFailed
from ror.model.attempts import USUAL
from ror.model.freshness import PARIS
from ror.model.rights import Account, Action, entitled
from ror.services import journal
from ror.services.accounts import devices, sign_in
from ror.settings import settings
from ror.store.engine.database import open_database
from ror.web import home
from ror.web.server import assets, cookies, policy
from ror.web.server.live_hub import hub

FIRST = {"/api": "/api/v1/docs", "/api/": "/api/v1/docs", "/fhir": "/fhir/metadata", "/fhir/": "/fhir/metadata"}
"""What the bare address of an interface leads to: the page that describes it."""

_PULSE_PAUSE = 0.25
"""Seconds between two answers to one page."""

MOST_CODES = 200
"""Départements in one address: there are 101."""


async def open_session(request: Request) -> Response:
    """Spend the ticket of the sign-in form: sets the cookie, and back to the page that was asked for.

    Only when one of our own pages leads here: nobody is signed in to somebody else's account by a link. Browsers say
    so over TLS and on localhost; without TLS elsewhere they say nothing, and the 30 s of the ticket are what is left.
    """
    answer = RedirectResponse(local(request.query_params.get("next", "/")), status_code=303)
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return answer
    journal.acting_from(request.client.host if request.client else "")
    try:
        token = await run_in_threadpool(
            sign_in.open_session, open_database(), request.query_params.get("ticket", ""), datetime.now(UTC)
        )
    except SignInFailed:
        return answer
    await give_session(answer, token, request)
    return answer


async def give_session(answer: Response, token: str, request: Request) -> None:
    """Put the session's token in the cookie of an answer, and beside it the mark that outlives it.

    Both out of reach of scripts and of other sites.
    """
    account = await _account(token)
    mark = devices.updated_mark(request.cookies.get(devices.COOKIE, ""), account.id) if account else ""
    kept = {devices.COOKIE: (mark, int(USUAL.total_seconds())), cookies.SESSION: (token, settings().session_hours * 3600)}
    for name, (value, seconds) in kept.items():
        answer.set_cookie(name, value, max_age=seconds, httponly=True, samesite="strict", secure=cookies.secure(request.scope))


async def close_session(request: Request) -> Response:
    """Drop the cookie of a session that is over."""
    answer = RedirectResponse("/", status_code=303)
    if await _account(request.cookies.get(cookies.SESSION, "")) is None:
        answer.delete_cookie(cookies.SESSION, httponly=True, samesite="strict", secure=cookies.secure(request.scope))
    return answer


async def live(socket: WebSocket) -> None:
    """The live connection of one open page, for those who may consult; `web.doors` lets in our own pages alone."""
    account = await _account(socket.cookies.get(cookies.SESSION, ""))
    if account is None or not entitled(account, Action.CONSULT):
        await socket.close(1008)
        return
    await hub.serve(socket)


async def pulse(socket: WebSocket) -> None:
    """Answer each message of an open page with the time in Paris, so that it knows when the server was last there."""
    await socket.accept()
    # A page that leaves between its message and the answer is no error.
    with suppress(WebSocketDisconnect, RuntimeError):
        while (await socket.receive())["type"] == "websocket.receive":
            await socket.send_text(f"{datetime.now(PARIS):%H h %M}")
            # A page asks every second; whoever asks faster waits.
            await asyncio.sleep(_PULSE_PAUSE)


async def outlines(request: Request) -> Response:
    """The outlines of départements for the maps; the address names the version, so that a browser asks once."""
    drawn = maps.outlines_json(tuple(request.path_params["codes"].split("-")[:MOST_CODES]))
    return Response(drawn, media_type="application/json", headers={"cache-control": "public, max-age=31536000, immutable"})


async def _account(token: str) -> Account | None:
    return await run_in_threadpool(sign_in.account_of, open_database(), token, datetime.now(UTC), user_action=False)


async def _visitor(scope: Scope) -> Account | None:
    """The account that asks for a page, None before it has signed in."""
    return await _account(HTTPConnection(scope).cookies.get(cookies.SESSION, ""))


def local(target: str) -> str:
    """The address to go back to, when it is one of this server; else the first page."""
    return target if target.startswith("/") and not target.startswith(("//", "/\\")) else "/"


ROUTES = [
    Route("/session/open", open_session),
    Route("/session/close", close_session),
    Route("/outlines/{version}/{codes}.json", outlines),
    WebSocketRoute("/live", live),
    WebSocketRoute("/pulse", pulse),
    *assets.ROUTES,
]


class French:
    """Middleware: the page says that it is in French (the shell that Streamlit serves says English) and names itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Patch HTML answers whole; everything else goes through untouched."""
        machines = scope["type"] != "http" or scope["path"].startswith(policy.MACHINES)
        if machines or "text/html" not in _header(scope, b"accept"):
            await self.app(scope, receive, send)
            return
        if scope["path"] == "/" and not scope["query_string"] and (account := await _visitor(scope)):
            # Within the page it would stay in the history, and « back » would lead forward again.
            await RedirectResponse(home.first_address(account), status_code=303)(scope, receive, send)
            return
        # A compressed or "not modified" answer could not be patched.
        kept = [(name, value) for name, value in scope["headers"] if name not in _UNPATCHABLE]
        if "/" in scope["path"].strip("/"):
            # Streamlit answers its page whatever is asked for, and that page finds its scripts from the first folder alone.
            send = _elsewhere(scope, receive, send)
        await self.app({**scope, "headers": kept}, receive, _Patched(send))


def _elsewhere(scope: Scope, receive: Receive, send: Send) -> Send:
    """What sends a browser from an address in a folder, where there is no page, to one that the screens say so of."""
    pages: list[Message] = []

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start" and _is_html(message):
            pages.append(message)
            await RedirectResponse(NOWHERE, status_code=303)(scope, receive, send)
        elif not pages:
            await send(message)

    return sent


def _is_html(start: Message) -> bool:
    return MutableHeaders(raw=start["headers"]).get("content-type", "").startswith("text/html")


NOWHERE = "/page-inconnue"
"""An address that is no page's."""

_NO_SCRIPT = re.compile(rb"<noscript>.*</noscript>", re.DOTALL)
_AGENTS = re.compile(rb'<link rel="service-desc"[^>]*>')
"""Where Streamlit tells of an entrance for programs, which is closed here."""

_FAVICON = b'<link rel="shortcut icon" href="./favicon.png" />'
"""Streamlit's own icon."""

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
            if not _is_html(message):
                await self.send(message)
        elif not _is_html(self.start):
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
        body = _NO_SCRIPT.sub(b"<noscript><p>Activez JavaScript pour utiliser ce service.</p></noscript>", body)
        body = _AGENTS.sub(b"", body).replace(_FAVICON, assets.head())
        body = body.replace(b"</head>", assets.preloads() + b"</head>").replace(b"</body>", assets.end() + b"</body>")
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
