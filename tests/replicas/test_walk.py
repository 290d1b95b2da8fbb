"""A manager and a reader in a real Chromium, over TLS, through nginx: one replica dies between two declarations."""

import re
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from scripts.browser import settle, sign_in
from tests.region import CAMILLE, CORALIE, HOSPITAL, PASSWORD, WARD
from tests.replicas.pair import Pair, prepare


@pytest.fixture
def pair(postgres):
    address = postgres.new_database()
    prepare(address)
    with Pair(address, tls=True) as running:
        yield running


@contextmanager
def visiting(chromium, pair, replica):
    """Open a page whose cookie sends it to this replica until it signs in, and that accepts the certificate of the tests."""
    context = chromium.new_context(locale="fr-FR", timezone_id="Europe/Paris", ignore_https_errors=True)
    context.add_cookies([{"name": "ror_replica", "value": replica, "url": pair.url, "secure": True, "httpOnly": True}])
    yield context.new_page()
    context.close()


def cookies(page: Page):
    return {cookie["name"]: cookie for cookie in page.context.cookies()}


def replica_of(page: Page) -> str:
    return cookies(page)["ror_replica"]["value"]


def move_to_replica(page: Page, pair: Pair, replica: str) -> None:
    """Move a page to a replica, whichever one nginx chose at its sign-in."""
    page.context.add_cookies([{"name": "ror_replica", "value": replica, "url": pair.url, "secure": True, "httpOnly": True}])
    page.reload()
    settle(page)
    assert replica_of(page) == replica


def number_field(page: Page):
    return page.get_by_label(re.compile(r"^Nombre de lits disponibles"))


def declare(page: Page, number: int) -> None:
    number_field(page).fill(str(number))
    save(page, number)


def assert_resumed(page: Page, replica: str) -> None:
    """Assert that the page lost its connection and, without a reload, is now served by this replica."""
    page.wait_for_function("() => document.documentElement.dataset.connection === 'lost'")
    page.wait_for_function("() => document.documentElement.dataset.connection === 'open'", timeout=30_000)
    settle(page)
    assert replica_of(page) == replica


def save(page: Page, number: int) -> None:
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_text(f"{number} lits, enregistré à l'instant.")).to_be_visible(timeout=20_000)
    # A new form is drawn after that sentence: what is typed before is lost.
    settle(page)


def test_users_of_a_killed_replica_go_on_signed_in_and_see_what_was_declared(pair, chromium):
    with visiting(chromium, pair, "1") as manager, visiting(chromium, pair, "2") as reader:
        sign_in(manager, f"{pair.url}/mise-a-jour?unite={WARD}", CAMILLE.login, PASSWORD)
        move_to_replica(manager, pair, "1")
        sign_in(reader, f"{pair.url}/structures?structure={HOSPITAL}", CORALIE.login, PASSWORD)
        move_to_replica(reader, pair, "2")
        before = cookies(manager)
        for name in ("__Host-ror_session", "ror_replica"):
            assert (before[name]["secure"], before[name]["httpOnly"]) == (True, True)
        line = reader.locator(".ror-table tr", has=reader.get_by_text("Médecine interne", exact=True))
        declare(manager, 4)
        expect(line.locator(".ror-figure")).to_contain_text("4 lits", timeout=20_000)
        number_field(manager).fill("3")
        pair.replicas["1"].kill()
        assert_resumed(manager, "2")
        assert cookies(manager)["__Host-ror_session"]["value"] == before["__Host-ror_session"]["value"]
        expect(manager.locator(".ror-number")).to_contain_text("4")
        assert number_field(manager).input_value() == "3"
        save(manager, 3)
        expect(line.locator(".ror-figure")).to_contain_text("3 lits", timeout=20_000)
