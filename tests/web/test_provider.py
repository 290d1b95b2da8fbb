"""The requests to the identity provider, and the checks of its responses."""

import base64
import hashlib
from urllib.parse import urlsplit

import pytest
from joserfc.jwk import OctKey

from tests.harness import Screen, Server, free_port
from tests.oidc_provider import STANDARD
from tests.sign_on import (
    OTHER_KEY,
    PAGE,
    STRANGER,
    SignOnVisitor,
    local,
    prepared,
    provider,
    query,
    reset_provider,
    server,
    sign_on_visitor,
    why,
)

__all__ = ["provider", "reset_provider", "server", "sign_on_visitor"]


def test_the_request_carries_the_settings_and_what_the_answer_is_checked_against(sign_on_visitor, provider):
    answer = sign_on_visitor.http.get("/oidc/start")
    cookie = answer.headers["set-cookie"].split("; ")
    assert {"HttpOnly", "SameSite=lax", "Path=/oidc", "Max-Age=600"} <= set(cookie)
    sign_on_visitor.agree(answer.headers["location"])
    params = provider.authorizations[-1]
    assert params["response_type"] == "code"
    assert params["scope"] == "openid scope_all"
    assert (params["acr_values"], params["ui_locales"]) == ("eidas1", "fr")
    assert params["code_challenge_method"] == "S256"
    assert min(len(params[name]) for name in ("state", "nonce", "code_challenge")) >= 43


def test_two_requests_share_nothing(sign_on_visitor):
    first, second = query(sign_on_visitor.leave()), query(sign_on_visitor.leave())
    assert all(first[name] != second[name] for name in ("state", "nonce", "code_challenge"))


def test_the_code_is_exchanged_with_the_verifier_of_its_challenge(sign_on_visitor, provider):
    sign_on_visitor.sign_in()
    digest = hashlib.sha256(provider.exchanged[-1]["code_verifier"].encode()).digest()
    assert provider.authorizations[-1]["code_challenge"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def test_the_way_back_never_comes_from_the_host_header(sign_on_visitor, server):
    params = query(sign_on_visitor.leave(host="ailleurs.example", **{"x-forwarded-host": "ailleurs.example"}))
    assert params["redirect_uri"] == f"http://localhost:{server.port}/oidc/callback"


def only_for_the_user(claims):
    return {name: value for name, value in claims.items() if name != "SubjectNameID"}


@pytest.mark.parametrize("signed", [False, True], ids=["json", "signed token"])
def test_a_claim_missing_from_the_token_is_read_from_userinfo(sign_on_visitor, provider, signed):
    provider.in_token, provider.signed = only_for_the_user, signed
    assert sign_on_visitor.sign_in() == PAGE
    assert sign_on_visitor.session


@pytest.mark.parametrize("signed", [False, True], ids=["json", "signed token"])
def test_userinfo_of_another_user_opens_nothing(sign_on_visitor, provider, signed):
    provider.in_token, provider.signed = only_for_the_user, signed
    provider.in_user = lambda claims: claims | {"sub": STRANGER}
    assert why(sign_on_visitor.sign_in()) == "invalide"
    assert sign_on_visitor.session is None


@pytest.mark.parametrize("wrong", [{"iss": "https://ailleurs.example"}, {"aud": "autre-service"}])
def test_a_signed_userinfo_for_another_client_opens_nothing(sign_on_visitor, provider, wrong):
    provider.in_token, provider.signed = only_for_the_user, True
    provider.in_user = lambda claims: claims | wrong
    assert why(sign_on_visitor.sign_in()) == "invalide"


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://ailleurs.example"},
        {"iss": None},
        {"aud": "autre-service"},
        {"aud": ["autre-service"]},
        {"aud": None},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"nonce": "un-autre"},
        {"nonce": None},
        {"acr": "eidas0"},
        {"acr": None},
        {"azp": "autre-service"},
    ],
    ids=str,
)
def test_an_identity_token_with_a_wrong_claim_opens_nothing(sign_on_visitor, provider, wrong):
    def changed_claims(claims):
        return {name: value for name, value in (claims | wrong).items() if value is not None}

    provider.in_token = changed_claims
    address = sign_on_visitor.sign_in()
    assert why(address) == "invalide"
    assert sign_on_visitor.session is None


def test_an_identity_token_signed_by_another_key_opens_nothing(sign_on_visitor, provider):
    provider.key = OTHER_KEY
    assert why(sign_on_visitor.sign_in()) == "invalide"
    assert sign_on_visitor.session is None


@pytest.mark.parametrize(("algorithm", "key"), [("none", None), ("HS256", OctKey.import_key("fictif-" * 6))])
def test_an_identity_token_not_signed_by_a_key_of_the_provider_alone_opens_nothing(sign_on_visitor, provider, algorithm, key):
    provider.algorithm, provider.key = algorithm, key
    assert why(sign_on_visitor.sign_in()) == "invalide"
    assert sign_on_visitor.session is None


def test_a_code_that_the_provider_does_not_know_opens_nothing(sign_on_visitor):
    state = query(sign_on_visitor.leave())["state"]
    assert why(sign_on_visitor.come_back(f"/oidc/callback?code=invented&state={state}")) == "refusee"
    assert sign_on_visitor.session is None


def test_a_provider_that_fails_halfway_is_reported_as_unreachable(sign_on_visitor, provider):
    provider.broken = True
    assert why(sign_on_visitor.sign_in()) == "injoignable"
    assert sign_on_visitor.session is None


def test_a_provider_that_is_down_is_reported_as_unreachable_and_passwords_still_work(tmp_path):
    path = prepared(tmp_path / "ror.duckdb")
    settings = {"ROR_OIDC_DISCOVERY": f"http://127.0.0.1:{free_port()}{STANDARD}", "ROR_OIDC_CLIENT_ID": "x"}
    with Server(path, environment=settings) as server:
        assert SignOnVisitor(server).leave() == f"{PAGE}&connexion=injoignable"
        with Screen(local(server)) as screen:
            screen.open("departements", query="connexion=injoignable")
            assert screen.shows("ne répond pas")
            assert screen.shows("Se connecter")
            assert not screen.shows("Traceback")


def test_a_provider_at_the_standard_address_names_the_account_by_another_claim(provider, tmp_path):
    path = prepared(tmp_path / "ror.duckdb", claim="camille.exemple")
    settings = {
        "ROR_OIDC_DISCOVERY": provider.url + STANDARD,
        "ROR_OIDC_CLIENT_ID": "disponibilites",
        "ROR_OIDC_CLIENT_SECRET": "fictif",
        "ROR_OIDC_SCOPE": "openid profile",
        "ROR_OIDC_CLAIM": "preferred_username",
        "ROR_PUBLIC_URL": "http://lits.example.fr/",
    }
    with Server(path, environment=settings) as server:
        sign_on_visitor = SignOnVisitor(server)
        back = sign_on_visitor.agree(sign_on_visitor.leave())
        assert back.startswith("http://lits.example.fr/oidc/callback?")
        assert sign_on_visitor.come_back(f"/oidc/callback?{urlsplit(back).query}") == PAGE
        assert sign_on_visitor.sees("Rose Exemple")
