"""Middleware that serves the files that are the same for everybody: Streamlit's, compressed (see `prepared`), and our own.

A file has an ETag and ranges of its own in each encoding.
"""

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ror.web.server import assets, encodings
from ror.web.server.prepared import PreparedFiles, media_type

FOLDER = "/static/"
prepared = PreparedFiles()

# The address of each file contains a hash of its content.
_ALWAYS = {"cache-control": "public, max-age=31536000, immutable", "accept-ranges": "bytes"}

_RANGE = re.compile(r"bytes=(?:(\d{1,12})-(\d{0,12})|-(\d{1,12}))")


class StaticFiles:
    """Middleware: serve prepared files, and have the rest of the server compress only what the client accepts compressed."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for a prepared file; pass everything else on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        accepted = ",".join(headers.getlist("accept-encoding"))
        encoding = encodings.preferred(accepted)
        file = _file_at(scope["path"], encoding) if scope["method"] in ("GET", "HEAD") else None
        if file:
            await _response(headers, *file)(scope, receive, send)
            return
        if scope["path"].startswith(assets.FOLDER):
            await Response(status_code=404)(scope, receive, send)
            return
        if "gzip" in accepted.lower() and not encodings.accepts(accepted, encodings.GZIP):
            # Starlette takes « gzip;q=0 », which refuses it, for an acceptance.
            header = (b"accept-encoding", (encoding or "identity").encode())
            scope = {**scope, "headers": [one for one in scope["headers"] if one[0] != b"accept-encoding"] + [header]}
        await self.app(scope, receive, _varying(send) if scope["path"].startswith(FOLDER) else send)


def _file_at(path: str, encoding: str) -> tuple[bytes, dict[str, str]] | None:
    """Return the content of the file at a path in an encoding, and its headers; None when it is not here in this encoding."""
    if path.startswith(assets.FOLDER):
        return assets.file_at(path, encoding)
    name = path.removeprefix(FOLDER)
    if name == path or (file := prepared.content(name, encoding)) is None:
        return None
    content, etag = file
    return content, {"etag": etag, "content-type": media_type(name), **encodings.headers(encoding)}


def _response(request: Headers, content: bytes, headers: dict[str, str]) -> Response:
    """Return the response for a content: all of it, one range, or 304 when the client has it already."""
    etag, headers = headers["etag"], headers | _ALWAYS
    cached = [tag.strip().removeprefix("W/") for tag in request.get("if-none-match", "").split(",")]
    if etag in cached or "*" in cached:
        return Response(status_code=304, headers=headers)
    part = _RANGE.fullmatch(request.get("range", "").strip())
    if part is None or request.get("if-range", etag) != etag:
        # Several ranges at once are answered by the whole, which HTTP allows.
        return Response(content, headers=headers)
    first, last, final = part.groups()
    start = int(first) if first else max(0, len(content) - int(final))
    end = min(len(content), int(last) + 1 if last else len(content))
    if start >= end:
        return Response(status_code=416, headers={"content-range": f"bytes */{len(content)}"} | _ALWAYS)
    return Response(content[start:end], 206, headers | {"content-range": f"bytes {start}-{end - 1}/{len(content)}"})


def _varying(send: Send) -> Send:
    """Return a `send` that marks the response as one that depends on the accepted encodings (`Vary`)."""

    async def vary(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(raw=message["headers"]).add_vary_header("Accept-Encoding")
        await send(message)

    return vary
