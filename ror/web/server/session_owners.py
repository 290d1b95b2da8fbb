"""Ownership of Streamlit sessions: each belongs to the browser that opened it, and so do its uploads and downloads.

Streamlit identifies a session by an id only: a client that learns the id could resume the session or upload files to it.
Here a connection is identified by its cookies, in a header of our own that browsers cannot send; Streamlit stores it as
the identity of the session (`server.trustedUserHeaders`), and opens a new session for any other.
"""

import hashlib
from collections import OrderedDict
from pathlib import PurePosixPath

from google.protobuf.message import DecodeError
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import get_instance
from streamlit.web.server.starlette.starlette_app_utils import decode_xsrf_token_string
from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME

from ror.web.server import cookies, plain_page

STREAM, MEDIA, UPLOAD = "/_stcore/stream", "/media/", "/_stcore/upload_file/"
HEADER = "x-ror-owner"

_SMALL = 1_000
"""Bytes: messages with the address of a download are shorter; longer ones are not parsed."""

_MAX_FILES = 10_000
"""Addresses stored at once; Streamlit deletes the files themselves long before."""

_NOT_YOURS = "Ce fichier n'est plus disponible : rechargez la page, puis recommencez."


def configure() -> None:
    """Configure Streamlit to bind sessions to their owner; call it before the server starts."""
    config.set_option("server.trustedUserHeaders", {HEADER: "owner"})


def owner_of(connection: HTTPConnection) -> str:
    """Return the owner of a connection: a hash of its session cookie, before sign-in of Streamlit's token; "" for neither."""
    token = connection.cookies.get(cookies.SESSION, "").encode()
    if not token:
        token = decode_xsrf_token_string(connection.cookies.get(XSRF_COOKIE_NAME, ""))[0] or b""
    return hashlib.sha256(token).hexdigest() if token else ""


def owns(connection: HTTPConnection, session_id: str) -> bool:
    """Return whether this browser has an open page with that Streamlit session."""
    client = get_instance().get_client(session_id)
    headers = dict(client.client_context.headers) if client and client.client_context else {}
    return bool(headers) and headers.get(HEADER, "") == owner_of(connection) != ""


class SessionOwners:
    """Middleware that reserves sessions, uploads and downloads to the browser that they belong to."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._files: OrderedDict[tuple[str, str], None] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the owner to a page's connection; reject requests for files of another owner."""
        if scope["type"] == "websocket" and scope["path"] == STREAM:
            owner = owner_of(HTTPConnection(scope))
            headers = MutableHeaders(raw=[pair for pair in scope["headers"] if pair[0].lower() != HEADER.encode()])
            headers[HEADER] = owner
            await self.app({**scope, "headers": headers.raw}, receive, self._record_files(owner, send))
        elif scope["type"] == "http" and self._is_of_another_owner(HTTPConnection(scope)):
            status = 403 if scope["path"].startswith(UPLOAD) else 404
            await plain_page.refusal(HTTPConnection(scope), status, _NOT_YOURS)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _is_of_another_owner(self, connection: HTTPConnection) -> bool:
        path = connection.scope["path"]
        if path.startswith(UPLOAD):
            return not owns(connection, path.removeprefix(UPLOAD).partition("/")[0])
        return path.startswith(MEDIA) and (PurePosixPath(path).stem, owner_of(connection)) not in self._files

    def _record_files(self, owner: str, send: Send) -> Send:
        """Return a `send` that stores the addresses of the downloads created for this page."""

        async def record(message: Message) -> None:
            frame = message.get("bytes")
            if frame and len(frame) < _SMALL and MEDIA.encode() in frame:
                self._store(owner, frame)
            await send(message)

        return record

    def _store(self, owner: str, frame: bytes) -> None:
        try:
            sent = ForwardMsg.FromString(frame)
        except DecodeError:
            return
        address = sent.backend_operation_response.deferred_file.url
        if owner and address.startswith(MEDIA):
            self._files[PurePosixPath(address).stem, owner] = None
            while len(self._files) > _MAX_FILES:
                self._files.popitem(last=False)
