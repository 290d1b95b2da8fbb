"""The wall of a crisis room: a coordinator creates and revokes it, its link opens it, and it shows when it is cut off."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from ror.model.display import Theme
from ror.model.rights import Perimeter
from ror.model.tokens import TokenScope
from ror.services.accounts import tokens
from ror.services.coordination import displays
from ror.store.engine.database import Database
from scripts.browser import settle
from tests.attacks.helpers import prepare, send_request, serving
from tests.browser.examination import problems
from tests.region import ADELE, CORALIE, HOSPITAL, WARD, write

WALL = (1920, 1080)
SMALLEST = 20
SIZES = """
() => [...document.querySelectorAll("body *")]
    .filter((one) => [...one.childNodes].some((part) => part.nodeType === 3 && part.textContent.trim()))
    .filter((one) => one.getClientRects().length)
    .map((one) => [one, parseFloat(getComputedStyle(one).fontSize)])
    .map(([one, size]) => [size * (one.ownerSVGElement ? one.getScreenCTM().a : 1), one.textContent])
"""


@pytest.fixture(scope="module")
def secrets():
    """A dictionary that `server` fills: by theme, the secret of the link of a display; as "api", the token of a system."""
    return {}


@pytest.fixture(scope="module")
def server(tmp_path_factory, secrets):
    folder = tmp_path_factory.mktemp("wall")
    prepare(folder / "ror.duckdb")
    db, now = Database(folder / "ror.duckdb"), datetime.now(UTC)
    write(db, WARD, 6, now - timedelta(minutes=3))
    for theme in Theme:
        secrets[theme] = displays.create(db, CORALIE, "Salle de crise", theme, 30, now)[1].partition("#")[2]
    hospital = Perimeter(structures=frozenset({HOSPITAL}))
    secrets["api"] = tokens.create_token(db, ADELE, "Logiciel", (TokenScope.DECLARE,), hospital, 30, now)[1]
    db.close()
    with serving(folder) as running:
        yield running


def declare(server, secrets, available):
    body = f'{{"unit": "{WARD}", "counts": {{"available": {available}}}, "source_type": "02"}}'
    headers = {"authorization": f"Bearer {secrets['api']}", "content_type": "application/json"}
    status, _, answer = send_request(server, "/api/v1/declarations", "POST", body, **headers)
    assert status == 201, answer


def check_legible(page):
    """Check sizes, contrasts and that nothing is cut off by the edge of the screen."""
    small = [found for found in page.evaluate(SIZES) if found[0] < SMALLEST - 0.01]
    assert small == []
    # An item for which a list has no room is placed beside it, out of sight: that is no fault.
    unseen = ("out of the window", "cut off")
    assert [problem for problem in problems(page) if not problem.startswith(unseen)] == []
    assert page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == list(WALL)


def test_a_coordinator_gives_a_room_its_wall_and_takes_it_back(visit, page_factory, server, secrets):
    desk = visit(CORALIE, "/coordination?volet=Écrans")
    desk.get_by_text("Nouvel écran", exact=True).click()
    # The form opens slowly: a press meanwhile would miss its button.
    settle(desk)
    desk.get_by_label("Salle", exact=True).fill("Régulation")
    desk.get_by_role("button", name="Créer l'écran").click()
    link = desk.get_by_test_id("stCode")
    expect(link).to_contain_text("/mur#")
    room = page_factory(*WALL)
    room.goto(f"{server.url}/mur#{link.inner_text().strip().partition('#')[2]}")
    expect(room.get_by_text("● en direct")).to_be_visible()
    expect(room.get_by_text("Régulation")).to_be_visible()
    expect(room.locator("#latest li").first).to_contain_text("Médecine interne")
    assert room.url == f"{server.url}/mur"
    assert room.evaluate("document.cookie") == ""
    check_legible(room)
    declare(server, secrets, 0)
    expect(room.locator("#degraded li").first).to_contain_text(re.compile("Médecine interne.*Tombée à zéro.*à l'instant"))
    # The session of the room opens nothing else.
    room.goto(f"{server.url}/departements")
    expect(room.get_by_role("button", name="Se connecter", exact=True)).to_be_visible()
    room.goto(f"{server.url}/mur")
    expect(room.get_by_text("● en direct")).to_be_visible()
    desk.reload()
    settle(desk)
    sheet = desk.locator('[class*="st-key-sheet-"]', has_text="Régulation")
    expect(sheet).to_contain_text("Dernier usage le")
    sheet.get_by_role("button", name="Révoquer").click()
    sheet.get_by_role("button", name="Oui, révoquer").click()
    expect(room.get_by_text("Cet écran n'est pas ouvert, ou ne l'est plus")).to_be_visible(timeout=60_000)
    assert "Médecine interne" not in room.content()


def test_a_wall_that_is_cut_off_says_so_and_comes_back_by_itself(page_factory, server, secrets):
    page = page_factory(*WALL)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{server.url}/mur#{secrets[Theme.LIGHT]}")
    expect(page.get_by_text("● en direct")).to_be_visible()
    check_legible(page)
    server.stop()
    lost = page.get_by_role("alert")
    expect(lost).to_contain_text(re.compile(r"Connexion perdue depuis moins d'une minute, dernières données de \d\d h \d\d"))
    expect(page.get_by_text("✕ hors connexion")).to_be_visible()
    check_legible(page)
    server.start()
    expect(page.get_by_text("● en direct")).to_be_visible()
    expect(lost).to_be_hidden()
    declare(server, secrets, 3)
    expect(page.locator("#latest li").first).to_contain_text(re.compile("3 lits.*à l'instant"))
    page.goto(f"{server.url}/mur#lien-qui-n-ouvre-rien")
    expect(page.get_by_text("● en direct")).to_be_visible()
    page.context.clear_cookies()
    page.goto(f"{server.url}/aide")
    page.goto(f"{server.url}/mur#{secrets[Theme.LIGHT]}")
    expect(page.get_by_text("Ce lien n'ouvre plus d'écran")).to_be_visible()
    assert errors == []
