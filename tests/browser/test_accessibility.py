"""WCAG 2.2 A and AA, as far as a program can check: no fault on any screen of any role, wide, on a phone and zoomed.

One walk of all screens: each is examined by axe and `examination.js`, the first screen of each kind also by the Tab key.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page

from ror.model.alert import Condition
from ror.model.crisis import CrisisKind, CrisisScope
from ror.model.display import Theme
from ror.model.rights import Perimeter
from ror.model.tokens import TokenScope
from ror.services.accounts import links, tokens
from ror.services.alerts import account_alerts
from ror.services.coordination import crisis, daily_report, displays
from ror.services.coordination.crisis import TypedEvent
from ror.services.region_time import region_zone
from ror.settings import PAGES
from ror.store.engine.database import Database
from scripts.browser import settle, travel
from tests.attacks.helpers import ROLES, prepare, serving, token
from tests.browser.accessibility_screens import SCREENS, Screen
from tests.browser.examination import QUIET, WIDE, problems_at_every_size, resize
from tests.region import ADELE, BLANCHE, CARDIAC, CLAUDE, CORALIE, store_account, write

ELSEWHERE = "aide"


@dataclass(frozen=True, slots=True)
class Region:
    """A server, and the ids and instants of its region that addresses of the walk contain."""

    url: str
    event: str
    link: str
    report: str
    past: str

    def address(self, screen: Screen) -> str:
        """Return the address of a screen in this region."""
        return screen.address.format(event=self.event, link=self.link, report=self.report, past=self.past)


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Region]:
    """A server that this module shares; no test depends on what another one changes."""
    folder, now = tmp_path_factory.mktemp("accessibility"), datetime.now(UTC)
    prepare(folder / "ror.duckdb")
    db = Database(folder / "ror.duckdb")
    tokens.create_token(db, ADELE, "Logiciel fictif", (TokenScope.READ,), Perimeter(), 30, now)
    # So that « Appels » has a unit to call, and a sign-in its second step.
    write(db, CARDIAC, 3, now - timedelta(days=9))
    store_account(db, replace(CLAUDE, second_factor=True))
    typed = TypedEvent(CrisisKind.HEAT_WAVE, 0, "", CrisisScope(("75",)), now + timedelta(days=1), 4)
    event = crisis.open_event(db, CORALIE, "event-0001", typed, now - timedelta(hours=1))
    account_alerts.save(db, CORALIE, "Paris", Condition(department="75"), "/departements", False, now)
    displays.create(db, CORALIE, "Salle de crise", Theme.DARK, 30, now)
    report, _ = daily_report.make_and_send_now(db, CORALIE, now)
    past = f"{(now - timedelta(days=1)).astimezone(region_zone()):%Y-%m-%dT%H:%M}"
    link = urlsplit(links.create_link(db, ADELE, BLANCHE.id, now)).query
    db.close()
    with serving(folder) as running:
        yield Region(running.url, event.id, link, report.id, past)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("role", SCREENS)
def test_no_screen_has_a_fault_at_any_size_and_each_has_its_own_title(
    visitor: BrowserContext, region: Region, role: str
) -> None:
    page = visitor.new_page()
    if account := ROLES[role]:
        visitor.add_cookies([{"name": "ror_session", "value": token(account), "url": region.url}])
    page.goto(region.url)
    found: list[str] = []
    titles: dict[str, set[str]] = {}
    before = ELSEWHERE
    for screen in alternated(SCREENS[role]):
        open_screen(page, region, screen, before)
        found += [f"{screen.name}, {problem}" for problem in problems_at_every_size(page, by_keyboard=screen.keyboard)]
        before = screen.path
        titles.setdefault(page.title(), set()).add(place(region.address(screen)))
    assert found == [], "\n".join(found)
    assert {title: sorted(places) for title, places in titles.items() if len(places) > 1} == {}


def test_the_screens_of_every_page_are_examined() -> None:
    visited = {screen.path for screens in SCREENS.values() for screen in screens}
    # « accueil » draws nothing: it redirects to another page.
    assert {path.stem.replace("_", "-") for path in PAGES.glob("*.py")} - {"accueil"} <= visited


def alternated(screens: Sequence[Screen]) -> list[Screen]:
    """Return the screens so that two of one page seldom follow each other, with those of one page in their order."""
    by_page: dict[str, list[Screen]] = {}
    for screen in screens:
        by_page.setdefault(screen.path, []).append(screen)
    return [screen for turn in zip_longest(*by_page.values()) for screen in turn if screen]


def open_screen(page: Page, region: Region, screen: Screen, before: str) -> None:
    """Go to a screen, in a wide window, with a page that shows a screen of the page `before`."""
    resize(page, WIDE)
    address = region.address(screen)
    if screen.loaded:
        page.goto(f"{region.url}/{address}")
        settle(page, QUIET)
    else:
        # Without leaving the page, what was opened on it before would stay open.
        for one in (ELSEWHERE, address) if before == screen.path else (address,):
            travel(page, f"/{one}")
            settle(page, QUIET)
    screen.reach(page)


FILTERS = ("departement=", "besoin=", "mini=", "affichage=", "q=", "territoire=", "avec=", "rappel=", "nombre=", "pres=", "au=")


def place(address: str) -> str:
    """Return an address without the parameters that only filter a screen: with and without them it has one title."""
    path, _, query = address.partition("?")
    return f"{path}?{'&'.join(part for part in query.split('&') if not part.startswith(FILTERS))}"
