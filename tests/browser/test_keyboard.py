"""The main jobs by the keyboard alone, in a real Chromium: nothing is pressed with a mouse, and the focus is never lost."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from ror.model.rights import Perimeter
from ror.model.tokens import TokenScope
from ror.services.accounts import tokens
from ror.store.engine.database import Database
from scripts.browser import settle
from tests.attacks.helpers import prepare, send_request
from tests.attacks.served import WritableServer
from tests.browser.keyboard import has_focus, tab_to
from tests.browser.test_board import TITLE
from tests.near_melun import MELUN, store_declared
from tests.region import ADELE, CAMILLE, CORALIE, DOMINIQUE, PASSWORD, WARD, write


@pytest.fixture(scope="module")
def secrets():
    """A dictionary that `server` fills: as "api", the token of a system that declares."""
    return {}


@pytest.fixture(scope="module")
def server(tmp_path_factory, secrets):
    path, now = tmp_path_factory.mktemp("keyboard") / "ror.duckdb", datetime.now(UTC)
    prepare(path)
    db = Database(path)
    store_declared(db, now)
    write(db, WARD, 4, now - timedelta(days=9))
    secrets["api"] = tokens.create_token(
        db, ADELE, "Logiciel", (TokenScope.DECLARE,), Perimeter(structures=frozenset({MELUN})), 30, now
    )[1]
    db.close()
    with WritableServer(path) as running:
        yield running


def declare(server, secrets, unit: str, available: int) -> None:
    body = f'{{"unit": "{unit}", "counts": {{"available": {available}}}, "source_type": "02"}}'
    headers = {"authorization": f"Bearer {secrets['api']}", "content_type": "application/json"}
    status, _, answer = send_request(server, "/api/v1/declarations", "POST", body, **headers)
    assert status == 201, answer


def focus_is_on(page: Page, words: str) -> None:
    """Check what has the focus, by a regular expression, once it has settled."""
    settle(page)
    found = has_focus(page)
    assert re.search(words, found), f"{found!r} has the focus, not {words}"


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_a_coordinator_signs_in_finds_the_nearest_bed_opens_it_and_gives_feedback(page_factory, server, secrets):
    page = page_factory()
    page.goto(server.url)
    settle(page)
    tab_to(page, '[data-testid="stSkipToContent"]')
    press(page, "Enter")
    focus_is_on(page, "^main")
    tab_to(page, "input[aria-label='Identifiant']")
    page.keyboard.type("coralie")
    press(page, "Tab")
    page.keyboard.type("wrong")
    press(page, "Enter")
    # A refusal describes its fields, and is announced once.
    refusal = page.get_by_role("alert")
    expect(refusal).to_have_count(1)
    password = page.get_by_label("Mot de passe", exact=True)
    expect(password).to_have_attribute("aria-describedby", re.compile("ror-refusal"))
    focus_is_on(page, "^input Mot de passe")
    press(page, "Control+a")
    page.keyboard.type(PASSWORD)
    press(page, "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Consultation par département")
    focus_is_on(page, "^h1 Consultation par département")

    tab_to(page, "input[aria-label='Chercher']")
    page.keyboard.type("réa melun")
    press(page, "Enter")
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    focus_is_on(page, "^input Chercher")
    tab_to(page, ".ror-row-open")
    press(page, "ArrowDown")
    focus_is_on(page, "^button 3lits")
    press(page, "ArrowUp", "Enter")
    expect(page.get_by_role("heading", name=re.compile("Hôpital fictif de Melun"))).to_be_visible()
    focus_is_on(page, "^h2 Réanimation")
    tab_to(page, ".ror-feedback button")
    press(page, "Enter")
    expect(page.locator(".ror-feedback-status").first).to_contain_text("Merci")
    focus_is_on(page, "^button Confirmé")
    tab_to(page, ".st-key-board-panel [data-testid^='stBaseButton']", back=True)
    press(page, "Enter")
    expect(page.locator(".ror-row-open")).to_have_count(2)
    focus_is_on(page, "^button 7lits")

    # A declaration of somebody else draws the rows anew under the focus.
    press(page, "ArrowDown")
    declare(server, secrets, f"{MELUN}-r", 6)
    expect(page.locator(".ror-row-open").first).to_contain_text("6")
    focus_is_on(page, "^button 3lits")


def test_a_line_of_a_grid_opens_by_enter_and_its_cells_are_read_in_words(visit):
    page = visit(DOMINIQUE, "/departements")
    tab_to(page, ".ror-skip")
    press(page, "Enter")
    focus_is_on(page, "^summary Le même en tableau")
    press(page, "Enter")
    expect(page.get_by_role("table", name="Par département, par âge, par besoin")).to_contain_text("Réanimation")
    cells = page.locator("canvas td")
    expect(cells.filter(has_text="moins de 24 h").first).to_be_attached()
    tab_to(page, "canvas")
    words = cells.all_inner_texts()
    assert not [one for one in words if one.startswith("data:") or re.match(r"\d [●■▲✕○]", one)]
    press(page, "ArrowDown", "ArrowUp")
    expect(page.locator("[id='glide-cell-0-0']")).to_be_focused()
    press(page, "Enter")
    expect(page.get_by_role("heading", name="Détail par structure : Paris (75)")).to_be_visible()
    focus_is_on(page, "^h2 Détail par structure")


def test_a_manager_declares_three_units_and_takes_them_back(server, visit):
    page = visit(CAMILLE, "/mise-a-jour")
    numbers = page.locator(".ror-line-number")
    before = [number.input_value() for number in numbers.all()]
    tab_to(page, ".ror-line-number")
    for number in before[:3]:
        page.keyboard.type(str(int(number) + 1))
        press(page, "Enter")
    tab_to(page, ".ror-sheet-foot .primary")
    press(page, "Enter")
    expect(page.locator(".ror-sheet-status")).to_contain_text("3 unités enregistrées")
    assert has_focus(page)
    tab_to(page, ".ror-sheet-foot > button")
    press(page, "Enter")
    expect(page.locator(".ror-sheet-status")).to_contain_text("3 unités de nouveau comme avant")
    expect(numbers.first).to_have_value(before[0])
    focus_is_on(page, "^button Enregistrer")
    # A refusal is at its field.
    tab_to(page, ".ror-line-number")
    page.keyboard.type("999")
    press(page, "Control+s")
    refused = page.locator(".ror-line-number[aria-invalid='true']")
    expect(refused).to_be_focused()
    described = refused.get_attribute("aria-describedby")
    expect(page.locator(f"[id='{described}']")).not_to_be_empty()


OPEN_LATE = """
(button) => new Promise((opened) => {
    const drawn = new MutationObserver(() => document.querySelector("[role=dialog]") && opened());
    drawn.observe(document.body, { childList: true, subtree: true });
    button.click();
})
"""
"""Opens a popover as a late answer does: without the focus. Ends once it is drawn."""


def check_popovers(page: Page) -> None:
    """Check that each popover of the board takes the focus, and gives it back to its button."""
    for name in ("Plus de critères", "État au...", "M'alerter", "Partager"):
        button = page.locator('[data-testid="stPopoverButton"]', has_text=name)
        button.focus()
        press(page, "Enter")
        expect(page.get_by_role("dialog", name=name)).to_be_focused()
        settle(page)
        press(page, "Tab")
        assert page.evaluate("Boolean(document.activeElement.closest('[role=dialog]'))"), name
        press(page, "Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(button).to_be_focused()
    settle(page)
    press(page, "Enter")
    expect(page.get_by_role("dialog")).to_be_focused()
    press(page, "Shift+Tab")
    expect(button).to_be_focused()
    # A popover that covers the focused element closes, and closes again when the late answer to its opening reopens it.
    press(page, "Tab")
    expect(page.get_by_role("dialog")).to_have_count(0)
    # Until its button knows that the popover is closed, a press would not open it.
    settle(page)
    button.evaluate(OPEN_LATE)
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert has_focus(page)


def test_what_opens_takes_the_focus_and_gives_it_back_and_another_screen_is_announced_once(server, visit):
    page = visit(CORALIE, "/departements")
    page.evaluate(
        """() => {
            window.rorAnnounced = [];
            const region = document.getElementById("ror-news");
            new MutationObserver(() => window.rorAnnounced.push(region.textContent)).observe(region, { childList: true });
        }"""
    )
    check_popovers(page)
    tab_to(page, ".st-key-question-line [role=radio]", back=True)
    press(page, "ArrowRight", "Enter")
    focus_is_on(page, "^button")
    tab_to(page, ".st-key-question-clear button")
    press(page, "Enter")
    focus_is_on(page, "^(button Effacer|button .*Effacer|input)")

    page.locator('[data-testid="stTopNavSection"]', has_text="Coordination").focus()
    press(page, "Enter")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    press(page, "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Coordination")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    for section in ("Crise", "Rapports", "Écrans", "Appels"):
        page.get_by_role("radio", name=section).focus()
        press(page, "Enter")
        expect(page.get_by_role("radio", name=section)).to_be_checked()
        focus_is_on(page, f"^button {section}")
    tab_to(page, ".ror-row-open")
    press(page, "Enter")
    expect(page.get_by_role("button", name="J'appelle")).to_be_visible()
    focus_is_on(page, ".")
    page.get_by_role("button", name="J'appelle").focus()
    press(page, "Enter")
    expect(page.get_by_role("button", name="Enregistrer l'appel")).to_be_visible()
    focus_is_on(page, "^(h2|button)")
    assert page.evaluate("rorAnnounced") == ["Écran : Coordination"]

    # The menu of a phone takes the place of its button.
    page.set_viewport_size({"width": 390, "height": 844})
    opener = page.get_by_role("button", name="Ouvrir le menu")
    opener.focus()
    press(page, "Enter")
    expect(page.get_by_role("button", name="Fermer le menu")).to_be_focused()
    press(page, "Escape")
    expect(opener).to_be_focused()
