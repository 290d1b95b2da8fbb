"""How likely numbers still hold, in a real Chromium, wide and on a phone: beside the age once the server has learnt it."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from ror.store.engine.database import Database
from scripts.browser import settle
from tests import trust_log
from tests.attacks.helpers import prepare, serving
from tests.browser.examination import PHONE, WIDE, problems, resize
from tests.browser.layout import rectangle
from tests.early_learning import EarlyLearningServer
from tests.region import DOMINIQUE, HOSPITAL, RESUSCITATION, WARD

ANSWERS = "/departements?vue=unites"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder, now = tmp_path_factory.mktemp("trust"), datetime.now(UTC)
    prepare(folder / "ror.duckdb")
    db = Database(folder / "ror.duckdb")
    log = {WARD: trust_log.STILL, RESUSCITATION: trust_log.MOVING}
    trust_log.write_log(db, now - timedelta(minutes=30), log)
    db.close()
    with serving(folder, EarlyLearningServer) as running:
        yield running


@pytest.fixture
def learnt(visit):
    """Return the page of the answers, once the server has learnt: nothing is shown before."""
    page = visit(DOMINIQUE, ANSWERS)
    for _ in range(60):
        if page.locator(".ror-row .ror-trust").count():
            break
        page.wait_for_timeout(1000)
        page.reload()
        settle(page)
    return page


def row(page):
    return page.locator(".ror-row", has_text="Médecine interne")


def test_the_probability_is_small_beside_the_number_and_a_sheet_has_its_interval(learnt, server):
    page = learnt
    for size in (WIDE, PHONE):
        resize(page, size)
        age, first, second = (row(page).locator(".ror-row-age > span").nth(place) for place in range(3))
        expect(age).to_contain_text("il y a")
        expect(first).to_contain_text("encore vrai à")
        expect(second).to_contain_text("au moins un : plus de 99 %")
        boxes = [rectangle(one) for one in (age, first, second)]
        assert [(box["y"], box["x"]) for box in boxes] == sorted((box["y"], box["x"]) for box in boxes)
        assert row(page).evaluate("(one) => one.scrollWidth <= one.clientWidth")
        size_of = "(one) => parseFloat(getComputedStyle(one).fontSize)"
        assert first.evaluate(size_of) < row(page).locator(".ror-row-figure b").evaluate(size_of) / 1.5
        assert problems(page) == []
    page.goto(f"{server.url}/structures?structure={HOSPITAL}")
    settle(page)
    for size in (WIDE, PHONE):
        resize(page, size)
        expect(page.locator(".ror-trust").first).to_contain_text("(")
        assert problems(page) == []
