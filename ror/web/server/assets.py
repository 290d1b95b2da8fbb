"""Our static files of every page: styles, icons and scripts, at addresses that contain a hash of their content."""

import hashlib
import re
from functools import cache
from pathlib import Path

from streamlit.file_util import get_static_dir

from ror.settings import PACKAGE
from ror.web.server import encodings

FOLDER = "/assets/"
STYLE, ICON, START, CONNECTION, FRENCH = "style.css", "icon.svg", "start.js", "connection.js", "french.js"
FOCUS, FOCUS_STYLE = "focus.js", "focus.css"
"""The script and the style that every screen has for the keyboard and screen readers."""

BOARD_STYLE = "board.css"
"""The style of « Par département » and of the lists of units, loaded after the style of every screen."""

DEMO_STYLE, STREAMLIT_STYLE, ICONS = "demo.css", "streamlit.css", "icons.woff2"
PLAIN_STYLE = "plain.css"
"""The style of the pages without a script (`plain_page`)."""

WALL_STYLE, WALL_SCRIPTS = "wall.css", ("wall_drawing.js", "wall.js")
"""The style and the scripts of the wall (`wall_page`)."""

_SCRIPT, _STYLE = "text/javascript; charset=utf-8", "text/css; charset=utf-8"
_KINDS = {
    **dict.fromkeys((STYLE, BOARD_STYLE, FOCUS_STYLE, DEMO_STYLE, STREAMLIT_STYLE, PLAIN_STYLE, WALL_STYLE), _STYLE),
    **dict.fromkeys((START, CONNECTION, FRENCH, FOCUS, *WALL_SCRIPTS), _SCRIPT),
    **{ICON: "image/svg+xml", ICONS: "font/woff2"},
}


@cache
def content(name: str) -> bytes:
    """Return the content of a file."""
    return _streamlit_style() if name == STREAMLIT_STYLE else (PACKAGE / "web/server" / name).read_bytes()


def _streamlit_style() -> bytes:
    """Return the style of Streamlit's page, with our icon font in place of its own of four thousand icons.

    Texts are shown in another font until Streamlit's has arrived.
    """
    (file,) = (Path(get_static_dir()) / "static/css").glob("index.*.css")
    style = _ICON_FONT.sub(f"url({address(ICONS)})", file.read_text("utf-8")).replace("url(../media/", "url(/static/media/")
    return style.replace("font-family:Source Sans;", "font-family:Source Sans;font-display:swap;").encode()


_ICON_FONT = re.compile(r"url\(\.\./media/MaterialSymbols-Rounded\.[^)]*\)")


@cache
def address(name: str) -> str:
    """Return the address of a file, which contains a hash of its content."""
    return f"{FOLDER}{hashlib.sha256(content(name)).hexdigest()[:12]}/{name}"


def file_at(path: str, encoding: str) -> tuple[bytes, dict[str, str]] | None:
    """Return the file at a path in an encoding, and the headers of its response; None when there is none.

    The version of the address is not checked: a page opened before an upgrade has an old one.
    """
    name = path.removeprefix(FOLDER).partition("/")[2]
    return _encoded(name, encoding) if name in _KINDS else None


@cache
def _encoded(name: str, encoding: str) -> tuple[bytes, dict[str, str]]:
    encoding = encoding if name != ICONS else encodings.IDENTITY  # WOFF2 is compressed already
    body = encodings.compress(content(name), encoding)
    etag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    return body, {"etag": etag, "content-type": _KINDS[name], **encodings.headers(encoding)}
