"""The doors of the server: every request and every message of a page passes here before anything else sees it.

Hosts that are not ours, other sites' pages, the routes of Streamlit that the product does not use, files asked for by
nobody, bodies that are too large: each is refused here. What is answered carries the headers of `ror.web.server.policy`.

What Streamlit does not allow: its connection is opened before anybody has signed in, since the sign-in form is one of
its pages; the session is asked for by each page (`session.require`), and here by each of its routes that holds data.
"""

import ipaddress
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from secrets import token_hex
from urllib.parse import urlsplit

from google.protobuf.message import DecodeError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config
from streamlit.path_security import is_unsafe_path_pattern
from streamlit.proto.BackMsg_pb2 import BackMsg

from ror import logs
from ror.exchange.declarations_file import LARGEST_FILE
from ror.model.rights import Account, Action, entitled
from ror.services.accounts import sign_in
from ror.settings import settings
from ror.store.engine.database import open_database
from ror.web import trouble
from ror.web.server import cookies, first_run, health, policy
from ror.web.server.owners import MEDIA, STREAM, UPLOAD
from ror.web.server.reruns import Reruns
from ror.web.session import connection_token

LARGEST_BODY = 2**20
LARGEST_MESSAGE = 10**6
"""Bytes of one message of a page: what it sends is a few widgets, files go by another way."""

OPEN = ("/_stcore/health", "/_stcore/host-config", STREAM)
CLOSED = ("/_stcore/", "/component/", "/auth/login", "/auth/logout", "/oauth2callback")
"""Routes that Streamlit opens and the product does not use: metrics, agents, its own sign-in, components of version 1."""

_MULTIPART = 2**16
_FORBIDDEN, _NOT_FOUND, _TOO_LARGE, _MISDIRECTED = 403, 404, 413, 421
_SENTENCES = {
    _FORBIDDEN: "Connectez-vous au service, avec un compte qui y est habilité, puis recommencez.",
    _NOT_FOUND: "Il n'y a rien à cette adresse.",
    _TOO_LARGE: "L'envoi est trop volumineux : réduisez-le, puis recommencez.",
    _MISDIRECTED: "Ce service ne répond pas à cette adresse : ouvrez-le par son adresse habituelle.",
}


Said = Callable[[int, str, str], Response]
"""How a refusal is answered: from its status, its sentence, and the path that was asked for."""


