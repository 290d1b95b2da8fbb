"""A connection that is lost: the page says so, keeps what is typed, resumes by itself, and no press is left unanswered."""

import os
import re
import signal
import time

import pytest
from playwright.sync_api import Page, expect

from scripts.browser import settle, sign_in
from tests.harness import Server
from tests.proxy import Proxy

PASSWORD = "Demonstration-2026"
LOST = re.compile("^Connexion perdue, données de \\d\\d h \\d\\d, nouvel essai…")
FORGOTTEN = 2
"""Seconds after which Streamlit forgets a session without connection: 120 in production."""
DEVELOPER_WORDS = re.compile("Streamlit|Connection error|Connecting|streamlit run|Is .* still running", re.IGNORECASE)


@pytest.fixture
def server(demonstration_database):
    environment = {"STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": str(FORGOTTEN)}
    with Server(demonstration_database, demo=True, environment=environment) as running:
        yield running


@pytest.fixture
def proxy(server):
    with Proxy(server.port) as running:
        yield running


def banner(page: Page):
    return page.locator("#ror-connection")


def number_field(page: Page):
    return page.get_by_label(re.compile(r"^Nombre de (lits|places) disponibles"))


def press(page: Page, words: str) -> None:
    page.get_by_role("button", name=words, exact=True).click()


def opened(page: Page, url: str) -> str:
    """Sign in as a manager; returns the name of the unit whose form is open."""
    sign_in(page, url, "responsable", PASSWORD)
    return page.locator(".ror-unit h2").inner_text()


def resumed(page: Page) -> None:
    expect(banner(page)).to_have_count(0)
    settle(page)
    assert not DEVELOPER_WORDS.search(page.locator("body").inner_text())


def read_by_somebody_else(page: Page, server: Server, unit: str) -> str:
    """The number of the unit in its structure's sheet, as a coordinator reads it."""
    sign_in(page, f"{server.url}/mise-a-jour", "responsable", PASSWORD)
    return page.locator(".ror-unit", has_text=unit).locator(".ror-number b").inner_text()


def saved(page: Page, number: int) -> None:
    expect(page.get_by_text(re.compile(rf"{number} (lit|place)s?, enregistré à l'instant\."))).to_be_in_viewport()


def test_a_number_typed_after_a_restart_is_written(server, page_factory):
    page = page_factory()
    unit = opened(page, server.url)
    number_field(page).fill("3")
    server.stop()
    expect(banner(page)).to_contain_text(LOST)
    server.start()
    resumed(page)
    assert number_field(page).input_value() == "3"
    number_field(page).fill("4")
    press(page, "Enregistrer")
    saved(page, 4)
    assert page.locator(".ror-unit h2").inner_text() == unit
