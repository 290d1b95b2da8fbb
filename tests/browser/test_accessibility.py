"""WCAG 2.2, as far as a machine can see: axe walks every screen of every role, on a wide screen and on a phone.

`accessibility_violations.csv` lists the violations of today, a line each. A new one fails, and so does one that is gone but
still listed: the list only gets shorter.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, Page

from ror.model.rights import Perimeter
from ror.model.tokens import Scope
from ror.services.accounts import tokens
from ror.settings import PAGES
from ror.store.engine.database import Database
from scripts.browser import settle
from tests.attacks.helpers import ROLES, prepare, serving, token
from tests.region import ADELE, CAMILLE, HOSPITAL, WARD

LIST = Path(__file__).with_name("accessibility_violations.csv")
WIDE, PHONE = (1440, 900), (390, 844)
RULES = """
async () => {
    // Contrast under the header of a scrolled page cannot be judged.
    document.querySelectorAll('[data-testid="stMain"]').forEach((main) => main.scrollTo(0, 0));
    const {violations} = await axe.run({
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"],
        resultTypes: ["violations"],
    });
    return violations.map((one) => ({rule: one.id, help: one.help, where: one.nodes.map((node) => node.target.join(" "))}));
}
"""
AHEAD = 4
"""Pages that load while one is examined."""

PAUSES = (0, 500, 1000)
"""Milliseconds before each examination of a page whose violations are not those of the list."""

Violation = tuple[str, str, str]
"""Screen, width and rule, as in the columns of the list."""


@dataclass(frozen=True, slots=True)
class Screen:
    """A state of a screen: its address, the labels pressed there in turn, and the file given to the last field for one."""

    address: str
    press: tuple[str, ...] = ()
    file: tuple[str, str] | None = None

    @property
    def name(self) -> str:
        """Return the name in the list."""
        return " > ".join((f"/{self.address}", *self.press, *([self.file[0]] if self.file else [])))

    def reach(self, page: Page) -> None:
        """Bring a page that was opened at the address to this state."""
        settle(page, QUIET)
        for label in self.press:
            page.get_by_text(label, exact=True).first.click()
            settle(page, QUIET)
        if self.file:
            name, content = self.file
            given = {"name": name, "mimeType": "text/csv", "buffer": content.encode()}
            page.locator("input[type=file]").last.set_input_files(given)  # type: ignore[arg-type]
            settle(page, QUIET)


QUIET = 200
"""Milliseconds without a change after which a page counts as drawn."""

COMMON = [Screen("mon-compte"), Screen("aide")]
READER = [Screen("departements?departement=75"), Screen(f"structures?structure={HOSPITAL}&unite={WARD}"), *COMMON]
SECTION = "administration?volet="
SCREENS = {
    "nobody": [
        Screen("departements"),
        Screen("departements", ("Se connecter",)),
        Screen("departements", ("Mot de passe oublié",)),
        Screen("?jeton=perdu"),
    ],
    "professional": [
        *READER,
        Screen("departements"),
        Screen("departements?departement=75", ("Par unité",)),
        Screen("departements?commentaire=introuvable"),
        Screen("structures"),
        Screen("structures?q=fict"),
        Screen("structures?structure=nulle"),
        Screen("tendances"),
        Screen("tendances?territoire=75+Paris&avec=R%C3%A9gion", ("Régularité et heures",)),
        Screen("tendances", ("Jour par jour",)),
        Screen("aide", ("Mentions légales", "Accessibilité")),
        Screen("nulle-part"),
        Screen("administration"),
    ],
    "coordinator": READER,
    "manager": [
        Screen("mise-a-jour"),
        Screen("mise-a-jour", ("Fermer plusieurs unités, pour un week-end ou des travaux",)),
        Screen("mise-a-jour", ("Tableau de mes unités, à télécharger",)),
        Screen(f"mise-a-jour?unite={WARD}", ("Détail (facultatif)", "Fermer l'unité jusqu'au ...")),
        Screen(f"mise-a-jour?unite={WARD}", ("Rien n'a changé",)),
        Screen("mise-a-jour", ("Par fichier : toutes vos unités à la fois",)),
        Screen(
            "mise-a-jour",
            ("Par fichier : toutes vos unités à la fois",),
            ("unites.csv", f"Identifiant;Disponible\n{WARD};99\n"),
        ),
        *READER,
    ],
    "administrator": [
        Screen("administration"),
        Screen("administration?compte=nouveau"),
        Screen("administration?compte=nouveau", ("Créer le compte",)),
        Screen(f"administration?compte={CAMILLE.id}"),
        Screen(SECTION + "Jetons"),
        Screen(SECTION + "Jetons&systeme=nouveau"),
        Screen(SECTION + "Structures et unités"),
        Screen(SECTION + f"Structures et unités&structure={HOSPITAL}", ("Modifier la structure",)),
        Screen(SECTION + f"Structures et unités&structure={HOSPITAL}&unite={WARD}"),
        Screen(SECTION + "Structures et unités&structure=nouvelle"),
        Screen(SECTION + "Types et besoins", ("Les mots des besoins",)),
        Screen(SECTION + "Types et besoins&type-unite=16"),
        Screen(SECTION + "Import"),
        Screen(
            SECTION + "Import",
            ("Unités (liste CSV ou XLSX)",),
            ("unites.csv", f"finess;nom;type;places_installees;identifiant\n{HOSPITAL};Neuve;16;4;\n{HOSPITAL};Fausse;0;4;\n"),
        ),
        Screen(SECTION + "Commentaires"),
        Screen(SECTION + "Journal"),
        *COMMON,
    ],
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that this module shares; no test depends on what another one changes."""
    folder = tmp_path_factory.mktemp("accessibility")
    prepare(folder / "ror.duckdb")
    db = Database(folder / "ror.duckdb")
    tokens.create_token(db, ADELE, "Logiciel fictif", (Scope.READ,), Perimeter(), 30, datetime.now(UTC))
    db.close()
    with serving(folder) as running:
        yield running.url


