"""A coordinator simulates a surge and reviews a past instant: the question typed is in the address, which opens it again."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from ror.store.engine.database import Database
from scripts.browser import settle
from tests.attacks.helpers import open_for
from tests.harness import Server
from tests.region import CORALIE, PSYCHIATRY, WARD, build, write

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server where the ward has 2 beds and psychiatry 3; a day ago 5 beds of the ward were known and 1 was true."""
    path, now = tmp_path_factory.mktemp("surge") / "ror.duckdb", datetime.now(UTC)
    db = Database(path)
    build(db)
    open_for(db, CORALIE)
    write(db, WARD, 5, now - DAY - 2 * HOUR)
    write(db, WARD, 1, now - DAY - HOUR, recorded_at=now - HOUR)
    write(db, WARD, 2, now)
    write(db, PSYCHIATRY, 3, now)
    db.close()
    with Server(path) as running:
        yield running


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_the_question_is_typed_stands_in_the_address_and_opens_again(visit, width, height):
    page = visit(CORALIE, "/coordination?volet=Afflux", width, height)
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


def test_a_past_instant_is_chosen_and_reviewed(visit):
    page = visit(CORALIE, "/coordination?volet=Retour+d'expérience")
    page.get_by_role("slider", name=re.compile("Les dernières 24 h")).focus()
    page.keyboard.press("Home")
    totals = page.locator(".st-key-after-action")
    expect(totals).to_contain_text("5 lits connus alors")
    expect(totals).to_contain_text("1 lit vrai alors, sur 1 unité dont on le sait ; 5 connus alors : 4 de moins")
    expect(page).to_have_url(re.compile("au=20"))
