"""Single sign-on: the browser goes to the provider and comes back; a session opens, or the sign-in screen gives the reason."""

import json
import time
from urllib.parse import urlsplit

import httpx
import pytest
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from playwright.sync_api import expect

from ror.store.engine.database import Database
from scripts.browser import settle
from tests import region
from tests.harness import Screen, Server
from tests.sign_on import (
    DISABLED,
    KNOWN,
    NAMELESS,
    OTHER_KEY,
    PAGE,
    SECRET,
    STRANGER,
    STRANGER_RPPS,
    SignOnVisitor,
    local,
    prepared,
    provider,
    query,
    reset_provider,
    server,
    sign_on_visitor,
    wallet,
    why,
)

__all__ = ["provider", "reset_provider", "server", "sign_on_visitor"]


def test_a_known_identity_gets_a_session_and_the_requested_page(sign_on_visitor):
    answer = sign_on_visitor.http.get(sign_on_visitor.agree(sign_on_visitor.leave()))
    assert answer.headers["location"] == PAGE
    mark, given, dropped = answer.headers.get_list("set-cookie")
    assert mark.startswith("ror_device=")
    assert given.startswith("ror_session=")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(given.split("; "))
    assert dropped.startswith('ror_oidc="";')
    assert "Max-Age=0" in dropped
    assert sign_on_visitor.sees("Consultation par département")
    assert sign_on_visitor.sees("Rose Exemple")


@pytest.mark.parametrize("target", ["https://ailleurs.example", "//ailleurs.example", "/\\ailleurs.example"])
def test_nobody_is_sent_to_another_site(sign_on_visitor, target):
    assert sign_on_visitor.sign_in(page=target) == "/departements"


def test_a_page_too_long_for_a_cookie_loses_its_filters_alone(sign_on_visitor):
    assert sign_on_visitor.sign_in(page=f"/structures?q={'x' * 5000}") == "/structures"


@pytest.mark.parametrize("subject", [STRANGER, DISABLED, NAMELESS])
def test_an_identity_without_an_active_account_is_refused_in_the_same_words(sign_on_visitor, subject):
    address = sign_on_visitor.sign_in(subject)
    assert address == f"{PAGE}&connexion=inconnue"
    assert sign_on_visitor.session is None
    with Screen(local(sign_on_visitor.server)) as screen:
        screen.open("departements", query="dep=93&connexion=inconnue")
        assert screen.shows("aucun compte actif ne lui est rattaché")
        assert not screen.shows("Consultation par département")


