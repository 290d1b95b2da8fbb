"""An OpenID Connect provider for the tests: oidc-provider-mock over real HTTP, whose responses a test may corrupt."""

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

    It records its requests in `authorizations` and `exchanged` (token requests). A test may set: `in_token` and `in_user`
    change the claims of the identity token and of the user, `key` replaces its own key, `algorithm` is that of the header
    of the identity token, `signed` returns the user's claims as a signed token, `broken` answers 503 to a token request.
    """

    def __init__(self, *users: User) -> None:
        self.authorizations: list[dict[str, str]] = []
        self.exchanged: list[dict[str, str]] = []
        self.reset()
        application = oidc_provider_mock.app(user_claims=users)
        document = application.view_functions["oidc-provider-mock.openid_config"]
        application.add_url_rule(WALLET, view_func=document, endpoint="oidc-provider-mock.wallet")
        application.before_request(self._record)
        application.after_request(self._corrupt)
        self._server = make_server("127.0.0.1", 0, application, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def reset(self) -> None:
        """Stop corrupting responses."""
        self.in_token: Callable[[Claims], Claims] = lambda claims: claims
        self.in_user: Callable[[Claims], Claims] = lambda claims: claims
        self.key: RSAKey | OctKey | None = None
        self.algorithm = "RS256"
        self.signed = False
        self.broken = False

    def _record(self) -> flask.Response | None:
        request = flask.request
        if request.path == "/oauth2/authorize" and request.method == "GET":
            self.authorizations.append(request.args.to_dict())
        if request.path == "/oauth2/token":
            self.exchanged.append(request.form.to_dict())
            return flask.Response("en panne", status=503) if self.broken else None
        return None

    def _corrupt(self, answer: flask.Response) -> flask.Response:
        path = flask.request.path
        if answer.status_code != 200 or path not in (STANDARD, WALLET, "/oauth2/token", "/userinfo"):
            return answer
        body = answer.get_json()
        if path == "/oauth2/token":
            body["id_token"] = self._sign(self.in_token(_claims(body["id_token"])))
        elif path == "/userinfo":
            body = self.in_user(body)
            if self.signed:
                return flask.Response(self._sign(body), content_type="application/jwt")
        else:
            # Many providers offer these too, and no client should accept them.
            body["id_token_signing_alg_values_supported"] += ["HS256", "none"]
        answer.set_data(json.dumps(body))
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
