"""Our static files of every page: styles, icons and scripts, at addresses that contain a hash of their content."""

import hashlib
import re
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from streamlit.file_util import get_static_dir

from ror.settings import ROOT
from ror.web.server import encodings

FOLDER = "/assets/"
STYLE, ICON, START, CONNECTION = "style.css", "icon.svg", "start.js", "connection.js"
STREAMLIT_STYLE, ICONS = "streamlit.css", "icons.woff2"
_SCRIPT, _STYLE = "text/javascript; charset=utf-8", "text/css; charset=utf-8"
_KINDS = {
    **{START: _SCRIPT, CONNECTION: _SCRIPT, STYLE: _STYLE, STREAMLIT_STYLE: _STYLE},
    **{ICON: "image/svg+xml", ICONS: "font/woff2"},
}
_COMPRESSED_ALREADY = (ICONS,)


@cache
def content(name: str) -> bytes:
    """Return the content of a file."""
    return _streamlit_style() if name == STREAMLIT_STYLE else (ROOT / "ror/web/server" / name).read_bytes()


def _streamlit_style() -> bytes:
    """Return the style that Streamlit's page starts with, with our icons for its four thousand.

    Its text is shown in another font until its own has arrived.
    """
    (file,) = (Path(get_static_dir()) / "static/css").glob("index.*.css")
    style = _ICON_FONT.sub(f"url({address(ICONS)})", file.read_text("utf-8")).replace("url(../media/", "url(/static/media/")
    return style.replace("font-family:Source Sans;", "font-family:Source Sans;font-display:swap;").encode()


_ICON_FONT = re.compile(r"url\(\.\./media/MaterialSymbols-Rounded\.[^)]*\)")


@cache
def address(name: str) -> str:
    """Return the address of a file, which contains a hash of its content."""
    return f"{FOLDER}{hashlib.sha256(content(name)).hexdigest()[:12]}/{name}"


async def asset(request: Request) -> Response:
    """Serve one of the files; the version of the address is not checked: a page opened before an upgrade has an old one."""
    name = request.path_params["name"]
    if name not in _KINDS:
        return Response(status_code=404)
    headers = {"cache-control": "public, max-age=31536000, immutable"}
    if name in _COMPRESSED_ALREADY:
        return Response(content(name), media_type=_KINDS[name], headers=headers)
    encoding = encodings.preferred(request.headers.get("accept-encoding", ""))
    body = encodings.compressed(content(name), encoding)
    return Response(body, media_type=_KINDS[name], headers=headers | encodings.headers(encoding))


ROUTES = [Route(FOLDER + "{version}/{name}", asset)]
