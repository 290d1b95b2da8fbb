"""« Tendances » in a real Chromium: planted numbers are read on the screen, each choice stands in the address."""

import re
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from playwright.sync_api import expect

from ror.store.engine.database import Database
from scripts.browser import settle
from tests.attacks.helpers import EVERYTHING, prepare, serving
from tests.browser.grid import Grid
from tests.browser.layout import rectangle
from tests.region import RESUSCITATION, WARD, write

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trends")
    prepare(folder / "ror.duckdb")
    db, now = Database(folder / "ror.duckdb"), datetime.now(UTC)
    with db.transaction() as transaction:
        transaction.cursor.execute("DELETE FROM declaration")
        transaction.cursor.execute("UPDATE unit SET created_at = ?", [now - 70 * DAY])
    for ago in range(60, 1, -1):
        write(db, WARD, 14, now - ago * DAY, account=EVERYTHING.id)
    write(db, WARD, 19, now - DAY - DAY / 2, account=EVERYTHING.id)
    write(db, RESUSCITATION, 3, now - 3 * DAY, account=EVERYTHING.id)
    db.close()
    with serving(folder) as running:
        yield running


@pytest.fixture
def opened(visit):
    """Return a function that opens an address as an account with every role."""
    return partial(visit, EVERYTHING)


def figure(page, words):
    return page.locator(".ror-trend", has_text=words)


def test_what_was_declared_is_read_above_the_fold_under_the_name_of_its_screen_and_nothing_in_the_console(opened):
    page, messages = opened("/aide"), []
    expect(page).to_have_title(re.compile("^Guide et légende - "))
    page.on("console", lambda message: messages.append(message.text))
    page.goto(page.url.replace("aide", "tendances"))
    settle(page)
    expect(page).to_have_title(re.compile("^Comparer - Tendances - "))
    expect(figure(page, "Lits disponibles")).to_have_text(re.compile(r"Lits disponibles\s*22\s*d'habitude 14 \(de 14 à 14\)"))
    charts = page.locator('[data-testid="stVegaLiteChart"]')
    expect(charts).to_have_count(4 + 3)
    assert all(rectangle(charts.nth(number))["y"] < 900 for number in range(4))
    assert all(rectangle(charts.nth(number))["width"] > 200 for number in range(7))
    assert messages == []


def test_groups_and_days_sort_by_their_meaning_and_a_choice_stands_in_the_address_and_answers_at_once(opened):
    page = opened("/tendances")
    assert [words.strip() for words in Grid(page, ".st-key-table-groupes").sort("Maintenant")] == ["0", "0", "22"]
    page.get_by_role("tab", name="Jour par jour").click()
    settle(page)
    days = Grid(page, ".st-key-table-jours").sort("Jour")
    assert [datetime.strptime(day, "%d/%m/%Y") for day in days] == sorted(datetime.strptime(day, "%d/%m/%Y") for day in days)
    page.goto(page.url.partition("?")[0])
    settle(page)
    page.get_by_role("radio", name="Besoin").click()
    page.wait_for_url(re.compile("par=Besoin"))
    settle(page)
    grid = Grid(page, ".st-key-table-groupes")
    assert "Réanimation" in [line[0] for line in grid.read()["lines"]]
    page.get_by_role("radio", name="90 jours").click()
    page.wait_for_url(re.compile("periode=90"))
    page.reload()
    settle(page)
    expect(figure(page, "Lits disponibles")).to_contain_text("22")
    assert "par=Besoin" in page.url


def test_a_telephone_scrolls_nothing_sideways_and_has_two_charts_a_line(opened):
    page = opened("/tendances", 390, 844)
    main = page.locator('[data-testid="stMain"]')
    assert main.evaluate("(one) => one.scrollWidth - one.clientWidth") == 0
    charts = page.locator('[data-testid="stVegaLiteChart"]')
    first, second = rectangle(charts.nth(0)), rectangle(charts.nth(1))
    assert first["y"] == pytest.approx(second["y"], abs=40)
    assert second["x"] > first["x"] + 100
