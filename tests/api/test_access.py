"""Authentication: a request needs a valid token, has a rate limit, and is attributed in the journal and the log."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.testclient import TestClient

from ror import logs
from ror.api import access
from ror.api.access import Caller, TooManyRequests, Unauthenticated
from ror.model.journal import Origin
from ror.model.rights import Perimeter
from ror.model.tokens import TokenScope
from ror.services import journal
from ror.services.accounts import sign_in, tokens
from ror.settings import settings
from tests.region import ADELE, CAMILLE, PASSWORD

app = FastAPI()


@app.get("/who")
def account_id_of(caller: Caller) -> dict[str, str]:
    return {"account": caller.id, "address": journal.address(), "log": logs.account.get()}


@app.exception_handler(Unauthenticated)
@app.exception_handler(TooManyRequests)
def render_refusal(_: Request, error: Unauthenticated | TooManyRequests) -> JSONResponse:
    seconds = getattr(error, "seconds", 0)
    return JSONResponse({"detail": error.user_message, "seconds": seconds}, 429 if seconds else 401)


@pytest.fixture(autouse=True)
def _reset_counts(region):
    """Reset the counts of requests, which would include those of other tests."""
    access._limiter.cache_clear()


@pytest.fixture
def create_token(region):
    def create(*scopes, days=30, now=None):
        return tokens.create_token(
            region, ADELE, "Lecteur fictif", scopes or (TokenScope.READ,), Perimeter(), days, now or datetime.now(UTC)
        )

    return create


def ask(text=None, scheme="Bearer", address="192.0.2.7", cookie=""):
    headers = {"authorization": f"{scheme} {text}"} if text is not None else {}
    with TestClient(app, client=(address, 50_000), cookies={"ror_session": cookie} if cookie else {}) as client:
        return client.get("/who", headers=headers)


def set_rate_limits(monkeypatch, requests):
    monkeypatch.setenv("ROR_API_REQUESTS_PER_MINUTE", str(requests))
    settings.cache_clear()


def test_a_token_identifies_its_account_and_is_a_pseudonym_in_the_log(create_token):
    account, text = create_token()
    answer = ask(text)
    assert answer.status_code == 200
    assert answer.json() == {"account": account.id, "address": "192.0.2.7", "log": logs.pseudonym(account.id)}
    assert account.id not in answer.json()["log"]


def test_every_invalid_token_is_refused_with_the_same_message(region, create_token):
    revoked, its_text = create_token()
    tokens.revoke(region, ADELE, revoked.id, datetime.now(UTC))
    _, expired = create_token(days=1, now=datetime.now(UTC) - timedelta(days=2))
    _, good = create_token()
    answers = [ask(), ask(""), ask("ror_unknown"), ask(its_text), ask(expired), ask(good, scheme="Basic"), ask(good + "x")]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert "Authorization: Bearer ror_" in answers[0].json()["detail"]


def test_a_token_revoked_between_two_requests_is_refused(region, create_token):
    account, text = create_token()
    assert ask(text).status_code == 200
    tokens.revoke(region, ADELE, account.id, datetime.now(UTC))
    assert ask(text).status_code == 401


def test_a_session_is_no_token_and_a_token_is_no_session(region, create_token):
    now = datetime.now(UTC)
    session = sign_in.open_session(region, sign_in.sign_in(region, CAMILLE.login, PASSWORD, now).ticket, now)
    assert ask(session).status_code == ask(cookie=session).status_code == 401
    assert sign_in.account_of(region, create_token()[1], now) is None


def test_each_token_has_its_own_rate_limit(create_token, monkeypatch):
    set_rate_limits(monkeypatch, 3)
    (_, one), (_, other) = create_token(), create_token()
    assert [ask(one).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    assert ask(other).status_code == 200
    late = ask(one).json()
    assert 1 <= late["seconds"] <= 60
    assert f"attendez {late['seconds']} s" in late["detail"]


def test_requests_without_a_token_share_the_rate_limit_of_their_network(create_token, monkeypatch):
    set_rate_limits(monkeypatch, 2)
    statuses = [ask("wrong", address=f"2001:db8::{last}").status_code for last in (1, 2, 3)]
    assert statuses == [401, 401, 429]
    assert ask("wrong", address="192.0.2.8").status_code == 401
    assert ask(create_token()[1], address="2001:db8::1").status_code == 200, "who shows a token does not wait for strangers"


def test_an_invalid_address_from_a_proxy_is_unknown(create_token):
    assert ask(create_token()[1], address="console").json()["address"] == Origin.UNKNOWN