@pytest.mark.parametrize("role", SCREENS)
def test_no_screen_has_a_new_violation_and_the_list_names_none_that_is_gone(
    visitor: BrowserContext, url: str, role: str
) -> None:
    if account := ROLES[role]:
        visitor.add_cookies([{"name": "ror_session", "value": token(account), "url": url}])
    listed = {violation[1:] for violation in read_list() if violation[0] == role}
    found = dict(examine(visitor, url, SCREENS[role], listed))
    new = [f"{role}, {', '.join(violation)}: {where}" for violation, where in found.items() if violation not in listed]
    assert not new, "\n".join(new)
    gone = [f"{role}, {', '.join(violation)}: no longer there, remove it from the list" for violation in listed - set(found)]
    assert not gone, "\n".join(gone)


def test_the_screens_of_every_page_are_examined() -> None:
    visited = {screen.address.partition("?")[0] for screens in SCREENS.values() for screen in screens}
    # « accueil » draws nothing: it leads to another page.
    assert {path.stem.replace("_", "-") for path in PAGES.glob("*.py")} - {"accueil"} <= visited


def read_list() -> set[tuple[str, str, str, str]]:
    """Return (role, screen, width, rule) of each violation of the list."""
    with LIST.open(encoding="utf-8", newline="") as file:
        return {(line["role"], line["screen"], line["width"], line["rule"]) for line in csv.DictReader(file)}


def examine(
    context: BrowserContext, url: str, screens: list[Screen], listed: set[Violation]
) -> Iterator[tuple[Violation, str]]:
    """Yield each violation, with what the rule says and the elements that break it.

    While one page is examined the next ones load, and those that were made narrow draw themselves again.
    """
    pages = [(screen, context.new_page()) for screen in screens]
    for _, page in pages:
        page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    for number, (screen, page) in enumerate(pages):
        for following, tab in pages[number + AHEAD - 1 if number else 0 : number + AHEAD]:
            tab.goto(f"{url}/{following.address}", wait_until="commit")
        screen.reach(page)
        page.evaluate(AXE_SCRIPT)
        yield from violations(screen, page, WIDE, listed)
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    for screen, page in pages:
        settle(page, QUIET)
        yield from violations(screen, page, PHONE, listed)


def violations(screen: Screen, page: Page, size: tuple[int, int], listed: set[Violation]) -> Iterator[tuple[Violation, str]]:
    """Yield the violations of a page; before they differ from the list, give it time to finish drawing a map or a menu."""
    width = str(size[0])
    expected = {violation for violation in listed if violation[:2] == (screen.name, width)}
    for pause in PAUSES:
        page.wait_for_timeout(pause)
        found = {(screen.name, width, one["rule"]): f"{one['help']}: {', '.join(one['where'])}" for one in page.evaluate(RULES)}
        if set(found) == expected:
            break
    yield from found.items()
