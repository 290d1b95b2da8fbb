"""The client of the identity provider: OpenID Connect by Authlib.

It uses the code flow with PKCE (S256), a state and a nonce. An identity token is accepted when it is signed by a key of
the provider, was issued by the provider for this service, has not expired and contains our nonce.
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

from ror.services.accounts import provided_rights
from ror.services.accounts.single_sign_on import SignOnFailed, SignOnReason
from ror.settings import settings

log = logging.getLogger(__name__)

_NEEDED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
# Asymmetric algorithms only: neither "none" nor those with a shared secret.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_LEEWAY_SECONDS = 60
_TIMEOUT_SECONDS = 10


def redirect_uri() -> str:
    """Return the address of our callback, from the settings and never from the request."""
    return f"{(settings().public_url or f'http://localhost:{settings().port}').rstrip('/')}/oidc/callback"


async def sign_in_address(state: str, nonce: str, code_verifier: str) -> str:
    """Return the provider's sign-in address. Raises `SignOnFailed` when the provider cannot be reached."""
    async with _translate_errors():
        client = await _client()
        created = await client.create_authorization_url(
            redirect_uri(), state=state, nonce=nonce, code_verifier=code_verifier, **_parameters()
        )
        return str(created["url"])


async def claims(code: str, nonce: str, code_verifier: str) -> Mapping[str, Any]:
    """Exchange the code for the claims of the identity token, and those of the userinfo endpoint when a needed one is missing.

    Where both have a claim, that of the identity token counts. Raises `SignOnFailed`.
    """
    async with _translate_errors():
        client = await _client()
        token = await client.fetch_access_token(redirect_uri=redirect_uri(), code=code, code_verifier=code_verifier)
        if "id_token" not in token:
            raise SignOnFailed(SignOnReason.INVALID)
        options = {claim: {"essential": True, **option} for claim, option in _expected(client).items()}
        token_claims = await client.parse_id_token(token, nonce=nonce, claims_options=options, leeway=_LEEWAY_SECONDS)
        _check_level(token_claims)
        needed = provided_rights.claim_names()
        has_all = all(provided_rights.has_claim(token_claims, name) for name in needed)
        if not token_claims.get(settings().oidc_claim) or not has_all:
            return {**await _user(client, token, token_claims["sub"]), **token_claims}
        return dict(token_claims)


def identity(token_claims: Mapping[str, Any]) -> str:
    """Return the claim that identifies the account; "" when the provider does not return it."""
    value = token_claims.get(settings().oidc_claim, "")
    return str(value).strip() if isinstance(value, (str, int)) else ""


def _parameters() -> dict[str, str]:
    return dict(parse_qsl(settings().oidc_parameters))


def _expected(client: StarletteOAuth2App) -> dict[str, Any]:
    return {"iss": {"value": client.server_metadata["issuer"]}, "aud": {"value": client.client_id}}


def _check_level(claims: Mapping[str, Any]) -> None:
    """Check that the token states the required level of authentication (`acr_values`), if any. Raises `SignOnFailed`.

    The request passes through the browser, which could have removed the parameter: a token without a level proves nothing.
    """
    required = _parameters().get("acr_values", "").split()
    if required and claims.get("acr") not in required:
        log.warning("Single sign-on: level %.40r where %r is required", claims.get("acr"), required)
        raise SignOnFailed(SignOnReason.INVALID)


async def _user(client: StarletteOAuth2App, token: Mapping[str, Any], subject: str) -> Mapping[str, Any]:
    """Return the claims of the userinfo endpoint, from JSON or a signed token; none when the provider has no such endpoint."""
    address = client.server_metadata.get("userinfo_endpoint")
    if not address:
        return {}
    response = (await client.get(address, token=token)).raise_for_status()
    if response.headers.get("content-type", "").startswith("application/jwt"):
        keys = KeySet.import_key_set(await client.fetch_jwk_set())
        user = jwt.decode(response.text.strip(), keys, registry=JWSRegistry(algorithms=list(_ALGORITHMS))).claims
        jwt.JWTClaimsRegistry(leeway=_LEEWAY_SECONDS, **_expected(client)).validate(user)
    else:
        user = response.json()
    if user.get("sub") != subject:
        log.warning("Single sign-on: the provider returns another user than that of the identity token")
        raise SignOnFailed(SignOnReason.INVALID)
    return dict(user)


async def _client() -> StarletteOAuth2App:
    """Return Authlib's client with the provider's discovery document, read once an hour."""
    client = _client_of_hour(int(time.time() // 3600))
    document = await client.load_server_metadata()
    missing = [name for name in _NEEDED if not isinstance(document.get(name), str)]
    if missing:
        _client_of_hour.cache_clear()
        raise ValueError(f"the discovery document lacks {', '.join(missing)}")
    offered = document.get("id_token_signing_alg_values_supported", ())
    document["id_token_signing_alg_values_supported"] = [name for name in offered if name in _ALGORITHMS]
    return client


@lru_cache(maxsize=1)
def _client_of_hour(_hour: int) -> StarletteOAuth2App:
    return StarletteOAuth2App(
        None,
        client_id=settings().oidc_client_id,
        client_secret=settings().oidc_client_secret or None,
        server_metadata_url=settings().oidc_discovery,
        client_kwargs={"scope": settings().oidc_scope, "code_challenge_method": "S256", "timeout": _TIMEOUT_SECONDS},
    )


@asynccontextmanager
async def _translate_errors() -> AsyncIterator[None]:
    """Convert any error of the provider into `SignOnFailed` with a reason for the user, and log the details."""
    try:
        yield
    except SignOnFailed:
        raise
    except OAuthError as error:
        log.warning("Single sign-on: the provider refuses: %.200r", str(error))
        raise SignOnFailed(SignOnReason.REFUSED) from error
    except JoseError as error:
        log.warning("Single sign-on: a token that is not valid: %.200r", str(error))
        raise SignOnFailed(SignOnReason.INVALID) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        log.warning("Single sign-on: the provider cannot be reached: %.200r", error)
        raise SignOnFailed(SignOnReason.UNREACHABLE) from error
    except Exception as error:  # whatever else a faulty answer breaks, here or in Authlib
        log.warning("Single sign-on: an invalid answer", exc_info=True)
        raise SignOnFailed(SignOnReason.UNREACHABLE) from error
