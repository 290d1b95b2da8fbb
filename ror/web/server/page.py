"""The HTML page that every screen starts from: Streamlit's own, in French, with our files, and words while it loads."""

import html
import re
from functools import lru_cache

from ror.settings import settings
from ror.web.server import assets, modules

WAITING_STYLE = (
    "#ror-waiting{position:fixed;inset:0;z-index:1000000;display:flex;flex-direction:column;align-items:center;"
    "justify-content:center;gap:.6rem;padding:1rem;text-align:center;background:#fff;color:#1c2733;"
    "font:1rem/1.4 system-ui,sans-serif}#ror-waiting p{margin:0}#ror-waiting strong{font-size:1.3rem}"
    "#ror-waiting a{color:#0b5394;white-space:nowrap}"
)
"""The style of the words shown before any file has arrived; the content policy allows it by its hash."""

_FAVICON = re.compile(r'<link rel="shortcut icon"[^>]*>')
_FONT = re.compile(r'<link\s+rel="preload"[^>]*as="font"[^>]*>')
_STYLE = re.compile(r'<link rel="stylesheet"[^>]*href="\./static/css/index\.[^"]*"[^>]*>')
_TITLE = re.compile(r"<title>.*?</title>")
# The link to Streamlit's route for agents, which is closed here.
_AGENTS = re.compile(r'<link rel="service-desc"[^>]*>')
_NO_SCRIPT = re.compile(r"<noscript>.*?</noscript>", re.DOTALL)


@lru_cache(maxsize=8)
def patched(page: bytes, *, signed_in: bool) -> bytes:
    """Return our page from that of Streamlit.

    The scripts of charts and tables are requested at once for a signed-in user, else once the sign-in form stands.
    """
    text = page.decode().replace('lang="en"', 'lang="fr"')
    # So that the keyboard of a phone leaves the foot of a sheet visible.
    text = text.replace("shrink-to-fit=no", "interactive-widget=resizes-content")
    for removed in (_AGENTS, _FONT, _STYLE):
        text = removed.sub("", text)
    text = _TITLE.sub(lambda _: f"<title>{html.escape(settings().service_name)}</title>", text)
    text = _FAVICON.sub(lambda _: _head(), text)
    text = _NO_SCRIPT.sub(lambda _: _waiting(), text)
    early = modules.form_links() + (modules.screen_links() if signed_in else "")
    later = "" if signed_in else modules.later_screen_links()
    return text.replace("</head>", f"{early}</head>").replace("</body>", f"{later}{_end()}</body>").encode()


def _head() -> str:
    """Return the HTML that precedes Streamlit's own scripts; a script that is deferred runs before them, in this order."""
    telephone, hours = html.escape(settings().support_telephone), html.escape(settings().support_hours)
    return (
        f"<style>{WAITING_STYLE}</style>"
        f'<script defer fetchpriority="high" src="{assets.address(assets.START)}"></script>'
        f'<script defer fetchpriority="high" src="{assets.address(assets.CONNECTION)}" data-telephone="{telephone}" '
        f'data-hours="{hours}"></script>'
        f'<script defer fetchpriority="high" src="{assets.address(assets.FRENCH)}"></script>'
        f'<script defer src="{assets.address(assets.FOCUS)}"></script>'
        f'<link rel="icon" href="{assets.address(assets.ICON)}">'
    )


def _waiting() -> str:
    """Return the words to read until the first screen: outside of Streamlit's root, which it empties; start.js removes them."""
    current = settings()
    telephone, hours = html.escape(current.support_telephone), html.escape(current.support_hours)
    return (
        f'<div id="ror-waiting" role="status"><p><strong>{html.escape(current.service_name)}</strong></p><p>Chargement...</p>'
        f'<p>Support : <a href="tel:{telephone.replace(" ", "")}">{telephone}</a>, {hours}</p>'
        "<noscript><p>Activez JavaScript pour utiliser ce service.</p></noscript></div>"
        # After the words: in the head, this style sheet would delay them.
        f'<link rel="stylesheet" href="{assets.address(assets.STREAMLIT_STYLE)}">'
    )


def _end() -> str:
    """Return the HTML at the end of a page: our styles override Streamlit's."""
    styles = (assets.STYLE, assets.BOARD_STYLE, *((assets.DEMO_STYLE,) if settings().demo else ()), assets.FOCUS_STYLE)
    return "".join(f'<link rel="stylesheet" href="{assets.address(style)}">' for style in styles)
