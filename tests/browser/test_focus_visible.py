"""What axe cannot see of every screen: the keyboard goes through it, shows where it is, and screen readers have its plan."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from scripts.browser import settle, travel
from tests.attacks.helpers import ROLES, prepare, serving, token
from tests.browser.accessibility_screens import SECTION, Screen
from tests.browser.examination import PHONE, QUIET, WIDE
from tests.browser.keyboard import Stop, walk
from tests.region import CAMILLE, HOSPITAL, WARD

ELSEWHERE = "aide"

SCREENS = {
    "nobody": [Screen("departements"), Screen("departements", ("Mot de passe oublié",))],
    "professional": [
        Screen("departements"),
        Screen("departements?departement=75"),
        Screen("departements?departement=75", ("Carte et graphiques",)),
        Screen("structures?q=fict"),
        Screen(f"structures?structure={HOSPITAL}&unite={WARD}"),
        Screen("tendances"),
        Screen("tendances", ("Demain",)),
        Screen("tendances", ("Régularité et heures",)),
        Screen("alertes"),
        Screen("aide"),
        Screen("mon-compte"),
        Screen("nulle-part"),
        Screen("administration"),
    ],
    "coordinator": [
        Screen("coordination"),
        Screen(f"coordination?appel={WARD}", ("J'appelle",)),
        Screen("coordination?volet=Crise"),
        Screen("coordination?volet=Rapports"),
        Screen("coordination?volet=Écrans", ("Nouvel écran",)),
    ],
    "manager": [
        Screen("mise-a-jour", ("Fermer plusieurs unités, pour un week-end ou des travaux",)),
        Screen(f"mise-a-jour?unite={WARD}", ("Détail (facultatif)",)),
        Screen("mise-a-jour", ("Par fichier : toutes vos unités à la fois",)),
    ],
    "administrator": [
        Screen("administration"),
        Screen("administration?compte=nouveau"),
        Screen(f"administration?compte={CAMILLE.id}"),
        *(Screen(SECTION + name) for name in ("Jetons", "Types et besoins", "Import", "Rappels", "Commentaires", "Journal")),
        Screen(SECTION + f"Structures et unités&structure={HOSPITAL}&unite={WARD}"),
    ],
}
"""One screen of each kind; those that differ by their content alone are left to `test_accessibility`."""

PLAN = """
() => {
  const shown = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter((one) => one.checkVisibility());
  const text = (one) => one.textContent.trim().slice(0, 40);
  const faults = [];
  if (shown.filter((one) => one.tagName === "H1").length !== 1) faults.push(`not one h1: ${shown.map(text)}`);
  shown.reduce((before, one) => {
    const level = Number(one.tagName[1]);
    if (level > before + 1) faults.push(`from level ${before} to ${level}: ${text(one)}`);
    return level;
  }, 0);
  for (const chart of document.querySelectorAll('[data-testid="stVegaLiteChart"]')) {
    if (chart.getAttribute("role") !== "img" || chart.hasAttribute("aria-roledescription")) faults.push("a chart is no image");
    const words = chart.getAttribute("aria-label") ?? "";
    if (words.length < 25) faults.push(`a chart without words: ${words}`);
    const internals = chart.querySelector("svg:not([aria-hidden]) [aria-label]");
    if (internals) faults.push(`internals of a chart: ${internals.outerHTML.slice(0, 80)}`);
  }
  for (const image of document.querySelectorAll("img:not([alt])")) faults.push(`an image without alt: ${image.className}`);
  for (const grid of document.querySelectorAll('canvas[data-testid="data-grid-canvas"]')) {
    if (!grid.getAttribute("aria-label")) faults.push("a grid without a name");
    if (!grid.querySelector('[role="columnheader"]')) faults.push("a grid without headers");
  }
  for (const table of document.querySelectorAll("table:not([role])")) {
    if (!table.caption && !table.getAttribute("aria-label")) faults.push(`a table without a name: ${text(table)}`);
    if (!table.querySelector("th[scope]")) faults.push(`a table without headers: ${text(table)}`);
  }
  for (const place of ["main", "nav", "footer"]) {
    const unnamed = [...document.querySelectorAll(`${place}:not([aria-label])`)];
    if (unnamed.some((one) => one.checkVisibility())) faults.push(`a ${place} without a name`);
  }
  for (const place of ["main", 'footer[role="contentinfo"]']) if (!document.querySelector(place)) faults.push(`no ${place}`);
  const ahead = document.querySelector('[tabindex]:not([tabindex="0"], [tabindex^="-"])');
  if (ahead) faults.push(`out of order: ${ahead.outerHTML.slice(0, 80)}`);
  return faults;
}
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that this module shares; no test depends on what another one changes."""
    folder = tmp_path_factory.mktemp("focus")
    prepare(folder / "ror.duckdb")
    with serving(folder) as running:
        yield running.url


@pytest.mark.parametrize("role", SCREENS)
def test_the_keyboard_goes_through_every_screen_and_shows_where_it_is(visitor: BrowserContext, url: str, role: str) -> None:
    if account := ROLES[role]:
        visitor.add_cookies([{"name": "ror_session", "value": token(account), "url": url}])
    page = visitor.new_page()
    page.goto(url)
    faults = [fault for screen in SCREENS[role] for fault in examine(page, screen)]
    assert not faults, "\n".join(dict.fromkeys(faults))


def examine(page: Page, screen: Screen) -> Iterator[str]:
    """Yield what is wrong on a screen, on a wide window and on a phone."""
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    for address in (ELSEWHERE, screen.address):
        travel(page, f"/{address}")
        settle(page, QUIET)
    screen.reach(page)
    for width, height in (WIDE, PHONE):
        page.set_viewport_size({"width": width, "height": height})
        settle(page, QUIET)
        for fault in (*stops_faults(walk(page)), *page.evaluate(PLAN)):
            yield f"{screen.name}, {width}: {fault}"


def stops_faults(stops: list[Stop]) -> Iterator[str]:
    """Yield what is wrong with the stops of a page, which begin with its skip link."""
    if not stops or "Aller au contenu" not in stops[0]["words"]:
        yield f"first is {stops[0]['words'] if stops else 'nothing'}, not « Aller au contenu »"
    for stop in stops:
        ring = stop["ring"]
        if not ring or ring["pixels"] < 2 or ring["contrast"] < 3:
            yield f"the focus does not show on {stop['words']}: {ring}"
        if stop["hidden"]:
            yield f"{stop['words']} takes the focus and is {stop['hidden']}"
    for before, after in pairwise(stops):
        # Something above comes next in another column only, to the right.
        if not (before["fixed"] or after["fixed"]) and after["bottom"] <= before["top"] and after["left"] <= before["left"]:
            yield f"{after['words']} comes after {before['words']}, and stands before it"


@pytest.mark.parametrize("address", ["mur", "rappel/arreter/inconnu", "api/v1/docs"])
def test_so_it_is_on_the_pages_without_streamlit(visitor: BrowserContext, url: str, address: str) -> None:
    page = visitor.new_page()
    page.goto(f"{url}/{address}")
    expect(page.locator("h1, .title").first).to_be_visible()
    faults = [fault for fault in stops_faults(walk(page)) if "first is" not in fault]
    assert not faults, "\n".join(faults)
    assert page.locator("h1").count() == 1 or address.startswith("api")
