"""The headers that tell a browser what a page of ours may do; measured in Chromium over every screen.

Scripts come from this server alone, without `unsafe-inline` nor `unsafe-eval` (Vega brings an interpreter of its own), but
for what follows. What Streamlit does not allow to close:

- `blob:` scripts: it starts our components (`st.components.v2`) from an address that it makes in the page;
- `data:` images and fonts: its icons, our small pictures, the fonts of its tables;
- the inline script of its page and the styles that it puts there are named by their hash;
- styles set by its scripts (CSSOM) are beyond a policy, and Trusted Types would stop it from drawing `st.html`;
- it tries WebAssembly for 64-bit numbers, which the policy refuses: it does without, and the browser's console says so.
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
from ror.web.server import assets

_PRESSABLE = "@layer {\n  [data-react-aria-pressable] {\n    touch-action: pan-x pan-y pinch-zoom;\n  }\n}"
"""What the menus of Streamlit put in a page, word for word."""

_NOT_USED = (
    *("accelerometer", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope", "hid", "magnetometer"),
    *("microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking"),
)
_YEAR = 365 * 24 * 3600

CACHEABLE = ("/static/", "/favicon.png", "/manifest.json", assets.FOLDER, maps.OUTLINES)
"""What is the same for everybody: the rest is never kept by a browser or a proxy."""

MACHINES = ("/api/", "/fhir/")
"""What other systems ask for: an answer may be kept by who asked, who asks each time whether it still holds (ETag)."""


def headers(path: str, content_type: str, *, tls: bool) -> dict[str, str]:
    """The headers of an answer, those of every answer first; `tls`: it is served over TLS."""
    always = {
        "content-security-policy": content_policy(),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        # A one-time link has its token in the address: it is never told to another page.
        "referrer-policy": "no-referrer",
        "permissions-policy": ", ".join(f"{name}=()" for name in _NOT_USED),
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    }
    if tls or settings().public_url.startswith("https:"):
        always["strict-transport-security"] = f"max-age={_YEAR}"
    if not path.startswith(CACHEABLE) or content_type.startswith("text/html"):
        always["cache-control"] = "private, no-cache" if path.startswith(MACHINES) else "no-store"
    return always


@cache
def content_policy() -> str:
    """The Content-Security-Policy of every answer."""
    page = (Path(get_static_dir()) / "index.html").read_text("utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    # The libraries of Streamlit fill style elements that they first put empty in the page.
    sheets = ["", _PRESSABLE]
    chips = [legend.style(band) for band in legend.bands()]
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
