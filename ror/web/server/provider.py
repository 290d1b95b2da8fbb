"""What is asked of the identity provider, and the check of what it answers: OpenID Connect by Authlib.

The code flow with PKCE (S256), a state and a nonce. The identity token is believed when its signature is that of a key
of the provider, it was issued by the provider for this service, has not expired and carries our nonce.
"""

import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

import httpx2 as httpx
from authlib.integrations.starlette_client import OAuthError, StarletteOAuth2App
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from ror.services.accounts.single_sign_on import Reason, SignOnFailed
from ror.settings import settings

log = logging.getLogger(__name__)

_NEEDED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
# Keys that the provider alone holds: neither "none" nor the algorithms of a shared secret.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_LEEWAY_SECONDS = 60
_TIMEOUT_SECONDS = 10


def redirect_uri() -> str:
    """Where the provider sends the browser back: from the settings, never from what a browser says of our address."""
    return f"{(settings().public_url or f'http://localhost:{settings().port}').rstrip('/')}/oidc/callback"


async def sign_in_address(state: str, nonce: str, code_verifier: str) -> str:
    """Where the browser is sent to sign in. Raises `SignOnFailed` when the provider cannot be asked."""
    async with _understood():
        client = await _client()
        made = await client.create_authorization_url(
            redirect_uri(), state=state, nonce=nonce, code_verifier=code_verifier, **_parameters()
        )
        return str(made["url"])


async def identity(code: str, nonce: str, code_verifier: str) -> str:
    """The claim that names the account, in exchange for the code; "" when the provider does not give it.

    It is looked for in the identity token, then in what the provider says of the user. Raises `SignOnFailed`.
    """
    async with _understood():
        client = await _client()
        token = await client.fetch_access_token(redirect_uri=redirect_uri(), code=code, code_verifier=code_verifier)
        if "id_token" not in token:
            raise SignOnFailed(Reason.INVALID)
        options = {name: {"essential": True, **option} for name, option in _expected(client).items()}
        claims = await client.parse_id_token(token, nonce=nonce, claims_options=options, leeway=_LEEWAY_SECONDS)
        _check_level(claims)
        wanted = settings().oidc_claim
        if not claims.get(wanted):
            claims = await _user(client, token, claims["sub"])
        found = claims.get(wanted, "")
        return str(found).strip() if isinstance(found, (str, int)) else ""


def _parameters() -> dict[str, str]:
    return dict(parse_qsl(settings().oidc_parameters))


def _expected(client: StarletteOAuth2App) -> dict[str, Any]:
    return {"iss": {"value": client.server_metadata["issuer"]}, "aud": {"value": client.client_id}}


def _check_level(claims: Mapping[str, Any]) -> None:
    """When a level of sign-in is asked for (`acr_values`), the token must state it.

    The request goes through the browser, which could have dropped it: a token that is silent proves nothing.
    """
    asked = _parameters().get("acr_values", "").split()
    if asked and claims.get("acr") not in asked:
        log.warning("Single sign-on: level %.40r where %r is asked for", claims.get("acr"), asked)
        raise SignOnFailed(Reason.INVALID)


async def _user(client: StarletteOAuth2App, token: Mapping[str, Any], subject: str) -> Mapping[str, Any]:
    """What the provider says of the user of the token, as JSON or as a signed token; nothing when it has no such address."""
    address = client.server_metadata.get("userinfo_endpoint")
    if not address:
        return {}
    answer = (await client.get(address, token=token)).raise_for_status()
    if answer.headers.get("content-type", "").startswith("application/jwt"):
        keys = KeySet.import_key_set(await client.fetch_jwk_set())
        said = jwt.decode(answer.text.strip(), keys, registry=JWSRegistry(algorithms=list(_ALGORITHMS))).claims
        jwt.JWTClaimsRegistry(leeway=_LEEWAY_SECONDS, **_expected(client)).validate(said)
    else:
        said = answer.json()
    if said.get("sub") != subject:
        log.warning("Single sign-on: the provider spoke of another user than that of the identity token")
        raise SignOnFailed(Reason.INVALID)
    return dict(said)


async def _client() -> StarletteOAuth2App:
    """Authlib's client with the provider's discovery document, read once an hour."""
    client = _made(int(time.time() // 3600))
    document = await client.load_server_metadata()
    missing = [name for name in _NEEDED if not isinstance(document.get(name), str)]
    if missing:
        _made.cache_clear()
        raise ValueError(f"the discovery document lacks {', '.join(missing)}")
    offered = document.get("id_token_signing_alg_values_supported", ())
    document["id_token_signing_alg_values_supported"] = [name for name in offered if name in _ALGORITHMS]
    return client


@lru_cache(maxsize=1)
def _made(_hour: int) -> StarletteOAuth2App:
    return StarletteOAuth2App(
        None,
        client_id=settings().oidc_client_id,
        client_secret=settings().oidc_client_secret or None,
        server_metadata_url=settings().oidc_discovery,
        client_kwargs={"scope": settings().oidc_scope, "code_challenge_method": "S256", "timeout": _TIMEOUT_SECONDS},
    )


@asynccontextmanager
async def _understood() -> AsyncIterator[None]:
    """Turn what goes wrong with the provider into a reason for the user; the log has the rest."""
    try:
        yield
    except SignOnFailed:
        raise
    except OAuthError as error:
        log.warning("Single sign-on: the provider refuses: %.200r", str(error))
        raise SignOnFailed(Reason.REFUSED) from error
    except JoseError as error:
        log.warning("Single sign-on: a token that cannot be believed: %.200r", str(error))
        raise SignOnFailed(Reason.INVALID) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        log.warning("Single sign-on: the provider cannot be reached: %.200r", error)
        raise SignOnFailed(Reason.SILENT) from error
    except Exception as error:  # whatever else a faulty answer breaks, here or in Authlib
        log.warning("Single sign-on: an answer that makes no sense", exc_info=True)
        raise SignOnFailed(Reason.SILENT) from error
