"""Text that its user spaces out (WCAG 1.4.12): nothing is cut off nor lies over anything else, wide and on a phone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext

from scripts.browser import settle, travel
from tests.attacks.helpers import ROLES, prepare, serving, token
from tests.browser.accessibility_screens import SECTION, Screen
from tests.browser.examination import PHONE, QUIET, WIDE, problems_when_spaced, resize
from tests.region import CAMILLE, HOSPITAL, WARD

SCREENS = {
    "nobody": [Screen("departements")],
    "professional": [
        Screen("departements"),
        Screen("departements?vue=unites"),
        Screen("departements", ("M'alerter",)),
        Screen("departements?departement=75"),
        Screen(f"structures?structure={HOSPITAL}&unite={WARD}"),
        Screen("tendances"),
        Screen("alertes"),
        Screen("mon-compte"),
        Screen("aide"),
    ],
    "manager": [Screen("mise-a-jour"), Screen(f"mise-a-jour?unite={WARD}", ("Détail (facultatif)",))],
    "coordinator": [
        Screen(f"coordination?appel={WARD}", ("J'appelle",)),
        Screen("coordination?volet=Crise"),
        Screen("coordination?volet=Rapports"),
        Screen("coordination?volet=Écrans", ("Nouvel écran",)),
    ],
    "administrator": [
        Screen("administration"),
        Screen(f"administration?compte={CAMILLE.id}"),
        Screen(SECTION + f"Structures et unités&structure={HOSPITAL}&unite={WARD}"),
        Screen(SECTION + "Import"),
        Screen(SECTION + "Journal"),
    ],
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that this module shares; no test depends on what another one changes."""
    folder = tmp_path_factory.mktemp("spacing")
    prepare(folder / "ror.duckdb")
    with serving(folder) as running:
        yield running.url


@pytest.mark.parametrize("role", SCREENS)
def test_spaced_text_is_neither_cut_nor_covered(visitor: BrowserContext, url: str, role: str) -> None:
    if account := ROLES[role]:
        visitor.add_cookies([{"name": "ror_session", "value": token(account), "url": url}])
    page = visitor.new_page()
    page.goto(url)
    found = []
    for screen in SCREENS[role]:
        resize(page, WIDE)
        for address in ("aide", screen.address):
            travel(page, f"/{address}")
            settle(page, QUIET)
        screen.reach(page)
        for size in (WIDE, PHONE):
            resize(page, size)
            found += [f"{screen.name}, {size[0]}: {problem}" for problem in problems_when_spaced(page)]
    assert found == [], "\n".join(found)
