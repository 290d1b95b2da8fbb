"""A coordinator simulates a surge: the question typed is in the address, which opens it again."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from ror.store.engine.database import Database
from scripts.browser import settle
from tests.attacks.helpers import open_for
from tests.harness import Server
from tests.region import CORALIE, PSYCHIATRY, WARD, build, write


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server where the ward has 2 beds and psychiatry 3."""
    path, now = tmp_path_factory.mktemp("surge") / "ror.duckdb", datetime.now(UTC)
    db = Database(path)
    build(db)
    open_for(db, CORALIE)
    write(db, WARD, 2, now)
    write(db, PSYCHIATRY, 3, now)
    db.close()
    with Server(path) as running:
        yield running


def test_the_question_is_typed_stands_in_the_address_and_opens_again(visit):
    page = visit(CORALIE, "/coordination?volet=Afflux")
    expect(page.get_by_text("Indiquez dans « Près de » où sont les patients")).to_be_visible()
    page.get_by_label("Près de").fill("Ivry")
    page.get_by_role("option", name=re.compile("Ivry")).first.click()
    result = page.locator(".ror-event")
    expect(result).to_contain_text("20 patients : ")
    patients = page.get_by_label("Patients", exact=True).first
    patients.fill("4")
    patients.press("Enter")
    expect(result).to_contain_text(
        re.compile(r"4 patients : 4 placés dans 2 structures à .* en médiane, tous à moins de 50 km")
    )
    expect(result).to_contain_text("Rien n'est réservé")
    expect(page).to_have_url(re.compile(r"nombre=4.*pres=commune%3A94041"))
    page.reload()
    settle(page)
    expect(result).to_contain_text("4 patients : 4 placés dans 2 structures")
    patients.fill("0")
    patients.press("Enter")
    expect(page.get_by_text("Indiquez un nombre de patients en chiffres")).to_be_visible()
    expect(result).to_have_count(0)
