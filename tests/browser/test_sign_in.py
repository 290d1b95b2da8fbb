"""Passwords in a real browser: forgotten, reset by a mail, changed; and the second step."""

import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from playwright.sync_api import expect

from ror.model.rights import Account, Role
from ror.services.accounts import hashing, second_factor
from ror.settings import secret, settings
from ror.store import accounts
from ror.store.engine.database import Database
from scripts.browser import fill_sign_in, settle, sign_in
from tests import mailbox
from tests.attacks.helpers import open_for, press_state, screen
from tests.harness import Server

SECRET = "secret-of-the-tests-0123456789abcdef"
OLD, NEW, NEWER = "brouillard pivoine 40", "brouillard pivoine 41", "brouillard pivoine 42"


def professional(login: str, mail: str = "") -> Account:
    return Account(login, login, f"{login.capitalize()} Exemple", frozenset({Role.PROFESSIONAL}), mail=mail)


# A test that changes a password or uses a code has an account of its own.
ANNE, CLAIRE = professional("anne"), professional("claire")
FORGETFUL, ENROLLED = professional("laure", "laure@exemple.fr"), professional("paul")


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """The path of a database with these accounts, and the codes of the one with a second factor."""
    path = tmp_path_factory.mktemp("sign-in") / "ror.duckdb"
    db, before = Database(path), datetime.now(UTC) - timedelta(hours=1)
    everybody = (ANNE, CLAIRE, FORGETFUL, ENROLLED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROR_SECRET", SECRET)
        for cache in (settings, secret):
            cache.cache_clear()
        with db.transaction() as transaction:
            accounts.add_all(transaction, [(account, hashing.hash_password(OLD)) for account in everybody])
        open_for(db, ANNE)
        codes = pyotp.TOTP(second_factor.propose(ENROLLED).secret)
        second_factor.enrol(db, ENROLLED, codes.secret, codes.at(before), before)
    for cache in (settings, secret):
        cache.cache_clear()
    db.close()
    return path, codes


@pytest.fixture(scope="module")
def server(database, box):
    smtp = mailbox.environment(box.port)
    with Server(database[0], environment={"ROR_SECRET": SECRET, "ROR_PUBLIC_URL": "http://127.0.0.1:1", **smtp}) as running:
        yield running


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def expect_inside(page):
    expect(page.get_by_role("button", name="Se déconnecter")).to_be_visible()


def test_a_lost_password_comes_back_by_a_mail_and_its_link_leaves_the_address(server, page_factory, box):
    page, login = page_factory(), FORGETFUL.login
    page.goto(f"{server.url}/aide")
    press(page, "Mot de passe oublié")
    page.get_by_label("Identifiant ou courriel").fill(f"{login.upper()}@exemple.fr")
    press(page, "Recevoir un lien")
    expect(page.get_by_text("Si un compte correspond, un courriel vient de lui être envoyé")).to_be_visible()
    # The link has the public address of the settings, at which the server of this test does not listen.
    link = re.search(r"http://127\.0\.0\.1:1(/\S+)", box.next().get_content())[1]
    page.goto(server.url + link)
    page.get_by_label("Nouveau mot de passe", exact=True).fill(NEW)
    page.get_by_label("Le même, une seconde fois").fill("autre chose")
    press(page, "Choisir ce mot de passe")
    expect(page.get_by_text("Les deux saisies du nouveau mot de passe diffèrent")).to_be_visible()
    assert page.get_by_label("Nouveau mot de passe", exact=True).input_value() == NEW
    page.get_by_label("Le même, une seconde fois").fill(NEW)
    press(page, "Choisir ce mot de passe")
    expect_inside(page)
    assert "jeton" not in page.url
    page.goto(server.url + link)
    expect(page.get_by_text("Ce lien a déjà servi")).to_be_visible()
    press(page, "Revenir à la connexion")
    expect_inside(page)
    other = page_factory()
    fill_sign_in(other, server.url, login, OLD)
    expect(other.get_by_text("Identifiant ou mot de passe incorrect")).to_be_visible()
    sign_in(other, server.url, login, NEW)
    expect_inside(other)


def test_the_second_step_leads_to_the_requested_page(server, page_factory, database):
    page = page_factory()
    fill_sign_in(page, f"{server.url}/structures?q=melun", ENROLLED.login, OLD)
    expect(page.get_by_label("Code", exact=True)).to_have_attribute("autocomplete", "one-time-code")
    page.get_by_label("Code", exact=True).fill("000000")
    press(page, "Valider")
    expect(page.get_by_text("Ce code n'est pas le bon")).to_be_visible()
    settle(page)
    page.get_by_label("Code", exact=True).fill(database[1].now())
    press(page, "Valider")
    expect_inside(page)
    expect(page).to_have_url(f"{server.url}/structures?q=melun")


def test_a_changed_password_keeps_this_browser_signed_in_and_no_other(server, page_factory):
    here, elsewhere = page_factory(), page_factory()
    for page in (here, elsewhere):
        sign_in(page, f"{server.url}/mon-compte", CLAIRE.login, OLD)
    here.get_by_label("Mot de passe actuel").fill(OLD)
    here.get_by_label("Nouveau mot de passe", exact=True).fill(NEWER)
    here.get_by_label("Le même, une seconde fois").fill(NEWER)
    with here.expect_navigation():
        press(here, "Changer le mot de passe")
    expect_inside(here)
    expect(here).to_have_url(f"{server.url}/mon-compte")
    elsewhere.reload()
    settle(elsewhere)
    expect(elsewhere.get_by_role("button", name="Se connecter", exact=True)).to_be_visible()


@pytest.mark.parametrize("address", ["nulle-part", "nulle/caf%C3%A9%20noir"])
def test_an_unknown_address_has_a_french_page_that_leads_to_the_first_page(server, page_factory, address):
    page = page_factory()
    sign_in(page, f"{server.url}/{address}", ANNE.login, OLD)
    expect(page.get_by_role("heading", name="Cette page n'existe pas")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect_inside(page)
    page.get_by_role("link", name="Aller à la première page").click()
    expect(page).to_have_url(f"{server.url}/departements")


def test_a_refused_screen_leads_to_the_first_page(server):
    with screen(server, ANNE) as tab:
        tab.open("administration")
        assert tab.shows("Votre compte ne donne pas accès à cet écran")
        messages = tab.rerun([press_state(tab, "Aller à la première page")])
        opened = next(one.navigation for one in reversed(messages) if one.WhichOneof("type") == "navigation")
        addresses = {one.page_script_hash: one.url_pathname for one in opened.app_pages}
        assert addresses[opened.page_script_hash] == "departements"
        assert tab.shows("Consultation par département", messages)
