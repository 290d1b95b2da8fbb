"""A reminder by mail and its links, on a phone and wide: numbers confirmed without signing in, the sheet, the preferences."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from ror.store.engine.database import Database
from scripts.browser import settle
from tests import mailbox
from tests.attacks.helpers import open_for
from tests.browser.examination import problems
from tests.browser.layout import rectangle
from tests.harness import Server
from tests.region import ADELE, CAMILLE, CARDIAC, WARD, build
from tests.services.reminders.reminder_helpers import LINK, prepare, text_of

PHONE = (390, 844)


@pytest.fixture(scope="module")
def server(tmp_path_factory, box):
    """Start a server that sends Camille a mail on two late units."""
    path = tmp_path_factory.mktemp("reminders") / "ror.duckdb"
    db = Database(path)
    build(db)
    prepare(db, late=(WARD, CARDIAC), reachable=("camille",), now=datetime.now(UTC))
    for account in (CAMILLE, ADELE):
        open_for(db, account)
    db.close()
    with Server(path, environment={**mailbox.environment(box.port), "ROR_REMINDER_HOURS": "0,24"}) as running:
        yield running


@pytest.fixture(scope="module")
def mail(server, box):
    return box.arrived.get(timeout=60)


@pytest.fixture
def opened_by_link(page_factory, server):
    """Return a function that opens an address on a phone without an account."""

    def opened(path):
        page = page_factory(*PHONE)
        page.goto(server.url + path)
        return page

    return opened


def path_of(mail, kind):
    return next(f"/rappel/{kind}/{found[2]}" for found in LINK.finditer(text_of(mail)) if found[1] == kind)


def test_numbers_are_confirmed_by_the_link_without_signing_in(mail, opened_by_link):
    page = opened_by_link(path_of(mail, "confirmer"))
    button = page.get_by_role("button", name="Rien n'a changé : confirmer 2 unités")
    assert rectangle(button)["height"] >= 48
    assert problems(page) == []
    button.click()
    expect(page.get_by_role("status")).to_contain_text("2 unités confirmées à l'instant.")
    expect(page.get_by_text("4 lits disponibles, à l'instant")).to_have_count(2)
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("Ce lien a déjà servi")
    page.goto(page.url.partition("/rappel")[0] + "/mise-a-jour")
    expect(page.get_by_role("button", name="Se connecter")).to_be_visible()


def test_mails_are_stopped_by_the_link_and_come_back_by_a_choice_in_mon_compte(mail, visit, opened_by_link):
    page = opened_by_link(path_of(mail, "arreter"))
    page.get_by_role("button", name="Ne plus recevoir ces rappels").click()
    expect(page.get_by_role("status")).to_contain_text("vous ne recevrez plus de rappel")
    page = visit(ADELE, "/administration?volet=Rappels")
    expect(page.get_by_role("heading", name="Ne veulent aucun rappel")).to_be_visible()
    page = visit(CAMILLE, "/mon-compte", *PHONE)
    expect(page.get_by_text("mise à jour : jamais.")).to_be_visible()
    page.get_by_text("Chaque semaine, un jour et une heure fixes").click()
    settle(page)
    page.get_by_role("button", name="Enregistrer ce choix").click()
    expect(page.get_by_text("mise à jour : chaque lundi à 9 h.")).to_be_visible()
