"""Guard middleware: check every request, and every message of an open page, before anything else handles it.

Requests that `ror.web.server.admission` rejects are answered here, in French or in the format of an interface, with the
headers of `ror.web.server.policy`. Unexpected errors of what is inside are answered with a sentence that has their number.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from secrets import token_hex

from google.protobuf.message import DecodeError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from ror import logs
from ror.web import unexpected_errors
from ror.web.server import admission, cookies, first_run, plain_page, policy
from ror.web.server.admission import FORBIDDEN, MISDIRECTED, NOT_FOUND, TOO_LARGE
from ror.web.server.reruns import Reruns
from ror.web.server.session_owners import STREAM
from ror.web.session import connection_token

MAX_MESSAGE_BYTES = 10**6
"""Bytes of one message of a page, which holds a few widget values; files are uploaded by another route."""

_SENTENCES = {
    FORBIDDEN: "Connectez-vous au service, avec un compte qui y est habilité, puis recommencez.",
    NOT_FOUND: "Il n'y a rien à cette adresse.",
    TOO_LARGE: "L'envoi est trop volumineux : réduisez-le, puis recommencez.",
    MISDIRECTED: "Ce service ne répond pas à cette adresse : ouvrez-le par son adresse habituelle.",
}

Renderer = Callable[[int, str, str], Response]
"""Build the response of a rejection from its status, its sentence and the path of the request."""


class Guard:
    """Middleware that rejects what the server does not serve.

    `renderers` maps path prefixes to renderers: under these paths a rejection has the format of an interface.
    """

    def __init__(self, app: ASGIApp, renderers: Mapping[str, Renderer] | None = None) -> None:
        self.app, self._renderers = app, dict(renderers or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the connection on or reject it; answer an unexpected error with a sentence that has its number."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        logs.request.set(token_hex(8))
        sender = _Sender(scope, send)
        try:
            status, largest = await admission.check(HTTPConnection(scope))
            if status:
                await self._rejection(status, _SENTENCES[status], scope)(scope, receive, sender)
                return
            await self.app(scope, _limit_body(receive, largest), sender)
        except _TooLargeError:
            await sender.send_instead(self._rejection(TOO_LARGE, _SENTENCES[TOO_LARGE], scope), receive)
        except ClientDisconnect:
            pass  # nobody is left to answer
        except Exception as error:
            await sender.send_instead(self._rejection(500, unexpected_errors.report(error), scope), receive)

    def _rejection(self, status: int, sentence: str, scope: Scope) -> Response:
        """Render a middleware rejection."""
        path = scope["path"]
        for prefix, renderer in self._renderers.items():
            if path.startswith(prefix):
                return renderer(status, sentence, path)
        return plain_page.refusal(HTTPConnection(scope), status, sentence)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = HTTPConnection(scope)
        if not admission.is_allowed_host(connection) or not admission.is_own_origin(connection):
            await send({"type": "websocket.close", "code": 1008})
            return
        # Streamlit handles messages in tasks that inherit this.
        connection_token.set(connection.cookies.get(cookies.SESSION, ""))
        try:
            if scope["path"] == STREAM:
                await self._page(connection, receive, send)
            else:
                logs.request.set(token_hex(8))
                await self.app(scope, receive, send)
        except Exception as error:
            unexpected_errors.report(error)
            with suppress(RuntimeError):  # already closed
                await send({"type": "websocket.close", "code": 1011})

    async def _page(self, connection: HTTPConnection, receive: Receive, send: Send) -> None:
        """Serve the connection of one open page, from its opening to its closing."""
        with Reruns(connection.scope) as reruns:
            logs.request.set(reruns.connection)
            await self.app(connection.scope, _PageMessages(connection, receive, send, reruns), reruns.watch(send))


class _TooLargeError(HTTPException):
    """A body went past its limit while it was read; its reader may answer by itself."""

    def __init__(self) -> None:
        super().__init__(TOO_LARGE, _SENTENCES[TOO_LARGE])


def _limit_body(receive: Receive, largest: int) -> Receive:
    """Return `receive` for a body of at most `largest` bytes, counted: its declared length may be missing or false."""
    received = 0

    async def count() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > largest:
            raise _TooLargeError
        return message

    return count


class _Sender:
    """Send a response with our headers, and allow it to be replaced until its first byte is sent."""

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

    async def send_instead(self, response: Response, receive: Receive) -> None:
        """Send another response; one that has begun is cut short, which the browser notices."""
        if not self.started:
            await response(self.scope, receive, self)


_HEARTBEAT_ACK = ForwardMsg(heartbeat_ack=True).SerializeToString()


class _PageMessages:
    """Receive the messages of one page: runs and stops pass, files and table chunks with a live session, nothing else.

    A heartbeat is answered here.

    Streamlit would let anybody clear its caches or request the files of another page.
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
            code, passes = (1003, False) if frame is None else await self._check(frame)
            if code:
                await self.send({"type": "websocket.close", "code": code})
                return {"type": "websocket.disconnect", "code": code}
            if passes and frame is not None:
                return self._first(message, frame) if self.reruns.first else message

    def _first(self, message: Message, frame: bytes) -> Message:
        """Return the first run of a connection; a run of a part of the page is preceded by one of the whole page."""
        whole = first_run.whole_page(BackMsg.FromString(frame))
        if whole is None:
            return message
        self._next = message
        return {**message, "bytes": whole.SerializeToString()}

    async def _check(self, frame: bytes) -> tuple[int, bool]:
        """Return the code to close the connection with (0 to go on), and whether the message passes."""
        if len(frame) > MAX_MESSAGE_BYTES:
            return 1009, False
        try:
            message = BackMsg.FromString(frame)
        except DecodeError:
            return 1002, False
        self.reruns.on_message(message)
        kind = message.WhichOneof("type")
        if kind == "app_heartbeat":
            # Streamlit forgets its own answer when a run begins before it is sent: the page then drops a sound connection.
            await self.send({"type": "websocket.send", "bytes": _HEARTBEAT_ACK})
            return 0, False
        if kind == "backend_operation_request":
            allowed = message.backend_operation_request.WhichOneof("payload") in ("deferred_file", "dataframe_chunk")
            return 0, allowed and await admission.account_of(self.connection) is not None
        return 0, kind in ("rerun_script", "stop_script", "file_urls_request")
