"""The files that are the same for everybody and every page: style, icon and scripts, which a browser asks for once."""

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
    """What is in the file."""
    return (ROOT / "ror/web/server" / name).read_bytes()


@cache
def address(name: str) -> str:
    """Where a browser finds the file: never twice the same with another content."""
    return f"{FOLDER}{hashlib.sha256(content(name)).hexdigest()[:12]}/{name}"


@cache
def head() -> bytes:
    """Return what comes before Streamlit's own scripts in a page."""
    telephone, hours = html.escape(settings().support_telephone), html.escape(settings().support_hours)
    return (
        f'<script src="{address(START)}"></script>'
        f'<script src="{address(CONNECTION)}" data-telephone="{telephone}" data-hours="{hours}"></script>'
        f'<link rel="icon" href="{address(ICON)}">'
    ).encode()


@cache
def end() -> bytes:
    """What comes last in a page: our style has the last word on Streamlit's."""
    return f'<link rel="stylesheet" href="{address(STYLE)}">'.encode()


DRAWN = (
    *("ArrowVegaLiteChart", "BidiComponent", "Button", "ButtonGroup", "DataFrame", "DownloadButton", "Html", "Multiselect"),
    *("NumberInput", "Selectbox", "embed", "vega-interpreter"),
)
"""The scripts of Streamlit that a consultation draws with, by the beginning of their names."""


@cache
def preloads() -> bytes:
    """What has a browser fetch these scripts while it waits for the first message, instead of after it."""
    page = (Path(get_static_dir()) / "index.html").read_text("utf-8")
    wanted = sorted(name for name in _modules() if name not in page)
    return "".join(f'<link rel="modulepreload" fetchpriority="low" href="./static/js/{name}">' for name in wanted).encode()


def _modules() -> Iterator[str]:
    """The files of `DRAWN`, and those that they import."""
    folder = Path(get_static_dir()) / "static/js"
    waiting, seen = [file.name for name in DRAWN for file in folder.glob(f"{name}.*.js")], set[str]()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            yield name
            waiting += _IMPORT.findall((folder / name).read_text("utf-8"))


_IMPORT = re.compile(r"""(?:from|import)\s*["'`]\./([\w.@-]+\.js)["'`]""")


async def asset(request: Request) -> Response:
    """One of the files; the version in the address may be an old one, of a page that was open before an upgrade."""
    name = request.path_params["name"]
    if name not in _KINDS:
        return Response(status_code=404)
    headers = {"cache-control": "public, max-age=31536000, immutable"}
    return Response(content(name), media_type=_KINDS[name], headers=headers)


ROUTES = [Route(FOLDER + "{version}/{name}", asset)]
