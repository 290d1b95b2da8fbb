"""Security headers of responses, Content-Security-Policy included; verified in Chromium on every screen.

Scripts come from this server only, without `unsafe-inline` nor `unsafe-eval` (Vega has an interpreter of its own). Streamlit
needs these exceptions:

- `blob:` scripts: it loads our components (`st.components.v2`) from a blob URL;
- `data:` images and fonts: its icons, our small pictures, the fonts of its tables;
- the inline script and styles of its page, and the style of what is read before it, are allowed by their hash;
- styles set by its scripts (CSSOM) are outside of any policy, and Trusted Types would break `st.html`;
- it tries WebAssembly for 64-bit numbers, which the policy blocks: it works without, with a line in the browser's console.
"""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from streamlit.file_util import get_static_dir

from ror.drawing import maps
from ror.settings import settings
from ror.web import legend
from ror.web.server import assets, page

_PRESSABLE = "@layer {\n  [data-react-aria-pressable] {\n    touch-action: pan-x pan-y pinch-zoom;\n  }\n}"
"""The style that the menus of Streamlit add to a page, exactly."""

_NOT_USED = (
    *("accelerometer", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope", "hid", "magnetometer"),
    *("microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking"),
)
_YEAR = 365 * 24 * 3600

CACHEABLE = ("/static/", "/favicon.png", "/manifest.json", assets.FOLDER, maps.OUTLINES)
"""Paths that are the same for everybody; no browser or proxy may cache the others."""

INTERFACES = ("/api/", "/fhir/")
"""Paths of the interfaces: a client may cache their responses, and revalidates them by ETag each time."""

PLAIN = "/rappel/"
"""Paths of the pages without a script (`plain_page`), whose form posts to this server."""


WALL = "/mur"
"""The path of the wall (`wall_page`); the paths of its data are below it."""


def is_wall(path: str) -> bool:
    """Return whether a path is one of the wall."""
    return path == WALL or path.startswith(f"{WALL}/")


def headers(path: str, content_type: str, *, tls: bool) -> dict[str, str]:
    """Return the security headers of a response; `tls` is True for a response over TLS."""
    result = {
        "content-security-policy": _policy_of(path),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        # The address of a one-time link contains its token, which no other site may receive.
        "referrer-policy": "no-referrer",
        "permissions-policy": ", ".join(f"{name}=()" for name in _NOT_USED),
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    }
    if tls or settings().public_url.startswith("https:"):
        result["strict-transport-security"] = f"max-age={_YEAR}"
    if not path.startswith(CACHEABLE) or content_type.startswith("text/html"):
        result["cache-control"] = "private, no-cache" if path.startswith(INTERFACES) else "no-store"
    return result


def _policy_of(path: str) -> str:
    if path.startswith(PLAIN):
        return PLAIN_POLICY
    return WALL_POLICY if is_wall(path) else content_policy()


PLAIN_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""The Content-Security-Policy of the pages without a script."""


WALL_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""The Content-Security-Policy of the wall, which no exception for Streamlit weakens."""


@cache
def content_policy() -> str:
    """Return the Content-Security-Policy of every other response."""
    streamlit_page = (Path(get_static_dir()) / "index.html").read_text("utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", streamlit_page, re.DOTALL)
    # Libraries of Streamlit add empty style elements, then fill them.
    sheets = ["", _PRESSABLE, page.WAITING_STYLE]
    chips = [legend.style(band) for band in settings().age_bands]
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' blob: {_hashes(scripts)}",
            f"style-src-elem 'self' {_hashes(sheets)}",
            f"style-src-attr 'unsafe-hashes' {_hashes(chips)}",
            "img-src 'self' data:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "object-src 'none'",
            "frame-ancestors 'none'",
        )
    )


def _hashes(texts: list[str]) -> str:
    return " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in texts)
