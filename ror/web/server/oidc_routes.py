"""Single sign-on routes: one redirects the browser to the provider, the other receives it back.

The state, nonce and PKCE verifier that the provider's response is checked against are in a signed cookie of ten minutes.
That cookie is SameSite=Lax, since the browser comes from another site; the session's own is Strict.
"""

import hmac
import logging
import secrets
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ror.errors import SignInFailed
from ror.services import journal
from ror.services.accounts import provided_rights, sign_in, single_sign_on
from ror.services.accounts.single_sign_on import SignOnFailed, SignOnReason
from ror.settings import secret, settings
from ror.store.engine.database import open_database
from ror.web.server import cookies, http

log = logging.getLogger(__name__)

PATH = "/oidc"
SECONDS = 600
_MAX_NEXT_LENGTH = 2_000


def configured() -> bool:
    """Return whether the settings name an identity provider."""
    return bool(settings().oidc_discovery)


async def start(request: Request) -> Response:
    """Redirect the browser to the provider, and store the page to return to in the cookie."""
    if not configured():
        return Response(status_code=404)
    back = http.local(request.query_params.get("next", "/"))
    back = back if len(back) <= _MAX_NEXT_LENGTH else urlsplit(back).path[:_MAX_NEXT_LENGTH]
    checks = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "code_verifier")}
    # Loading Authlib takes half a second: only with a provider.
    from ror.web.server import provider

    try:
        response = RedirectResponse(await provider.sign_in_address(**checks), status_code=303)
    except SignOnFailed as failure:
        return http.refuse(back, failure.reason)
    response.set_cookie(cookies.SIGN_ON, _serializer().dumps({**checks, "next": back}), max_age=SECONDS, **_cookie(request))
    return response


async def callback(request: Request) -> Response:
    """Handle the provider's response: open a session, or redirect to the sign-in screen with the reason."""
    if not configured():
        return Response(status_code=404)
    journal.acting_from(request.client.host if request.client else "")
    back, now = "/", datetime.now(UTC)
    try:
        stored = _stored(request)
        back = stored["next"]
        token = await _session(request, stored, now)
    except SignOnFailed as failure:
        log.info("Single sign-on: %s", failure.reason)
        if failure.reason is SignOnReason.INVALID:
            await run_in_threadpool(single_sign_on.refuse, open_database(), now)
        response = http.refuse(back, failure.reason)
    else:
        response = await http.enter(token, back, request)
    response.delete_cookie(cookies.SIGN_ON, **_cookie(request))
    return response


async def _session(request: Request, stored: dict[str, str], now: datetime) -> str:
    """Open a session and return its token. Raises `SignOnFailed`."""
    from ror.web.server import provider

    db = open_database()
    await run_in_threadpool(single_sign_on.spend, db, stored["state"], now)
    code = request.query_params.get("code", "")
    if not code:
        log.warning("Single sign-on: the provider answers %.80r", request.query_params.get("error", ""))
        raise SignOnFailed(SignOnReason.REFUSED)
    claims = await provider.claims(code, stored["nonce"], stored["code_verifier"])
    narrowing = provided_rights.narrowing_of(claims)
    ticket = await run_in_threadpool(single_sign_on.sign_in, db, provider.identity(claims), now, narrowing)
    try:
        return await run_in_threadpool(sign_in.open_session, db, ticket, now, narrowing)
    except SignInFailed as error:
        raise SignOnFailed(SignOnReason.EXPIRED) from error


def _stored(request: Request) -> dict[str, str]:
    """Return the checks and the page that `start` stored. Raises `SignOnFailed` if missing, too old or of another request."""
    try:
        stored: dict[str, str] = _serializer().loads(request.cookies.get(cookies.SIGN_ON, ""), max_age=SECONDS)
    except BadSignature as error:
        raise SignOnFailed(SignOnReason.EXPIRED) from error
    state = request.query_params.get("state", "")
    if not hmac.compare_digest(stored["state"].encode(), state.encode()):
        raise SignOnFailed(SignOnReason.EXPIRED)
    return stored


def _cookie(request: Request) -> dict[str, Any]:
    secure = cookies.secure(request.scope)
    # Browsers accept a `__Host-` name with the path « / » only.
    return {"path": "/" if secure else PATH, "httponly": True, "samesite": "lax", "secure": secure}


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret(), salt="single sign-on")


ROUTES = [Route(f"{PATH}/start", start), Route(f"{PATH}/callback", callback)]
