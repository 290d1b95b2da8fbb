"""The static files of every page: style, icon and scripts, which a browser caches by their version."""

import hashlib
import html
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from streamlit.file_util import get_static_dir

from ror.settings import ROOT, settings

FOLDER = "/assets/"
STYLE, ICON, START, CONNECTION = "style.css", "icon.svg", "start.js", "connection.js"
_SCRIPT = "text/javascript; charset=utf-8"
_KINDS = {START: _SCRIPT, CONNECTION: _SCRIPT, STYLE: "text/css; charset=utf-8", ICON: "image/svg+xml"}


@cache
def content(name: str) -> bytes:
    """Return the content of a file."""
    return (ROOT / "ror/web/server" / name).read_bytes()


@cache
def address(name: str) -> str:
    """Return the address of a file, which contains a hash of its content."""
    return f"{FOLDER}{hashlib.sha256(content(name)).hexdigest()[:12]}/{name}"


@cache
def head() -> bytes:
    """Return the HTML that precedes Streamlit's own scripts in a page."""
    telephone, hours = html.escape(settings().support_telephone), html.escape(settings().support_hours)
    return (
        f'<script src="{address(START)}"></script>'
        f'<script src="{address(CONNECTION)}" data-telephone="{telephone}" data-hours="{hours}"></script>'
        f'<link rel="icon" href="{address(ICON)}">'
    ).encode()


@cache
def end() -> bytes:
    """Return the HTML at the end of a page: our style overrides Streamlit's."""
    return f'<link rel="stylesheet" href="{address(STYLE)}">'.encode()


RENDERERS = (
    *("ArrowVegaLiteChart", "BidiComponent", "Button", "ButtonGroup", "DataFrame", "DownloadButton", "Html", "Multiselect"),
    *("NumberInput", "Selectbox", "embed", "vega-interpreter"),
)
"""The scripts of Streamlit that render a consultation, by the beginning of their names."""


@cache
def preloads() -> bytes:
    """Return the HTML that preloads these scripts while the browser waits for the first message, instead of after it."""
    page = (Path(get_static_dir()) / "index.html").read_text("utf-8")
    names = sorted(name for name in _modules() if name not in page)
    return "".join(f'<link rel="modulepreload" fetchpriority="low" href="./static/js/{name}">' for name in names).encode()


def _modules() -> Iterator[str]:
    """Yield the names of the files of `RENDERERS`, and of those that they import."""
    folder = Path(get_static_dir()) / "static/js"
    queue, visited = [file.name for name in RENDERERS for file in folder.glob(f"{name}.*.js")], set[str]()
    while queue:
        name = queue.pop()
        if name not in visited:
            visited.add(name)
            yield name
            queue += _IMPORT.findall((folder / name).read_text("utf-8"))


_IMPORT = re.compile(r"""(?:from|import)\s*["'`]\./([\w.@-]+\.js)["'`]""")


async def asset(request: Request) -> Response:
    """Serve one of the files; the version of the address is not checked: a page opened before an upgrade has an old one."""
    name = request.path_params["name"]
    if name not in _KINDS:
        return Response(status_code=404)
    headers = {"cache-control": "public, max-age=31536000, immutable"}
    return Response(content(name), media_type=_KINDS[name], headers=headers)


ROUTES = [Route(FOLDER + "{version}/{name}", asset)]
