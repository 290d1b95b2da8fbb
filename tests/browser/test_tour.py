"""The demonstration in a real Chromium: boards that move by themselves, one-press sign-in, the guided tour in five steps."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from ror.services.operations.live_demonstration import TOUR_UNIT
from ror.web import tour
from ror.web.demo_sign_in import LABELS
from scripts.browser import settle
from tests.attacks.helpers import screen
from tests.browser.demonstration import copy_with_sessions, open_signed_in
from tests.browser.examination import problems
from tests.browser.layout import rectangle
from tests.harness import Server

INSIDE = "(panel) => { const box = panel.getBoundingClientRect(); return box.left >= 0 && box.right <= innerWidth + 1; }"
COVERED = """
(panel) => {
    const {top, bottom, left, right} = panel.getBoundingClientRect();
    const controls = document.querySelectorAll('button, input, [role="button"], a[href]');
    return [...controls].filter((control) => {
        const box = control.getBoundingClientRect();
        const middle = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
        const inside = middle[0] > left && middle[0] < right && middle[1] > top && middle[1] < bottom;
        return box.width && inside && !panel.contains(control);
    }).map((control) => control.outerHTML.slice(0, 200));
}
"""
"""The controls that the panel covers."""


@pytest.fixture(scope="module")
def server(seeded, tmp_path_factory):
    """A server whose demonstration declares by itself."""
    path = copy_with_sessions(seeded, tmp_path_factory.mktemp("tour") / "demonstration.duckdb")
    with Server(path, demo=True, environment={"ROR_DEMO_LIVE": "1", "ROR_BCRYPT_COST": "4"}) as running:
        yield running


@pytest.fixture(scope="module")
def still_server(seeded, tmp_path_factory):
    """A server whose demonstration declares nothing by itself."""
    with Server(copy_with_sessions(seeded, tmp_path_factory.mktemp("still") / "demonstration.duckdb"), demo=True) as running:
        yield running


def panel(page: Page):
    return page.get_by_role("region", name="Visite guidée")


def reach_step(page: Page, number: int) -> None:
    """Wait for the screen of a step with its account, and check that its panel covers nothing and breaks no rule."""
    step = tour.STEPS[number - 1]
    expect(panel(page)).to_contain_text(f"Étape {number} sur 5", timeout=60_000)
    # On a busy machine the panel shows its step before the screen of the next account is open.
    expect(page).to_have_url(re.compile(re.escape(step.address.partition("?")[0])), timeout=60_000)
    expect(panel(page).get_by_role("button").last).to_have_text("Terminer la visite" if number == 5 else "Passer la visite")
    settle(page)
    assert panel(page).evaluate(INSIDE)
    assert panel(page).evaluate("(panel) => panel.offsetHeight < 200")
    assert panel(page).evaluate(COVERED) == []
    assert problems(page) == []


def figure_of_unit(page: Page) -> str:
    return page.locator(f'.ror-row-open[data-row="{TOUR_UNIT}"]').inner_text()


def numbers_of_the_manager(server) -> dict[str, tuple[str, int]]:
    """Return the number and the last declaration of each unit of the sheet."""
    with screen(server, "demo-responsable") as tab:
        tab.open("mise-a-jour")
        sent = [json.loads(one.delta.new_element.bidi_component.json or "{}") for one in tab.messages]
    (sheet,) = [data for data in sent if isinstance(data, dict) and "groups" in data]
    units = [unit for group in sheet["groups"] for unit in group["units"]]
    assert units
    return {unit["unit"]: (unit["number"], unit["position"]) for unit in units}


# First in this file: the second step of the tour moves a unit of the manager for a minute.
def test_a_board_moves_with_nobody_pressing_and_the_units_of_people_do_not(server, page_factory):
    reader, own = page_factory(), numbers_of_the_manager(server)
    open_signed_in(reader, f"{server.url}/departements", "coordination")
    totals = reader.locator(".ror-tiles")
    for _ in range(2):
        expect(totals).not_to_have_text(totals.inner_text(), use_inner_text=True, timeout=60_000)
    assert numbers_of_the_manager(server) == own


def test_the_tour_walks_through_its_five_steps_and_is_remembered(server, page_factory):
    page = page_factory()
    page.goto(server.url)
    settle(page)
    page.get_by_role("button", name="Commencer la visite").click()
    reach_step(page, 1)
    page.reload()
    reach_step(page, 1)
    page.get_by_label(re.compile(r"^Nombre de (lits|places) disponibles")).first.fill("2")
    page.get_by_role("button", name="Enregistrer 1 unité").click()
    expect(page.locator(".ror-line").first).to_contain_text("enregistré à l'instant")
    panel(page).get_by_role("button", name="Suivant").click()
    reach_step(page, 2)
    expect(page.get_by_text("Claude Essai", exact=True)).to_be_visible()
    # What was declared in the first step is there, and without a press the unit of the same manager moves.
    declared = page.locator(".ror-row-open").filter(has_text="Les Glycines").filter(has_text="à l'instant")
    expect(declared).to_have_text(re.compile("^2 ?places"))
    before = figure_of_unit(page).split()[0]
    expect(page.locator(f'.ror-row-open[data-row="{TOUR_UNIT}"] b').first).not_to_have_text(before, timeout=20_000)
    page.get_by_role("button", name="Suivant").press("Enter")
    reach_step(page, 3)
    expect(page.get_by_text(re.compile("réanimation à moins de 30 km de Melun"))).to_be_visible()
    expect(panel(page)).to_be_focused()
    # On another screen the panel has a way back to that of its step.
    page.goto(f"{server.url}/aide")
    settle(page)
    panel(page).get_by_role("button", name="Ouvrir l'écran de l'étape").click()
    reach_step(page, 3)
    panel(page).get_by_role("button", name="Suivant").click()
    reach_step(page, 4)
    expect(panel(page)).to_be_focused()
    panel(page).get_by_role("button", name="Suivant").click()
    reach_step(page, 5)
    expect(page.get_by_text("Cette base contient la démonstration")).to_be_visible()
    panel(page).get_by_role("button", name="Terminer la visite").click()
    expect(panel(page)).to_have_count(0)
    page.reload()
    settle(page)
    expect(panel(page)).to_have_count(0)


def test_on_a_telephone_the_tour_is_left_and_started_again_from_the_guide(server, page_factory):
    page = page_factory(390, 844)
    page.goto(server.url)
    settle(page)
    page.get_by_role("button", name="Commencer la visite").click()
    reach_step(page, 1)
    foot = rectangle(page.get_by_role("button", name=re.compile("^Enregistrer")))
    assert foot["y"] + foot["height"] <= 844
    panel(page).get_by_role("button", name="Suivant").click()
    reach_step(page, 2)
    panel(page).get_by_role("button", name="Passer la visite").click()
    expect(panel(page)).to_have_count(0)
    page.goto(f"{server.url}/aide")
    settle(page)
    expect(panel(page)).to_have_count(0)
    page.get_by_role("button", name="Commencer la visite guidée").click()
    reach_step(page, 1)


@pytest.mark.parametrize(
    ("width", "height", "login", "name"),
    [(1440, 900, "responsable", "Camille Exemple"), (390, 844, "admin", "Sacha Témoin")],
    ids=["wide", "phone"],
)
def test_one_press_signs_in_to_an_account_of_the_demonstration(still_server, page_factory, width, height, login, name):
    page = page_factory(width, height)
    page.goto(f"{still_server.url}/aide")
    settle(page)
    buttons = {each: page.get_by_role("button", name=label, exact=True) for each, label in LABELS.items()}
    for button in buttons.values():
        box = rectangle(button)
        assert box["height"] >= 48
        assert box["y"] + box["height"] <= height
    assert problems(page) == []
    buttons[login].focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text(name, exact=True)).to_be_visible()
    expect(page).to_have_url(f"{still_server.url}/aide")
    # Where nothing moves by itself, the tour is not offered by itself.
    settle(page)
    expect(panel(page)).to_have_count(0)
    expect(page.get_by_role("button", name="Commencer la visite guidée")).to_be_visible()