def test_no_account_is_created_for_an_identity_and_its_refusal_is_journalled_without_it(provider, tmp_path):
    path = prepared(tmp_path / "ror.duckdb")
    db = Database(path)
    before = region.rows(db, "account")
    db.close()
    with Server(path, environment=wallet(provider)) as server:
        assert [why(SignOnVisitor(server).sign_in(subject)) for subject in (STRANGER, DISABLED)] == ["inconnue", "inconnue"]
        provider.key = OTHER_KEY
        assert why(SignOnVisitor(server).sign_in()) == "invalide"
    db = Database(path)
    assert region.rows(db, "account") == before
    with db.reader() as cursor:
        lines = cursor.execute("SELECT act, outcome, subject FROM journal ORDER BY number").fetchall()
        everything = str(
            [region.rows(db, table) for (table,) in cursor.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        )
    db.close()
    assert lines == [("sign_in", "refused", subject) for subject in ("account:", "account:left", "account:")]
    assert STRANGER_RPPS not in everything
    assert STRANGER not in everything


def test_an_answer_to_another_request_opens_nothing(sign_on_visitor):
    address = sign_on_visitor.agree(sign_on_visitor.leave())
    forged = address.replace(query(address)["state"], "x" * 43)
    assert sign_on_visitor.come_back(forged) == "/?connexion=expiree"
    assert sign_on_visitor.session is None


def test_an_answer_opens_nothing_in_another_browser(sign_on_visitor, server):
    address = sign_on_visitor.agree(sign_on_visitor.leave())
    victim = SignOnVisitor(server)
    assert victim.come_back(address) == "/?connexion=expiree"
    victim.leave()
    assert victim.come_back(address) == "/?connexion=expiree"
    assert victim.session is None


def test_an_answer_serves_once_even_with_a_copy_of_its_cookie(sign_on_visitor, server, provider):
    address = sign_on_visitor.agree(sign_on_visitor.leave())
    copy = sign_on_visitor.http.cookies.get("ror_oidc")
    assert sign_on_visitor.come_back(address) == PAGE
    exchanged = len(provider.exchanged)
    answer = httpx.get(address, headers={"Cookie": f"ror_oidc={copy}"})
    assert answer.headers["location"] == f"{PAGE}&connexion=expiree"
    assert "ror_session" not in str(answer.headers)
    assert len(provider.exchanged) == exchanged


class ExpiredSigner(TimestampSigner):
    def get_timestamp(self):
        return int(time.time()) - 601


@pytest.mark.parametrize("age", ["old", "forged"])
def test_the_cookie_of_the_request_is_signed_and_lives_ten_minutes(sign_on_visitor, age):
    address = sign_on_visitor.agree(sign_on_visitor.leave())
    stored = {"state": query(address)["state"], "nonce": "n", "code_verifier": "v", "next": "/"}
    key, signer = (SECRET, ExpiredSigner) if age == "old" else ("another-secret-0123456789abcdef0123", TimestampSigner)
    cookie = URLSafeTimedSerializer(key, salt="single sign-on", signer=signer).dumps(stored)
    answer = httpx.get(address, headers={"Cookie": f"ror_oidc={cookie}"})
    assert answer.headers["location"] == "/?connexion=expiree"


def test_a_refusal_of_the_provider_leads_back_to_the_page_with_the_reason(sign_on_visitor):
    state = query(sign_on_visitor.leave())["state"]
    refused = f"/oidc/callback?error=access_denied&error_description=%3Cb%3Enon&state={state}"
    assert sign_on_visitor.come_back(refused) == f"{PAGE}&connexion=refusee"
    with Screen(local(sign_on_visitor.server)) as screen:
        screen.open("departements", query="connexion=refusee")
        assert screen.shows("refusée ou abandonnée")


def test_the_button_shows_its_label_as_text_and_leads_back_to_the_page_without_the_last_failure(server):
    with Screen(local(server)) as screen:
        screen.open("departements", query="dep=93&connexion=refusee")
        assert screen.shows("Se connecter &lt;avec&gt; Pro Santé")
        assert screen.shows('href="/oidc/start?next=%2Fdepartements%3Fdep%3D93"')


@pytest.mark.parametrize("invented", ["<script>", "autre", ""])
def test_an_invented_reason_shows_no_message(server, invented):
    with Screen(local(server)) as screen:
        screen.open("", query=f"connexion={invented}")
        assert not any(part.delta.new_element.alert.body for part in screen.messages if part.WhichOneof("type") == "delta")


def test_without_a_provider_there_is_neither_button_nor_address(tmp_path):
    with Server(prepared(tmp_path / "ror.duckdb")) as server:
        sign_on_visitor = SignOnVisitor(server)
        for address in ("/oidc/start", "/oidc/callback?code=x&state=y"):
            assert sign_on_visitor.http.get(address).status_code == 404
        with Screen(local(server)) as screen:
            screen.open("", query="connexion=refusee")
            assert screen.shows("Se connecter")
            assert not screen.shows("oidc")
            assert not screen.shows("refusée ou abandonnée")


def test_the_session_is_an_ordinary_one_that_signing_out_ends(page_factory, server, provider):
    page = page_factory()
    # The provider's page asks for a style sheet from the Internet.
    page.route(lambda url: urlsplit(url).hostname not in ("localhost", "127.0.0.1"), lambda route: route.abort())
    page.goto(f"{local(server)}{PAGE}")
    settle(page)
    page.get_by_role("link", name="Se connecter <avec> Pro Santé").click()
    page.get_by_role("button", name=KNOWN, exact=True).click()
    expect(page.get_by_text("Consultation par département").first).to_be_visible(timeout=30_000)
    assert page.url == f"{local(server)}{PAGE}"
    assert urlsplit(provider.url).hostname != urlsplit(page.url).hostname
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert "ror_oidc" not in cookies
    assert cookies["ror_session"]["sameSite"] == "Strict"
    assert cookies["ror_session"]["httpOnly"]
    page.reload()
    settle(page)
    expect(page.get_by_text("Rose Exemple")).to_be_visible()
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("link", name="Se connecter <avec> Pro Santé")).to_be_visible(timeout=30_000)
    copy = f"ror_session={cookies['ror_session']['value']}"
    with Screen(local(server), cookie=copy) as screen:
        screen.open("departements")
        assert not screen.shows("Consultation par département")


def test_the_claims_of_the_token_or_of_userinfo_narrow_the_session_and_open_none_without_a_role(provider, tmp_path):
    path = prepared(tmp_path / "ror.duckdb")
    claims = {"ROR_OIDC_ROLE_CLAIM": "realm_access.roles", "ROR_OIDC_ROLES": "lits=professional;gestion=administrator"}
    with Server(path, environment=wallet(provider) | claims | {"ROR_OIDC_PERIMETER_CLAIM": "finess"}) as server:
        assert why(SignOnVisitor(server).sign_in()) == "sans-role"
        with Screen(local(server)) as screen:
            screen.open("departements", query="connexion=sans-role")
            assert screen.shows("aucun des rôles de votre compte")
        provider.in_token = lambda token: token | {"realm_access": {"roles": ["lits", "gestion"]}}
        provider.in_user = lambda user: user | {"finess": [region.HOSPITAL], "realm_access": {"roles": []}}
        visitor = SignOnVisitor(server)
        assert visitor.sign_in() == PAGE
        assert visitor.sees("Rose Exemple")
        assert not visitor.sees("Nouveau compte", "administration")
    db = Database(path)
    with db.reader() as cursor:
        lines = cursor.execute("SELECT outcome, after FROM journal WHERE act = 'sign_in' ORDER BY number").fetchall()
    db.close()
    applied = {"by": "single_sign_on", "roles": ["professional"], "within": [region.HOSPITAL]}
    assert [(outcome, json.loads(after or "{}")) for outcome, after in lines] == [("refused", {}), ("done", applied)]
