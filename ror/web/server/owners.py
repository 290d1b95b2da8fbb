"""Which browser a session of Streamlit belongs to, and with it the files that go up to it and come down from it.

Streamlit knows a session by an id, which whoever reads may use: to take the place of its open page, to put files in it.
The connection that opened it is told here by its cookies, under a header of our own that no browser can send; Streamlit
keeps it as the identity of the session (`server.trustedUserHeaders`), and gives a new session to any other.
"""

import hashlib
from collections import OrderedDict
from pathlib import PurePosixPath

from google.protobuf.message import DecodeError
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import get_instance
from streamlit.web.server.starlette.starlette_app_utils import decode_xsrf_token_string
from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME

from ror.web.server import cookies

STREAM, MEDIA, UPLOAD = "/_stcore/stream", "/media/", "/_stcore/upload_file/"
HEADER = "x-ror-owner"

_SMALL = 1_000
"""Bytes: the message that gives the address of a file made is shorter; nothing longer is read."""

_MOST_FILES = 10_000
"""Addresses remembered at once; Streamlit drops the files themselves long before."""

_NOT_YOURS = "Ce fichier n'est plus disponible : rechargez la page, puis recommencez."


def configure() -> None:
    """Have Streamlit tell sessions apart by their owner; before the server starts."""
    config.set_option("server.trustedUserHeaders", {HEADER: "owner"})


def owner_of(connection: HTTPConnection) -> str:
    """The browser that asks: by its session of ours, before sign-in by the token that Streamlit gave it; "" for neither.

    A hash, so that neither is kept where it was not.
    """
    known = connection.cookies.get(cookies.SESSION, "").encode()
    if not known:
        known = decode_xsrf_token_string(connection.cookies.get(XSRF_COOKIE_NAME, ""))[0] or b""
    return hashlib.sha256(known).hexdigest() if known else ""


def owns(connection: HTTPConnection, session_id: str) -> bool:
    """Whether an open page of this browser has that session of Streamlit."""
    client = get_instance().get_client(session_id)
    headers = dict(client.client_context.headers) if client and client.client_context else {}
    return bool(headers) and headers.get(HEADER, "") == owner_of(connection) != ""


class Owners:
    """Middleware: a page goes on with its own browser's session alone, and files are for the browser they were made for."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._files: OrderedDict[tuple[str, str], None] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Name the owner of a page's connection; refuse the files of somebody else."""
        if scope["type"] == "websocket" and scope["path"] == STREAM:
            owner = owner_of(HTTPConnection(scope))
            headers = MutableHeaders(raw=[pair for pair in scope["headers"] if pair[0].lower() != HEADER.encode()])
            headers[HEADER] = owner
            await self.app({**scope, "headers": headers.raw}, receive, self._noting(owner, send))
        elif scope["type"] == "http" and self._is_somebody_elses(HTTPConnection(scope)):
            status = 403 if scope["path"].startswith(UPLOAD) else 404
            await PlainTextResponse(_NOT_YOURS, status)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _is_somebody_elses(self, connection: HTTPConnection) -> bool:
        path = connection.scope["path"]
        if path.startswith(UPLOAD):
            return not owns(connection, path.removeprefix(UPLOAD).partition("/")[0])
        return path.startswith(MEDIA) and (PurePosixPath(path).stem, owner_of(connection)) not in self._files

    def _noting(self, owner: str, send: Send) -> Send:
        """The same sending, which notes the addresses of the files made for this page."""

        async def noted(message: Message) -> None:
            frame = message.get("bytes")
            if frame and len(frame) < _SMALL and MEDIA.encode() in frame:
                self._note(owner, frame)
            await send(message)

        return noted

    def _note(self, owner: str, frame: bytes) -> None:
        try:
            told = ForwardMsg.FromString(frame)
        except DecodeError:
            return
        address = told.backend_operation_response.deferred_file.url
        if owner and address.startswith(MEDIA):
            self._files[PurePosixPath(address).stem, owner] = None
            while len(self._files) > _MOST_FILES:
                self._files.popitem(last=False)
