"""Each table in a real Chromium: a press on a column's name sorts the lines by the meaning of its values."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from ror.model.capacity import Counts
from ror.model.declaration import EventKind
from ror.model.freshness import CLOSED_LABEL, age_bands
from ror.model.rights import Perimeter
from ror.model.text import bare
from ror.model.tokens import TokenScope
from ror.services.accounts import tokens
from ror.services.availability.bulk import DeclarationLineState
from ror.store.engine.database import Database
from scripts.browser import settle, travel
from tests import region
from tests.attacks.helpers import EVERYTHING, prepare, serving, token
from tests.browser.grid import Grid

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AGES = {
    region.RESUSCITATION: (10, 7 * MINUTE),
    region.WARD: (4, 23.5 * HOUR),
    region.DAY_HOSPITAL: (12, 3.5 * HOUR),
    region.CARDIAC: (0, 5.5 * DAY),
    region.REHABILITATION: (7, 10.5 * DAY),
    region.HALT: (3, 12 * MINUTE),
    region.HOME_CARE: (1, 1.5 * HOUR),
    region.NURSING: (2, 100.5 * DAY),
    region.PSYCHIATRY: (11, 30.5 * HOUR),
}
BADGES = [band.words for band in age_bands()] + [CLOSED_LABEL]
UNITS = f"""finess;nom;type;places_installees;identifiant
{region.HOSPITAL};Neuve;16;4;
{region.HOSPITAL};Ancienne;16;12;
{region.HOSPITAL};Seule;16;;
"""


def fill(db: Database) -> None:
    """Write numbers of several sizes and ages; one unit is closed for a time, some have never declared."""
    now = datetime.now(UTC)
    with db.transaction() as transaction:
        transaction.cursor.execute("DELETE FROM declaration")
    for unit, (number, elapsed) in AGES.items():
        counts = Counts(number, occupied=number * 3 if number % 2 else None)
        region.write(db, unit, number, now - elapsed, counts=counts, account=EVERYTHING.id)
    region.write(db, region.LONG_STAY, 0, now - DAY, kind=EventKind.CLOSED, closed_until=date(2999, 1, 1))
    with db.transaction() as transaction:
        transaction.cursor.execute("UPDATE session SET opened_at = ? WHERE account = 'camille'", [now - 5 * HOUR])
    for number, (name, used) in enumerate((("Jamais", None), ("Hier", DAY), ("Souvent", MINUTE))):
        units = Perimeter(units=frozenset(list(AGES)[: number * 4]))
        scope = TokenScope.DECLARE if number else TokenScope.READ
        _, text = tokens.create_token(db, region.ADELE, name, (scope,), units, 10 - number, now - 2 * DAY)
        if used is not None:
            tokens.account_of(db, text, now - used)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sorting")
    prepare(folder / "ror.duckdb")
    db = Database(folder / "ror.duckdb")
    fill(db)
    db.close()
    with serving(folder) as running:
        yield running


@pytest.fixture
def shown(page_factory, server):
    """Return a function that opens an address as an account with every role, each time in the same page."""
    page = page_factory()
    page.context.add_cookies([{"name": "ror_session", "value": token(EVERYTHING), "url": server.url}])

    def opened(address: str):
        if page.url.startswith(server.url):
            travel(page, f"/{address}")
        else:
            page.goto(f"{server.url}/{address}")
        settle(page)
        return page

    return opened


def age(words: str) -> float:
    """Return an age in minutes from its words; a missing age is the oldest."""
    match = re.fullmatch(r"il y a (\d+) (min|h|jours)", words.strip())
    if match:
        return int(match[1]) * {"min": 1, "h": 60, "jours": 1440}[match[2]]
    return {"à l'instant": 0.0, "—": 1e9, "jamais": 1e9}[words.strip()]


def number(words: str) -> int:
    """Return the number at the beginning of words; a missing one sorts before 0."""
    match = re.match(r"\s*(\d+)", words)
    return int(match[1]) if match else -1


def instant(words: str) -> datetime:
    """Return the instant of words as « 28/11/2026 09:02:31 »; a missing one sorts before any."""
    pattern = "%d/%m/%Y %H:%M:%S"[: 8 + 3 * words.count(":") + (3 if " " in words else 0)]
    return datetime.strptime(words, pattern) if words else datetime.min


MEANINGS: dict[str, Callable[[str], Any]] = {
    "Âge": lambda words: BADGES.index(words) if words else -1,
    **dict.fromkeys(("Mise à jour", "Plus ancienne", "Dernier usage"), age),
    **dict.fromkeys(("Lits", "Places", "Unités", "À jour", "Disponible", "Installés", "Ligne", "Unités trouvées"), number),
    **dict.fromkeys(("Avant", "Dans le fichier", "Périmètre", "Places installées", "Occupation"), number),
    **dict.fromkeys(("Date de mise à jour", "Dernière connexion", "Expire le", "Date"), instant),
}


def check(grid: Grid, **others: Callable[[str], Any]) -> dict[str, list[str]]:
    """Press the name of each column, check the order, and return the distinct cells of each column in that order."""
    columns = {}
    for name in grid.names():
        meaning = others.get(name) or MEANINGS.get(name) or bare
        up = grid.sort(name)
        assert [meaning(cell) for cell in up] == sorted(map(meaning, up)), (name, up)
        columns[name] = list(dict.fromkeys(cell.strip() for cell in up))
    return columns


def test_departements_whose_sorting_opens_nothing_and_structures(shown):
    page = shown("departements")
    check(Grid(page, ".st-key-table-departements"), **{"En retard": number, "Répartition par âge": oldest})
    settle(page)
    assert "departement=" not in page.url
    page = shown("departements?departement=94")
    columns = check(Grid(page, ".st-key-table-structures"), **{"En retard": number, "Répartition par âge": oldest})
    assert columns["Plus ancienne"] == ["il y a 30 h", "il y a 100 jours"]


def oldest(address: str) -> int:
    """Return the share of units past a week that a bar is sorted by, from its address."""
    return number(address.partition("older=")[2])


def by_unit(shown, department: str):
    page = shown(f"departements?departement={department}")
    page.get_by_role("tab", name="Par unité").click()
    settle(page)
    return page


def test_units_of_a_departement(shown):
    columns = check(Grid(by_unit(shown, "93"), ".st-key-table-unites"))
    assert columns["Mise à jour"][1:] == ["il y a 1 h", "il y a 5 jours", "il y a 10 jours"]
    assert columns["Âge"] == ["● moins d'1 h", "■ moins de 24 h", "▲ moins de 7 jours", "✕ plus de 7 jours"]
    assert columns["Disponible"] == ["0", "1", "3", "7"]
    grid = Grid(by_unit(shown, "94"), ".st-key-table-unites")
    columns = check(grid)
    assert columns["Disponible"] == ["", "0", "2", "11"], "a missing number comes before 0, and apart from it"
    assert columns["Mise à jour"][-1] == "—"
    assert columns["Âge"][-2:] == ["○ jamais renseigné", "⊘ Fermée"]
    grid.sort("Mise à jour")
    down = [age(cell) for cell in grid.sort("Mise à jour")]
    assert down == sorted(down, reverse=True)


def test_structures_found(shown):
    columns = check(Grid(shown("structures?q=fict"), ".st-key-table-resultats"))
    assert len(columns["FINESS"]) == 5


def test_units_of_a_manager(shown):
    columns = check(Grid(shown(f"mise-a-jour?unite={region.WARD}"), ".st-key-table-duties"))
    assert columns["Disponible"] == ["0 lit", "4 lits", "7 lits", "10 lits", "12 places"]
    assert columns["Mise à jour"][1:] == ["il y a 3 h", "il y a 23 h", "il y a 5 jours", "il y a 10 jours"]


def test_lines_of_a_file_of_numbers(shown):
    page = shown("mise-a-jour")
    page.get_by_text("Par fichier : toutes vos unités à la fois").click()
    lines = [
        f"{unit};{number}" for unit, number in ((region.WARD, 19), (region.CARDIAC, 3), (region.RESUSCITATION, "beaucoup"))
    ]
    lines += [f"{region.DAY_HOSPITAL};12", f"{region.REHABILITATION};"]
    page.locator(".st-key-bulk input[type=file]").set_input_files(
        {"name": "unites.csv", "mimeType": "text/csv", "buffer": "\n".join(["Identifiant;Disponible", *lines]).encode()}
    )
    settle(page)
    labels = [
        state.label
        for state in (
            DeclarationLineState.REFUSED,
            DeclarationLineState.TO_CONFIRM,
            DeclarationLineState.ACCEPTED,
            DeclarationLineState.UNTOUCHED,
        )
    ]
    columns = check(Grid(page, ".st-key-bulk"), **{"État": labels.index, "Dans le fichier": written})
    assert columns["Avant"] == ["0 lit", "4 lits", "7 lits", "10 lits", "12 places"]


def written(words: str) -> float:
    """Return the number of a cell of the file; text sorts after numbers."""
    return 1e9 if words and number(words) < 0 else number(words)


def test_accounts_and_tokens(shown):
    columns = check(Grid(shown("administration?volet=Comptes"), ".st-key-table-comptes"))
    assert len(columns["Dernière connexion"]) == 3, "none, long ago, now"
    columns = check(Grid(shown("administration?volet=Jetons"), ".st-key-table-jetons-liste"))
    assert columns["Dernier usage"][1:] == ["il y a 24 h", "jamais"]
    assert [number(cell) for cell in columns["Périmètre"]] == [-1, 4, 8]


def test_structures_units_and_journal_of_the_administration(shown):
    page = shown(f"administration?volet=Structures et unités&structure={region.HOME}")
    columns = check(Grid(page, f".st-key-table-units-{region.HOME}"))
    assert columns["Installés"] == ["14", "30", "60"]
    check(Grid(shown("administration?volet=Structures et unités"), ".st-key-table-structures-admin"))
    check(Grid(shown("administration?volet=Journal")))


def test_lines_of_an_import(shown):
    page = shown("administration?volet=Import")
    page.get_by_text("Unités (liste CSV ou XLSX)").click()
    settle(page)
    page.locator("input[type=file]").set_input_files({"name": "unites.csv", "mimeType": "text/csv", "buffer": UNITS.encode()})
    settle(page)
    page.get_by_text("Ce qui sera créé").click()
    settle(page)
    assert check(Grid(page))["Installés"] == ["", "4", "12"]
