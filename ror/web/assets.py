"""The files that are the same for everybody and every page: the style and the icon, which a browser asks for once."""

import hashlib
from functools import cache

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ror.settings import ROOT

FOLDER = "/assets/"
STYLE, ICON = "style.css", "icon.svg"
_KINDS = {STYLE: "text/css; charset=utf-8", ICON: "image/svg+xml"}


@cache
def content(name: str) -> bytes:
    """What is in the file."""
    return (ROOT / "ror/web" / name).read_bytes()


@cache
def address(name: str) -> str:
    """Where a browser finds the file: never twice the same with another content."""
    return f"{FOLDER}{hashlib.sha256(content(name)).hexdigest()[:12]}/{name}"


@cache
def links() -> bytes:
    """What a page says to have them. The style comes last in the page: it has the last word on Streamlit's."""
    return f'<link rel="icon" href="{address(ICON)}"><link rel="stylesheet" href="{address(STYLE)}">'.encode()


async def asset(request: Request) -> Response:
    """One of the files; the version in the address may be an old one, of a page that was open before an upgrade."""
    name = request.path_params["name"]
    if name not in _KINDS:
        return Response(status_code=404)
    headers = {"cache-control": "public, max-age=31536000, immutable"}
    return Response(content(name), media_type=_KINDS[name], headers=headers)


ROUTES = [Route(FOLDER + "{version}/{name}", asset)]
