"""A unit handed over for a shift, on both screens: its line appears without a reload, is declared, and goes back."""

import re

import pytest
from playwright.sync_api import Page, expect

from ror.store.engine.database import Database
from scripts.browser import settle
from tests.attacks.helpers import open_for, prepare, token
from tests.attacks.served import WritableServer
from tests.region import CAMILLE, CLAUDE, DAY_HOSPITAL, WARD


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    path = tmp_path_factory.mktemp("handover") / "ror.duckdb"
    prepare(path)
    db = Database(path)
    open_for(db, CLAUDE)
    db.close()
    with WritableServer(path) as running:
        yield running


@pytest.fixture
def visit(page_factory, server):
    """Return a function that opens the sheet as a signed-in account."""

    def opened(account, width: int = 1440, height: int = 900) -> Page:
        page = page_factory(width, height)
        page.context.add_cookies([{"name": "ror_session", "value": token(account), "url": server.url}])
        page.goto(f"{server.url}/mise-a-jour")
        expect(page.locator(".ror-line").first).to_be_visible()
        settle(page)
        return page

    return opened


def line(page: Page, unit: str):
    return page.locator(f"[id='line-{unit}']")


def message(page: Page, words: str) -> None:
    expect(page.locator(".ror-sheet-status")).to_contain_text(words)


def hand_over(page: Page) -> None:
    line(page, WARD).get_by_role("button", name="Détail").click()
    line(page, WARD).get_by_label("Confier à").select_option(label=CLAUDE.name)
    line(page, WARD).get_by_label("Durée").select_option(label="jusqu'à demain 8 h")
    line(page, WARD).get_by_role("button", name="Confier").click()
    message(page, f"Unité confiée à {CLAUDE.name} jusqu'à demain 8 h.")


def test_a_unit_handed_over_appears_on_the_open_page_of_the_colleague_who_gives_it_back_and_is_offered_no_other(server, visit):
    giver, receiver = visit(CAMILLE), visit(CLAUDE, 390, 844)
    expect(line(receiver, WARD)).to_have_count(0)
    hand_over(giver)
    expect(line(giver, WARD)).to_contain_text(f"Confiée à {CLAUDE.name} jusqu'à demain 8 h")
    expect(line(giver, WARD).get_by_role("button", name="Reprendre")).to_be_focused()
    expect(line(giver, WARD).get_by_text("Vous êtes seul à déclarer")).to_have_count(0)
    expect(line(receiver, WARD)).to_contain_text(f"Confiée par {CAMILLE.name} jusqu'à demain 8 h")
    line(receiver, WARD).get_by_role("button", name="Détail").click()
    expect(line(receiver, WARD).get_by_label("Confier à")).to_have_count(0)
    line(receiver, WARD).get_by_label(re.compile("^Nombre de")).fill("3")
    receiver.get_by_role("button", name=re.compile("^Enregistrer")).click()
    message(receiver, "1 unité enregistrée.")
    written = "SELECT account, available FROM declaration WHERE unit = ? ORDER BY position DESC LIMIT 1"
    assert server.execute(written, [WARD]) == [(CLAUDE.id, 3)]
    line(receiver, WARD).get_by_role("button", name="Rendre").click()
    message(receiver, f"Unité rendue à {CAMILLE.name}.")
    expect(line(receiver, WARD)).to_have_count(0)
    expect(line(giver, WARD).get_by_role("button", name="Reprendre")).to_have_count(0)
    expect(line(giver, WARD).get_by_label("Confier à")).to_be_visible()
    # A colleague who declares for a unit already is not offered.
    line(giver, DAY_HOSPITAL).get_by_role("button", name="Détail").click()
    for unit, offered in ((WARD, 1), (DAY_HOSPITAL, 0)):
        expect(line(giver, unit).get_by_label("Confier à").get_by_text(CLAUDE.name)).to_have_count(offered)


def test_a_unit_is_taken_back_and_a_refusal_is_said(server, visit):
    giver, receiver = visit(CAMILLE), visit(CLAUDE)
    hand_over(giver)
    line(receiver, WARD).get_by_label(re.compile("^Nombre de")).fill("7")
    line(giver, WARD).get_by_role("button", name="Reprendre").click()
    message(giver, "Cette unité n'est plus confiée.")
    message(receiver, "Médecine interne n'est plus dans vos unités : ce que vous y aviez saisi n'est pas enregistré.")
    expect(line(receiver, WARD)).to_have_count(0)
    server.execute("DELETE FROM account_role WHERE account = ?", [CLAUDE.id])
    line(giver, WARD).get_by_label("Confier à").select_option(label=CLAUDE.name)
    line(giver, WARD).get_by_role("button", name="Confier").click()
    message(giver, "Une unité se confie à un responsable de la même entité juridique")
    server.execute("INSERT INTO account_role VALUES (?, 'manager')", [CLAUDE.id])