class Doors:
    """Middleware before all that answers. `tongues`: how refusals are said under a path not for browsers, by its beginning."""

    def __init__(self, app: ASGIApp, tongues: Mapping[str, Said] | None = None) -> None:
        self.app, self._tongues = app, dict(tongues or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in, or refuse with a sentence; an error of what is inside becomes a sentence with a number."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        logs.request.set(token_hex(8))
        out = _Answer(scope, send)
        try:
            refused, largest = await _judged(HTTPConnection(scope))
            if refused:
                await self._said(refused, _SENTENCES[refused], scope["path"])(scope, receive, out)
                return
            await self.app(scope, _limited(receive, largest), out)
        except _TooLargeError:
            await out.instead(self._said(_TOO_LARGE, _SENTENCES[_TOO_LARGE], scope["path"]), receive)
        except ClientDisconnect:
            pass  # nobody is left to answer
        except Exception as error:
            await out.instead(self._said(500, trouble.noted(error), scope["path"]), receive)

    def _said(self, status: int, sentence: str, path: str) -> Response:
        for beginning, said in self._tongues.items():
            if path.startswith(beginning):
                return said(status, sentence, path)
        return PlainTextResponse(sentence, status)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = HTTPConnection(scope)
        if not _our_host(connection) or not _our_page(connection):
            await send({"type": "websocket.close", "code": 1008})
            return
        # What Streamlit does for a message, it does in tasks that inherit this.
        connection_token.set(connection.cookies.get(cookies.SESSION, ""))
        try:
            if scope["path"] == STREAM:
                await self._page(connection, receive, send)
            else:
                logs.request.set(token_hex(8))
                await self.app(scope, receive, send)
        except Exception as error:
            trouble.noted(error)
            with suppress(RuntimeError):  # it was closed already
                await send({"type": "websocket.close", "code": 1011})

    async def _page(self, connection: HTTPConnection, receive: Receive, send: Send) -> None:
        """The connection of one open page, from its opening to its closing."""
        with Reruns(connection.scope) as reruns:
            logs.request.set(reruns.connection)
            await self.app(connection.scope, _Messages(connection, receive, send, reruns), reruns.watched(send))


async def _judged(connection: HTTPConnection) -> tuple[int, int]:
    """The status that a request is refused with, 0 when it may pass, and how many bytes its body may have."""
    path, largest = connection.scope["path"], LARGEST_BODY
    if path not in health.PROBES and not _our_host(connection):
        return _MISDIRECTED, 0
    if _from_elsewhere(connection):
        return _FORBIDDEN, 0
    # Streamlit refuses these in two English words.
    if is_unsafe_path_pattern(path.lstrip("/")):
        return _NOT_FOUND, 0
    if path.startswith((MEDIA, UPLOAD)):
        account = await _account(connection)
        largest = _largest_file(account) if path.startswith(UPLOAD) else largest
        if account is None or not largest:
            return _FORBIDDEN, 0
        connection.scope["ror.upload"] = account.id, largest
    elif path == health.METRICS:
        return 0 if health.may_read_metrics(connection) else _NOT_FOUND, largest
    elif path not in OPEN and path.startswith(CLOSED):
        return _NOT_FOUND, 0
    length = connection.headers.get("content-length", "0")
    return _TOO_LARGE if not length.isdigit() or int(length) > largest else 0, largest


def _largest_file(account: Account | None) -> int:
    """Bytes of a file that the account may send, 0 for none: who imports, then who declares by file."""
    if account is not None and entitled(account, Action.MANAGE_REGISTRY):
        return int(config.get_option("server.maxUploadSize")) * 2**20 + _MULTIPART
    if account is not None and entitled(account, Action.DECLARE):
        return LARGEST_FILE + _MULTIPART
    return 0


async def _account(connection: HTTPConnection) -> Account | None:
    """Whose live session the request belongs to; asking for a file does not prolong it."""
    token = connection.cookies.get(cookies.SESSION, "")
    account = await run_in_threadpool(sign_in.account_of, open_database(), token, datetime.now(UTC), user_action=False)
    logs.account.set(logs.pseudonym(account.id) if account else "")
    return account


def _our_host(connection: HTTPConnection) -> bool:
    """Whether the name that the client used is ours: a name that somebody else points at this machine is not."""
    named = connection.headers.getlist("host")
    if len(named) != 1:
        return False
    known = settings()
    hosts = {"localhost", "127.0.0.1", "::1", _host(known.public_url), *map(str.lower, known.allowed_hosts)}
    if not _any_address(known.address):
        hosts.add(known.address.lower())
    return "*" in hosts or _host(f"//{named[0]}") in hosts - {""}


def _host(address: str) -> str:
    """The host of an address, in lower case, without port nor last dot; "" when there is none."""
    try:
        return (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return ""


def _any_address(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_unspecified
    except ValueError:
        return False


def _our_page(connection: HTTPConnection) -> bool:
    """Whether a page of ours opens the connection: a browser says which site its page comes from."""
    origin = urlsplit(connection.headers.get("origin", ""))
    ours = {connection.headers["host"].lower(), urlsplit(settings().public_url).netloc.lower()} - {""}
    return origin.scheme in ("http", "https") and origin.netloc.lower() in ours


def _from_elsewhere(connection: HTTPConnection) -> bool:
    """Whether another site's page asks: it may only lead a visitor here, and not to the opening or closing of a session."""
    if connection.headers.get("sec-fetch-site", "none") in ("none", "same-origin"):
        return False
    leads = connection.scope["method"] == "GET" and connection.headers.get("sec-fetch-mode") == "navigate"
    return not leads or connection.scope["path"].startswith("/session/")


class _TooLargeError(HTTPException):
    """A body went past its limit while it was read; what reads it may answer by itself."""

    def __init__(self) -> None:
        super().__init__(_TOO_LARGE, _SENTENCES[_TOO_LARGE])


def _limited(receive: Receive, largest: int) -> Receive:
    """The body of a request, until it is too large: a length that was not told, or falsely, is counted."""
    read = 0

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > largest:
            raise _TooLargeError
        return message

    return counted


class _Answer:
    """What is sent: with our headers, and replaced as long as nothing has left."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.scope, self.send, self.started = scope, send, False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            kind = headers.get("content-type", "")
            for name, value in policy.headers(self.scope["path"], kind, tls=self.scope["scheme"] == "https").items():
                headers[name] = value
        await self.send(message)

    async def instead(self, answer: Response, receive: Receive) -> None:
        """Send another answer; one that was begun is cut, which the browser sees."""
        if not self.started:
            await answer(self.scope, receive, self)


class _Messages:
    """The messages of one page: runs and stops pass, files and lines of tables for live sessions, nothing else.

    Streamlit would let anybody empty its caches or ask for the files of another page.
    """

    def __init__(self, connection: HTTPConnection, receive: Receive, send: Send, reruns: Reruns) -> None:
        self.connection, self.receive, self.send, self.reruns = connection, receive, send, reruns
        self._next: Message | None = None

    async def __call__(self) -> Message:
        if self._next is not None:
            await self.reruns.finished()
            message, self._next = self._next, None
            return message
        while True:
            message = await self.receive()
            if message["type"] != "websocket.receive":
                return message
            frame = message.get("bytes")
            code, passes = (1003, False) if frame is None else await self._read(frame)
            if code:
                await self.send({"type": "websocket.close", "code": code})
                return {"type": "websocket.disconnect", "code": code}
            if passes and frame is not None:
                return self._first(message, frame) if self.reruns.first else message

    def _first(self, message: Message, frame: bytes) -> Message:
        """Return the first run of a connection: when it is for a part of the page, the whole page goes before it."""
        whole = first_run.whole_page(BackMsg.FromString(frame))
        if whole is None:
            return message
        self._next = message
        return {**message, "bytes": whole.SerializeToString()}

    async def _read(self, frame: bytes) -> tuple[int, bool]:
        """The code that the connection is closed with, 0 if it goes on, and whether the message passes."""
        if len(frame) > LARGEST_MESSAGE:
            return 1009, False
        try:
            asked = BackMsg.FromString(frame)
        except DecodeError:
            return 1002, False
        self.reruns.asked(asked)
        kind = asked.WhichOneof("type")
        if kind == "backend_operation_request":
            known = asked.backend_operation_request.WhichOneof("payload") in ("deferred_file", "dataframe_chunk")
            return 0, known and await _account(self.connection) is not None
        return 0, kind in ("rerun_script", "stop_script", "app_heartbeat", "file_urls_request")
