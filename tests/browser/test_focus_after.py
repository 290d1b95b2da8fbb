"""Where the focus goes when a press removes the pressed element, and when a live update redraws the screen meanwhile."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from ror.model.alert import Condition
from ror.model.filters import Filters
from ror.model.rights import Perimeter
from ror.model.tokens import TokenScope
from ror.services.accounts import tokens
from ror.services.alerts import account_alerts
from ror.store.engine.database import Database
from scripts.browser import settle
from tests.attacks.helpers import prepare, send_request, serving
from tests.browser.demonstration import copy_with_sessions, open_signed_in
from tests.browser.keyboard import has_focus
from tests.harness import Server
from tests.region import ADELE, CAMILLE, DOMINIQUE, HOSPITAL, WARD

SIZES = pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)], ids=["wide", "phone"])


@pytest.fixture(scope="module")
def secrets():
    """A dictionary that `server` fills: as "api", the token of a system that declares."""
    return {}


@pytest.fixture(scope="module")
def server(tmp_path_factory, secrets):
    folder, now = tmp_path_factory.mktemp("focus-after"), datetime.now(UTC)
    prepare(folder / "ror.duckdb")
    db = Database(folder / "ror.duckdb")
    for number in (5, 6):
        question = Condition(Filters(at_least=number), department="75")
        account_alerts.save(db, DOMINIQUE, f"Au moins {number}", question, "/departements", False, now - timedelta(hours=1))
    hospital = Perimeter(structures=frozenset({HOSPITAL}))
    secrets["api"] = tokens.create_token(db, ADELE, "Logiciel", (TokenScope.DECLARE,), hospital, 30, now)[1]
    db.close()
    with serving(folder) as running:
        yield running


def declare(server, secrets, available: int) -> None:
    body = f'{{"unit": "{WARD}", "counts": {{"available": {available}}}, "source_type": "02"}}'
    headers = {"authorization": f"Bearer {secrets['api']}", "content_type": "application/json"}
    status, _, answer = send_request(server, "/api/v1/declarations", "POST", body, **headers)
    assert status == 201, answer


def check_focus(page: Page, words: str) -> None:
    settle(page)
    assert re.search(words, has_focus(page)), f"{has_focus(page)!r} has the focus, not {words}"


def test_a_refused_comment_takes_the_focus_in_the_form_of_one_unit(visit):
    page = visit(CAMILLE, f"/mise-a-jour?unite={WARD}")
    comment = page.get_by_label("Commentaire (facultatif)")
    comment.fill("a" * 501)
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_text("501 caractères : raccourcissez-le à 500")).to_be_visible()
    expect(comment).to_be_focused()
    expect(comment).to_have_value("a" * 501)


@SIZES
def test_an_acknowledged_alert_leaves_the_focus_to_the_next_one_and_the_last_to_the_title(
    visit, server, secrets, width, height
):
    declare(server, secrets, 0)
    page = visit(DOMINIQUE, "/alertes", width, height)
    declare(server, secrets, 7)
    acknowledge = page.get_by_role("button", name=re.compile("^Vu"))
    expect(acknowledge).to_have_count(2)
    settle(page)
    acknowledge.first.focus()
    page.keyboard.press("Enter")
    expect(acknowledge).to_have_count(1)
    check_focus(page, "^button .*Vu")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Rien de nouveau")).to_be_visible()
    check_focus(page, "^h2 Rien de nouveau")


@SIZES
def test_a_popover_that_closes_while_the_board_moves_gives_the_focus_back(visit, server, secrets, width, height):
    page = visit(DOMINIQUE, "/departements", width, height)
    total, numbers = page.locator(".ror-tiles"), iter(range(10, 15) if width > height else range(15, 20))
    for name in ("Plus de critères", "État au...", "M'alerter", "Partager"):
        button = page.locator('[data-testid="stPopoverButton"]', has_text=name)
        button.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog", name=name)).to_be_focused()
        before = total.inner_text()
        declare(server, secrets, next(numbers))
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(total).not_to_have_text(before, use_inner_text=True)
        settle(page)
        expect(button).to_be_focused()
    # A popover that is redrawn while it is open keeps the focus, and gives it back when it closes.
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_focused()
    page.keyboard.press("Tab")
    before = total.inner_text()
    declare(server, secrets, next(numbers))
    expect(total).not_to_have_text(before, use_inner_text=True)
    settle(page)
    assert page.evaluate("Boolean(document.activeElement.closest('[role=dialog]'))")
    page.keyboard.press("Escape")
    expect(button).to_be_focused()


@pytest.fixture(scope="module")
def demonstration(seeded, tmp_path_factory):
    path = copy_with_sessions(seeded, tmp_path_factory.mktemp("focus-tour") / "demonstration.duckdb")
    with Server(path, demo=True, environment={"ROR_DEMO_LIVE": "1", "ROR_BCRYPT_COST": "4"}) as running:
        yield running


@SIZES
def test_a_tour_that_is_left_gives_the_focus_to_the_title_of_the_screen(demonstration, page_factory, width, height):
    page = page_factory(width, height)
    # Starting the tour ends the session that it is started from.
    open_signed_in(page, f"{demonstration.url}/aide", {1440: "soignant", 390: "coordination"}[width])
    panel = page.get_by_role("region", name="Visite guidée")
    leave = panel.get_by_role("button", name="Passer la visite")
    leave.focus()
    page.keyboard.press("Enter")
    expect(panel).to_have_count(0)
    check_focus(page, "^h1 Aide")
    # Started again by the keyboard, the tour has the focus at each step.
    start = page.get_by_role("button", name="Commencer la visite guidée")
    start.focus()
    page.keyboard.press("Enter")
    expect(panel).to_contain_text("Étape 1 sur 5")
    expect(panel.get_by_role("button", name="Suivant")).to_be_visible(timeout=60_000)
    expect(panel).to_be_focused(timeout=60_000)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    check_focus(page, "^button Passer la visite")
    page.keyboard.press("Enter")
    expect(panel).to_have_count(0)
    check_focus(page, "^h1 Mise à jour")
