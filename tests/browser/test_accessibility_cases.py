"""Accessibility of pages outside of the walk: refusals, errors, the end of a session, and the wall on a small screen."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from ror.model.display import Theme
from ror.services.coordination import displays
from ror.store.engine.database import Database
from scripts.browser import settle
from tests.attacks.helpers import EVERYTHING, prepare, send_request
from tests.attacks.served import WritableServer
from tests.browser.examination import PHONE, ZOOMED, plan_problems, problems, problems_at_every_size, resize
from tests.browser.keyboard import has_focus
from tests.region import CORALIE, DOMINIQUE

ERROR = "Le service a rencontré une erreur"
ZOOMED_WALL = ((960, 540), (480, 270))
"""A screen of 1920 x 1080 at 200 % and at 400 %."""


@pytest.fixture(scope="module")
def secrets():
    """A dictionary that `server` fills: by theme, the secret of the link of a display."""
    return {}


@pytest.fixture(scope="module")
def server(tmp_path_factory, secrets):
    path = tmp_path_factory.mktemp("cases") / "ror.duckdb"
    prepare(path)
    db = Database(path)
    for theme in Theme:
        _, link = displays.create(db, CORALIE, "Salle de crise", theme, 30, datetime.now(UTC))
        secrets[theme] = link.partition("#")[2]
    db.close()
    with WritableServer(path) as running:
        yield running


def check(page: Page) -> None:
    faults = problems_at_every_size(page)
    assert faults == [], "\n".join(faults)


@pytest.mark.parametrize("address", ["media/inconnu", "rappel/inconnu"])
def test_an_address_that_is_refused_is_a_page_that_leads_on(server, page_factory, address):
    page = page_factory()
    page.goto(f"{server.url}/{address}")
    expect(page).to_have_title(re.compile("^Adresse (refusée|inconnue) - "))
    expect(page.get_by_role("alert")).to_be_visible()
    check(page)


def test_the_other_refusals_are_that_page_with_a_sentence_of_their_own(server):
    def page_around_sentence(address: str) -> str:
        return re.sub('(?<=role="alert">)[^<]+', "", send_request(server, address, accept="text/html")[2].decode())

    examined = page_around_sentence("/media/inconnu")
    assert "<title>Adresse refusée - " in examined
    assert [page_around_sentence(address) for address in ("/_stcore/inconnu", "/mur/inconnu")] == [examined, examined]


def test_an_unknown_address_has_a_page_before_and_after_the_sign_in(visit, server, page_factory):
    page = page_factory()
    page.goto(f"{server.url}/nulle-part")
    settle(page)
    check(page)
    page = visit(DOMINIQUE, "/nulle/part")
    expect(page.get_by_role("heading", level=1)).to_have_text("Cette page n'existe pas")
    check(page)


def test_the_page_after_signing_out_is_that_of_the_sign_in(visit):
    page = visit(DOMINIQUE, "/aide")
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_label("Identifiant", exact=True)).to_be_visible()
    settle(page)
    expect(page).to_have_title(re.compile("^Connexion - "))
    check(page)


def test_a_session_that_ended_says_so_at_the_next_press(visit, server):
    page = visit(CORALIE, "/coordination")
    server.execute("UPDATE session SET closed_at = opened_at WHERE account = ?", [CORALIE.id])
    page.get_by_role("radio", name="Crise").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Votre session est terminée")).to_be_visible()
    settle(page)
    assert has_focus(page) == "h1 Connexion"
    expect(page).to_have_title(re.compile("^Connexion - "))
    check(page)


@pytest.mark.parametrize("theme", Theme)
def test_the_wall_is_read_on_a_phone_and_zoomed(server, page_factory, secrets, theme):
    page = page_factory(*PHONE)
    page.goto(f"{server.url}/mur#{secrets[theme]}")
    expect(page.get_by_text("● en direct")).to_be_visible()
    assert problems(page) == []
    for size in (*ZOOMED, *ZOOMED_WALL):
        resize(page, size)
        assert page.evaluate("examination.cut()") == [], size
        # No list scrolls or hides a part: all of it is reached by scrolling the page.
        assert page.evaluate("[...document.querySelectorAll('#lists ul')].every((one) => one.scrollHeight <= one.clientHeight)")


def test_a_wall_that_is_refused_is_a_page_of_its_own(server, page_factory):
    page = page_factory()
    page.goto(f"{server.url}/mur#lien-perdu")
    expect(page.get_by_text("Ce lien n'ouvre plus d'écran")).to_be_visible()
    check(page)


# Last in this file: the server does not work any more once a table is gone.
def test_an_unexpected_error_has_a_title_and_a_foot_whatever_failed(visit, server):
    page = visit(EVERYTHING, "/structures")
    server.execute("ALTER TABLE daily_report_schedule RENAME TO lost")
    # An error below the title of a page.
    page.goto(f"{server.url}/coordination?volet=Rapports")
    settle(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Coordination")
    check_failure(page)
    # An error before its title.
    server.execute("ALTER TABLE alert RENAME TO lost_too")
    page.goto(f"{server.url}/alertes")
    settle(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Erreur")
    expect(page).to_have_title(re.compile("^Erreur - "))
    check_failure(page)
    # An error before any screen.
    server.execute("ALTER TABLE session RENAME TO lost_again")
    page.goto(f"{server.url}/session/open?ticket=x")
    expect(page).to_have_title(re.compile("^Erreur - "))
    expect(page.get_by_role("alert")).to_contain_text(ERROR)
    check(page)


def check_failure(page: Page) -> None:
    expect(page.get_by_role("alert")).to_contain_text(ERROR)
    assert plan_problems(page) == []
    check(page)
