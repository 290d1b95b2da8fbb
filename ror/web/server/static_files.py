"""Middleware that serves Streamlit's static files compressed, from `prepared`, each encoding with its own ETag and ranges."""

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ror.web.server import encodings
from ror.web.server.prepared import PreparedFiles, media_type

FOLDER = "/static/"
prepared = PreparedFiles()

# The name of each file contains a hash of its content.
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
        if scope["path"].startswith(FOLDER):
            encoding = encodings.preferred(accepted)
            found = prepared.content(scope["path"].removeprefix(FOLDER), encoding)
            if found and scope["method"] in ("GET", "HEAD"):
                content, etag = found
                common = {"etag": etag, "content-type": media_type(scope["path"]), **encodings.headers(encoding)}
                response = _response(headers, content, common | _ALWAYS)
                await response(scope, receive, send)
                return
            send = _varying(send)
        if not encodings.accepts(accepted, encodings.GZIP):
            # Starlette takes « gzip;q=0 », which refuses it, for a wish.
            scope = {**scope, "headers": [one for one in scope["headers"] if one[0] != b"accept-encoding"]}
        await self.app(scope, receive, send)


def _response(asked: Headers, content: bytes, headers: dict[str, str]) -> Response:
    """Return the answer to a request for a content: whole, one range of it, or that the client has it already."""
    etag = headers["etag"]
    known = [tag.strip().removeprefix("W/") for tag in asked.get("if-none-match", "").split(",")]
    if etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    wanted = _RANGE.fullmatch(asked.get("range", "").strip())
    if wanted is None or asked.get("if-range", etag) != etag:
        # Several ranges at once are answered by the whole, which HTTP allows.
        return Response(content, headers=headers)
    first, last, final = wanted.groups()
    start = int(first) if first else max(0, len(content) - int(final))
    end = min(len(content), int(last) + 1 if last else len(content))
    if start >= end:
        return Response(status_code=416, headers={"content-range": f"bytes */{len(content)}"} | _ALWAYS)
    return Response(content[start:end], 206, headers | {"content-range": f"bytes {start}-{end - 1}/{len(content)}"})


def _varying(send: Send) -> Send:
    """Return `send` for a response that other requests, of the same address, would get in another encoding."""

    async def vary(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(raw=message["headers"]).add_vary_header("Accept-Encoding")
        await send(message)

    return vary
