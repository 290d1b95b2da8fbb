"""The names of our cookies: over TLS they begin with `__Host-`, which a browser accepts from this very host only.

Otherwise a neighbouring site of the same domain, or an attacker on the network of a page without TLS, could set one of our
cookies in a browser, and have its user work in another session (session fixation). The rest of the code uses the plain
names: `CookiePrefixes` translates them in both directions.
"""

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ror.services.accounts import devices
from ror.settings import settings

SESSION = "ror_session"
SIGN_ON = "ror_oidc"
DISPLAY = "ror_display"
"""The session of a wall screen (`services.coordination.displays`): the routes of the wall alone read it."""

_OURS = (SESSION, devices.COOKIE, SIGN_ON, DISPLAY)
_PREFIX = "__Host-"


def secure(scope: Scope) -> bool:
    """Return whether cookies are sent over TLS only: by the request itself, or by the public address of the settings."""
    return scope["scheme"] in ("https", "wss") or settings().public_url.startswith("https:")


class CookiePrefixes:
    """Outermost middleware that adds and removes the prefix: over TLS a cookie of ours without it is dropped.

    Without TLS it is the reverse, since browsers reject the prefix there.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Translate the names in the request and in the response."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        over_tls = secure(scope)

        async def send_renamed(message: Message) -> None:
            if over_tls and "headers" in message:
                message["headers"] = [(name, _add_prefix(name, value)) for name, value in message["headers"]]
            await send(message)

        headers = [
            (name, _remove_prefixes(value, over_tls=over_tls) if name == b"cookie" else value)
            for name, value in scope["headers"]
        ]
        await self.app({**scope, "headers": headers}, receive, send_renamed)


def _remove_prefixes(header: bytes, *, over_tls: bool) -> bytes:
    """Return a `Cookie` header with our cookies under their plain names, without those under the name not in use."""
    return "; ".join(_accepted(header.decode("latin-1").split(";"), over_tls=over_tls)).encode("latin-1")


def _accepted(pairs: Iterable[str], *, over_tls: bool) -> Iterable[str]:
    for pair in map(str.strip, pairs):
        name = pair.partition("=")[0].strip()
        prefixed = name.startswith(_PREFIX)
        if name.removeprefix(_PREFIX) not in _OURS:
            yield pair
        elif prefixed == over_tls:
            yield pair.removeprefix(_PREFIX)


def _add_prefix(name: bytes, value: bytes) -> bytes:
    """Return a response header; a cookie of ours that it sets gets its prefixed name."""
    is_ours = name.lower() == b"set-cookie" and value.partition(b"=")[0].decode("latin-1").strip() in _OURS
    return _PREFIX.encode() + value if is_ours else value
