"""The routes beside the screens (session cookie, live updates, map outlines), and the patch of Streamlit's HTML page."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from ror.drawing import geography, maps
from ror.errors import SignInFailed
from ror.model.attempts import USUAL
from ror.model.rights import Account, Action, entitled
from ror.services import journal
from ror.services.accounts import devices, sign_in
from ror.services.accounts.single_sign_on import SignOnReason
from ror.services.region_time import region_zone
from ror.settings import settings
from ror.store import outlines as stored_outlines
from ror.store.engine.database import open_database
from ror.web import home, unexpected_errors
from ror.web.server import cookies, encodings, page, policy
from ror.web.server.live_hub import hub

FIRST = {"/api": "/api/v1/docs", "/api/": "/api/v1/docs", "/fhir": "/fhir/metadata", "/fhir/": "/fhir/metadata"}
"""Redirects from the bare address of an interface to the page that describes it."""

REASON = "connexion"
"""The parameter of an address that passes the reason of a failed sign-in to the form."""

_PULSE_PAUSE = 0.25
"""Seconds between two responses to one page."""

MAX_CODES = 200
"""Départements in one address: there are 101."""


async def open_session(request: Request) -> Response:
    """Exchange the ticket of the sign-in form for a session cookie, and redirect to the requested page.

    Only for navigation from our own pages, so that no link signs a user in to another account (login CSRF). Browsers send
    `Sec-Fetch-Site` over TLS and on localhost; elsewhere only the 30 s of the ticket protect.
    """
    target = local(request.query_params.get("next", "/"))
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return RedirectResponse(target, status_code=303)
    journal.acting_from(request.client.host if request.client else "")
    try:
        token = await run_in_threadpool(
            sign_in.open_session, open_database(), request.query_params.get("ticket", ""), datetime.now(UTC)
        )
    except SignInFailed:
        # The first of two presses signed the user in: the second one has nothing to say.
        if await _account(request.cookies.get(cookies.SESSION, "")) is not None:
            return RedirectResponse(target, status_code=303)
        return refuse(target, SignOnReason.EXPIRED)
    return await enter(token, target, request)


def refuse(target: str, reason: SignOnReason) -> RedirectResponse:
    """Redirect to the requested page, whose sign-in form shows the reason why no session was opened."""
    return RedirectResponse(f"{target}{'&' if '?' in target else '?'}{REASON}={reason}", status_code=303)


async def enter(token: str, target: str, request: Request) -> RedirectResponse:
    """Redirect to the requested page, from « / » to the first page of the account, with the cookies of its new session.

    One cookie is of the session, one of the device, which outlives it; both are HttpOnly and SameSite=Strict.
    """
    account = await _account(token)
    # At once: on a slow network, each redirect is a wait of its own.
    response = RedirectResponse(home.first_address(account) if account and target == "/" else target, status_code=303)
    mark = devices.updated_mark(request.cookies.get(devices.COOKIE, ""), account.id) if account else ""
    values = {devices.COOKIE: (mark, int(USUAL.total_seconds())), cookies.SESSION: (token, settings().session_hours * 3600)}
    for name, (value, seconds) in values.items():
        response.set_cookie(
            name, value, max_age=seconds, httponly=True, samesite="strict", secure=cookies.secure(request.scope)
        )
    return response


async def close_session(request: Request) -> Response:
    """Delete the cookie of a session that is over."""
    response = RedirectResponse("/", status_code=303)
    if await _account(request.cookies.get(cookies.SESSION, "")) is None:
        response.delete_cookie(cookies.SESSION, httponly=True, samesite="strict", secure=cookies.secure(request.scope))
    return response


async def live(socket: WebSocket) -> None:
    """Serve the live connection of one open page of ours (see `guard`), for accounts that may consult."""
    account = await _account(socket.cookies.get(cookies.SESSION, ""))
    if account is None or not entitled(account, Action.CONSULT):
        await socket.close(1008)
        return
    await hub.serve(socket)


async def pulse(socket: WebSocket) -> None:
    """Answer each message of an open page with the region's time, so that the page knows when the server last responded."""
    await socket.accept()
    # A page may close between its message and the response.
    with suppress(WebSocketDisconnect, RuntimeError):
        while (await socket.receive())["type"] == "websocket.receive":
            await socket.send_text(f"{datetime.now(region_zone()):%H h %M}")
            # A page sends one a second; faster clients wait.
            await asyncio.sleep(_PULSE_PAUSE)


async def outlines(request: Request) -> Response:
    """Serve the outlines of départements for the maps; the address contains the version, so that browsers cache them.

    The address of another version serves the present outlines too, but browsers must not cache them there.
    """
    outline_set = await run_in_threadpool(stored_outlines.newest, open_database())
    codes = tuple(request.path_params["codes"].split("-")[:MAX_CODES])
    current = request.path_params["version"] == outline_set.version
    headers = {"cache-control": "public, max-age=31536000, immutable" if current else "no-store"}
    return Response(maps.outlines_json(codes, outline_set), media_type="application/json", headers=headers)


