"""Single sign-on: the two addresses by which the browser leaves for the provider and comes back.

What the answer of the provider is checked against (state, nonce, PKCE verifier) waits in a signed cookie of a few
minutes. That cookie is SameSite=Lax, since the browser comes back from another site; the session's own stays Strict.
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
from ror.services.accounts import sign_in, single_sign_on
from ror.services.accounts.single_sign_on import Reason, SignOnFailed
from ror.settings import secret, settings
from ror.store.engine.database import open_database
from ror.web.server import cookies, http

log = logging.getLogger(__name__)

PATH = "/oidc"
SECONDS = 600
_LONGEST_NEXT = 2_000
REASON = "connexion"
"""The parameter of the address that gives the reason of a failure to the sign-in screen."""


def configured() -> bool:
    """Whether the settings name an identity provider."""
    return bool(settings().oidc_discovery)


async def start(request: Request) -> Response:
    """Send the browser to the provider, with the page to come back to kept in the cookie."""
    if not configured():
        return Response(status_code=404)
    back = http.local(request.query_params.get("next", "/"))
    back = back if len(back) <= _LONGEST_NEXT else urlsplit(back).path[:_LONGEST_NEXT]
    kept = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "code_verifier")}
    # Authlib takes half a second to load: only where there is a provider.
    from ror.web.server import provider

    try:
        answer = RedirectResponse(await provider.sign_in_address(**kept), status_code=303)
    except SignOnFailed as failure:
        return _failed(back, failure.reason)
    answer.set_cookie(cookies.SIGN_ON, _sealed().dumps({**kept, "next": back}), max_age=SECONDS, **_cookie(request))
    return answer


async def callback(request: Request) -> Response:
    """What the provider sent the browser back with: opens a session, or says why not on the sign-in screen."""
    if not configured():
        return Response(status_code=404)
    journal.acting_from(request.client.host if request.client else "")
    back, now = "/", datetime.now(UTC)
    try:
        kept = _kept(request)
        back = kept["next"]
        token = await _session(request, kept, now)
    except SignOnFailed as failure:
        log.info("Single sign-on: %s", failure.reason)
        if failure.reason is Reason.INVALID:
            await run_in_threadpool(single_sign_on.refuse, open_database(), now)
        answer = _failed(back, failure.reason)
    else:
        answer = RedirectResponse(back, status_code=303)
        await http.give_session(answer, token, request)
    answer.delete_cookie(cookies.SIGN_ON, **_cookie(request))
    return answer


async def _session(request: Request, kept: dict[str, str], now: datetime) -> str:
    """The token of a new session. Raises `SignOnFailed`."""
    from ror.web.server import provider

    db = open_database()
    await run_in_threadpool(single_sign_on.spend, db, kept["state"], now)
    code = request.query_params.get("code", "")
    if not code:
        log.warning("Single sign-on: the provider answers %.80r", request.query_params.get("error", ""))
        raise SignOnFailed(Reason.REFUSED)
    identity = await provider.identity(code, kept["nonce"], kept["code_verifier"])
    ticket = await run_in_threadpool(single_sign_on.sign_in, db, identity, now)
    try:
        return await run_in_threadpool(sign_in.open_session, db, ticket, now)
    except SignInFailed as error:
        raise SignOnFailed(Reason.EXPIRED) from error


def _kept(request: Request) -> dict[str, str]:
    """What `start` kept for this answer. Raises `SignOnFailed` when it is not there, is too old or is of another request."""
    try:
        kept: dict[str, str] = _sealed().loads(request.cookies.get(cookies.SIGN_ON, ""), max_age=SECONDS)
    except BadSignature as error:
        raise SignOnFailed(Reason.EXPIRED) from error
    state = request.query_params.get("state", "")
    if not hmac.compare_digest(kept["state"].encode(), state.encode()):
        raise SignOnFailed(Reason.EXPIRED)
    return kept


def _failed(back: str, reason: Reason) -> RedirectResponse:
    return RedirectResponse(f"{back}{'&' if '?' in back else '?'}{REASON}={reason}", status_code=303)


def _cookie(request: Request) -> dict[str, Any]:
    secure = cookies.secure(request.scope)
    # A browser keeps a `__Host-` name for the path of the whole host alone.
    return {"path": "/" if secure else PATH, "httponly": True, "samesite": "lax", "secure": secure}


def _sealed() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret(), salt="single sign-on")


ROUTES = [Route(f"{PATH}/start", start), Route(f"{PATH}/callback", callback)]
