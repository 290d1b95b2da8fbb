"""An OpenID Connect provider to sign in at: oidc-provider-mock over real HTTP, whose answers a test may spoil."""

import base64
import json
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import flask
import oidc_provider_mock
from joserfc import jws
from joserfc.jwk import OctKey, RSAKey
from oidc_provider_mock import User
from werkzeug.serving import make_server

WALLET = "/realms/fictif/.well-known/wallet-openid-configuration"
STANDARD = "/.well-known/openid-configuration"

Claims = dict[str, Any]


class Provider:
    """A provider on a port of its own, with the same document at the standard address and at that of a wallet.

    It notes what it is asked: `asked` (authorization requests) and `exchanged` (token requests). What a test may set:
    `in_token` and `in_user` change the claims of the identity token and of the user, `key` signs in place of its own,
    `algorithm` is what the header of the identity token says, `signed` makes the user's claims a signed token,
    `broken` answers 503 to the exchange of a code.
    """

    def __init__(self, *users: User) -> None:
        self.asked: list[dict[str, str]] = []
        self.exchanged: list[dict[str, str]] = []
        self.spared()
        application = oidc_provider_mock.app(user_claims=users)
        document = application.view_functions["oidc-provider-mock.openid_config"]
        application.add_url_rule(WALLET, view_func=document, endpoint="oidc-provider-mock.wallet")
        application.before_request(self._note)
        application.after_request(self._spoil)
        self._server = make_server("127.0.0.1", 0, application, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def spared(self) -> None:
        """Nothing is spoilt from now on."""
        self.in_token: Callable[[Claims], Claims] = lambda claims: claims
        self.in_user: Callable[[Claims], Claims] = lambda claims: claims
        self.key: RSAKey | OctKey | None = None
        self.algorithm = "RS256"
        self.signed = False
        self.broken = False

    def _note(self) -> flask.Response | None:
        request = flask.request
        if request.path == "/oauth2/authorize" and request.method == "GET":
            self.asked.append(request.args.to_dict())
        if request.path == "/oauth2/token":
            self.exchanged.append(request.form.to_dict())
            return flask.Response("en panne", status=503) if self.broken else None
        return None

    def _spoil(self, answer: flask.Response) -> flask.Response:
        path = flask.request.path
        if answer.status_code != 200 or path not in (STANDARD, WALLET, "/oauth2/token", "/userinfo"):
            return answer
        said = answer.get_json()
        if path == "/oauth2/token":
            said["id_token"] = self._sign(self.in_token(_claims(said["id_token"])))
        elif path == "/userinfo":
            said = self.in_user(said)
            if self.signed:
                return flask.Response(self._sign(said), content_type="application/jwt")
        else:
            # What many providers offer besides, and nobody should take.
            said["id_token_signing_alg_values_supported"] += ["HS256", "none"]
        answer.set_data(json.dumps(said))
        return answer

    def _sign(self, claims: Claims) -> str:
        own = RSAKey.import_key(flask.g.oidc_provider_mock_storage.jwk.as_dict(is_private=True))
        own.ensure_kid()
        header = {"alg": self.algorithm, "kid": own.kid}
        if self.algorithm == "none":
            return f"{_part(header)}.{_part(claims)}."
        return jws.serialize_compact(header, json.dumps(claims).encode(), self.key or own)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _claims(token: str) -> Claims:
    body = token.split(".")[1]
    claims: Claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims


def _part(value: Claims) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