async def plane(request: Request) -> Response:
    """Serve the shapes of the linked map (`drawing.geography.plane_json`), cached by browsers as `outlines` are."""
    outline_set = await run_in_threadpool(stored_outlines.newest, open_database())
    codes = tuple(request.path_params["codes"].split("-")[:MAX_CODES])
    current = request.url.path == geography.address(codes, outline_set.version)
    headers = {"cache-control": "public, max-age=31536000, immutable" if current else "no-store"}
    return Response(geography.plane_json(codes, outline_set), media_type="application/json", headers=headers)


async def _account(token: str) -> Account | None:
    return await run_in_threadpool(sign_in.account_of, open_database(), token, datetime.now(UTC), user_action=False)


async def _account_of(scope: Scope) -> Account | None:
    """Return the account of a request's session, None before sign-in."""
    return await _account(HTTPConnection(scope).cookies.get(cookies.SESSION, ""))


async def _account_if_known(scope: Scope) -> Account | None:
    """Return the account of a request's session; None also while the database fails, which the page then reports."""
    try:
        return await _account_of(scope)
    except Exception as error:
        unexpected_errors.report(error)
        return None


def local(target: str) -> str:
    """Return the address to redirect to when it is one of this server, else « / »."""
    return target if target.startswith("/") and not target.startswith(("//", "/\\")) else "/"


ROUTES = [
    Route("/session/open", open_session),
    Route("/session/close", close_session),
    Route("/outlines/{version}/{codes}.json", outlines),
    Route("/outlines/{version}/plane/{codes}.json", plane),
    WebSocketRoute("/live", live),
    WebSocketRoute("/pulse", pulse),
]


class HtmlPatch:
    """Middleware that patches the HTML page of Streamlit: French as its language, our title, icon, style and scripts."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Patch HTML responses; pass everything else unchanged."""
        is_other = scope["type"] != "http" or scope["path"].startswith((*policy.INTERFACES, policy.PLAIN))
        if is_other or policy.is_wall(scope["path"]) or "text/html" not in _header(scope, b"accept"):
            await self.app(scope, receive, send)
            return
        account = await _account_if_known(scope)
        if scope["path"] == "/" and not scope["query_string"] and account:
            # A redirect inside the page would stay in the history, and « back » would lead forward again.
            await RedirectResponse(home.first_address(account), status_code=303)(scope, receive, send)
            return
        # A compressed or "not modified" response cannot be patched.
        headers = [(name, value) for name, value in scope["headers"] if name not in _UNPATCHABLE]
        if "/" in scope["path"].strip("/"):
            # Streamlit serves its page at any address, and that page finds its scripts from the first folder only.
            send = _redirect_pages(scope, receive, send)
        sender = _HtmlSender(send, encodings.preferred(_header(scope, b"accept-encoding")), signed_in=account is not None)
        await self.app({**scope, "headers": headers}, receive, sender)


def _redirect_pages(scope: Scope, receive: Receive, send: Send) -> Send:
    """Return a `send` that redirects from an address in a folder, where no page exists, to the page for unknown addresses."""
    pages: list[Message] = []

    async def redirect(message: Message) -> None:
        if message["type"] == "http.response.start" and _is_html(message):
            pages.append(message)
            await RedirectResponse(UNKNOWN_PAGE, status_code=303)(scope, receive, send)
        elif not pages:
            await send(message)

    return redirect


def _is_html(start: Message) -> bool:
    return MutableHeaders(raw=start["headers"]).get("content-type", "").startswith("text/html")


UNKNOWN_PAGE = "/page-inconnue"
"""An address without a page."""

_UNPATCHABLE = (b"accept-encoding", b"if-none-match", b"if-modified-since")


class _HtmlSender:
    """Hold an HTML response back until its body is complete, then send it patched, in an encoding."""

    def __init__(self, send: Send, encoding: str, *, signed_in: bool) -> None:
        self.send, self.encoding, self.signed_in = send, encoding, signed_in
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
                await self._send_patched()

    async def _send_patched(self) -> None:
        body = encodings.compressed(page.patched(self.body, signed_in=self.signed_in), self.encoding)
        headers = MutableHeaders(raw=self.start["headers"])
        for name in ("etag", "last-modified"):
            if name in headers:
                del headers[name]
        headers.update({"content-length": str(len(body)), "cache-control": "no-cache"} | encodings.headers(self.encoding))
        await self.send(self.start)
        await self.send({"type": "http.response.body", "body": body})


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")
