"""The names of our cookies: over TLS they begin with `__Host-`, which a browser takes from this very host alone.

A neighbouring site of the same domain, or anybody on the network of a page without TLS, could otherwise put a cookie of
ours in a browser, and so have somebody work in another's session. The rest of the code knows the plain names alone:
`HostNames` translates at the outermost door, both ways.
"""

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ror.services.accounts import devices
from ror.settings import settings

SESSION = "ror_session"
SIGN_ON = "ror_oidc"
_OURS = (SESSION, devices.COOKIE, SIGN_ON)
_PREFIX = "__Host-"


def secure(scope: Scope) -> bool:
    """Whether a cookie may travel over TLS alone: the request came so, or the public address says that it does."""
    return scope["scheme"] in ("https", "wss") or settings().public_url.startswith("https:")


class HostNames:
    """Outermost middleware: over TLS our cookies travel as `__Host-...`, and one under its plain name is dropped.

    Without TLS it is the other way round, since no browser keeps such a cookie there.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Translate the names in the request, and those in the answer."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        over_tls = secure(scope)

        async def renamed(message: Message) -> None:
            if over_tls and "headers" in message:
                message["headers"] = [(name, _sent(name, value)) for name, value in message["headers"]]
            await send(message)

        headers = [
            (name, _received(value, over_tls=over_tls) if name == b"cookie" else value) for name, value in scope["headers"]
        ]
        await self.app({**scope, "headers": headers}, receive, renamed)


def _received(header: bytes, *, over_tls: bool) -> bytes:
    """A `Cookie` header with ours under their plain names, without those that came under the other name."""
    return "; ".join(_kept(header.decode("latin-1").split(";"), over_tls=over_tls)).encode("latin-1")


def _kept(pairs: Iterable[str], *, over_tls: bool) -> Iterable[str]:
    for pair in map(str.strip, pairs):
        name = pair.partition("=")[0].strip()
        prefixed = name.startswith(_PREFIX)
        if name.removeprefix(_PREFIX) not in _OURS:
            yield pair
        elif prefixed == over_tls:
            yield pair.removeprefix(_PREFIX)


def _sent(name: bytes, value: bytes) -> bytes:
    """A header of an answer; the cookie that it sets has its prefixed name when it is one of ours."""
    is_ours = name.lower() == b"set-cookie" and value.partition(b"=")[0].decode("latin-1").strip() in _OURS
    return _PREFIX.encode() + value if is_ours else value
