"""« Demain » in a real Chromium: forecasts are read beside their past coverage, wide and on a telephone."""

import re
from datetime import UTC, datetime
from functools import partial

import pytest
from playwright.sync_api import expect

from ror.store.engine.database import Database
from scripts.browser import settle
from tests.attacks.helpers import EVERYTHING, prepare, serving
from tests.browser.examination import problems_at_every_size
from tests.browser.grid import Grid
from tests.browser.layout import rectangle
from tests.forecast_history import write_history

TAB = "Demain"
FORESEEN = re.compile(
    r"Demain, \w+ \d\d/\d\d/\d{4} à \d+ h : \d+ à \d+\s*80 % annoncés, \d+ % observés sur 8 semaines, 56 jours"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("forecast")
    prepare(folder / "ror.duckdb")
    db = Database(folder / "ror.duckdb")
    with db.transaction() as transaction:
        transaction.cursor.execute("DELETE FROM declaration")
    write_history(db, datetime.now(UTC))
    db.close()
    with serving(folder) as running:
        yield running


@pytest.fixture
def opened(visit):
    """Return a function that opens the forecasts of Paris as an account with every role."""

    def reach(width=1440, height=900, listen=None):
        page = partial(visit, EVERYTHING)("/tendances?territoire=75+Paris", width, height)
        if listen is not None:
            page.on("console", lambda message: listen.append(message.text))
        page.get_by_role("tab", name=TAB, exact=True).click()
        settle(page)
        return page

    return reach


@pytest.mark.timeout(300)
def test_a_band_its_days_and_the_share_observed_are_read_above_the_fold_without_fault_at_any_size(opened):
    messages = []
    page = opened(listen=messages)
    foreseen = page.locator(".ror-forecast li").first
    expect(foreseen).to_have_text(FORESEEN)
    assert rectangle(foreseen)["y"] < 900
    # The four measures, the territory, and the need that has a band.
    expect(page.locator('[data-testid="stVegaLiteChart"]')).to_have_count(4 + 2)
    assert messages == []
    assert problems_at_every_size(page) == []


def test_the_table_sorts_by_number_and_a_choice_stands_in_the_address(opened):
    page = opened()
    bands = [words.strip() for words in Grid(page, ".st-key-table-previsions").sort("Demain")]
    assert re.fullmatch(r"\d+ à \d+", bands[0])
    assert bands[-1] == "pas de bande"
    page.get_by_role("radio", name="Places").click()
    page.wait_for_url(re.compile("prevu=Places"))
    page.reload()
    settle(page)
    expect(page.get_by_text("Aucune place disponible sur les 26 dernières semaines")).to_be_visible()


def test_a_telephone_scrolls_nothing_sideways(opened):
    page = opened(390, 844)
    main = page.locator('[data-testid="stMain"]')
    assert main.evaluate("(one) => one.scrollWidth - one.clientWidth") == 0
    expect(page.locator(".ror-forecast li").first).to_have_text(FORESEEN)
    # Every tab is in view without scrolling.
    assert page.get_by_role("tablist").evaluate("(one) => one.scrollWidth - one.clientWidth") <= 0
