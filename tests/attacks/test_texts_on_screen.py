"""Hostile names and comments on every screen, in a real Chromium: they are shown as text and do nothing."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from ror.model.alert import Condition
from ror.services.alerts import account_alerts
from ror.store import registry, registry_changes
from ror.store.engine.database import Database
from ror.web.screens import SCREENS
from scripts.browser import settle, travel
from tests.attacks.helpers import EVERYTHING, prepare, serving, token
from tests.region import BY_ID, CAMILLE, HOSPITAL, NOW, RESUSCITATION, STRUCTURES, WARD, write

ELSEWHERE = "https://ailleurs.example"
NAME = (
    f"<img src=x onerror=window.struck=1><u>u</u> **gras** # [lien]({ELSEWHERE}) {ELSEWHERE} www.ailleurs.example "
    "$x^2$ :red[r] :smile:"
)
ALERTS = ["<img src=x onerror=window.struck=1><u>u</u> **gras** $x^2$ :red[r] :smile:", f"# [lien]({ELSEWHERE}) {ELSEWHERE}"]
"""Names of alerts: a name holds 80 characters."""
ADDRESSES = [
    "mise-a-jour",
    "departements?departement=75",
    f"structures?structure={HOSPITAL}&unite={WARD}",
    "structures?q=img",
    "tendances?territoire=75+Paris&par=Structure",
    f"coordination?appel={WARD}",
    f"coordination?volet=Afflux&pres=structure:{HOSPITAL}",
    "coordination?volet=Retour+d'expérience",
    "comment-on-le-sait",
    "alertes",
    "mon-compte",
    "administration",
    f"administration?structure={HOSPITAL}",
]
INJECTED = (
    'img[src="x"], [data-testid="stApp"] u, a[href*="ailleurs"], .katex, [data-testid="stApp"] strong:has-text("gras"), '
    '[data-testid="stApp"] h1:has-text("lien"), .stMarkdownColoredText, [role="img"][aria-label*="icon"]:has-text("home")'
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("screens")
    prepare(folder / "ror.duckdb")
    db = Database(folder / "ror.duckdb")
    hospital = next(one for one in STRUCTURES if one.finess == HOSPITAL)
    with db.transaction() as transaction:
        registry.merge(transaction, [replace(hospital, name=f"1. {NAME}", commune=NAME, address=NAME)])
        registry.merge(transaction, [replace(BY_ID[unit], name=f"- {NAME} {unit}") for unit in (WARD, RESUSCITATION)])
        registry_changes.record_change(transaction, "tests", NOW)
        transaction.cursor.execute("UPDATE account SET name = ? WHERE id IN (?, ?)", [NAME, CAMILLE.id, EVERYTHING.id])
    write(db, WARD, 3, datetime.now(UTC), comment=NAME)
    for name in ALERTS:
        account_alerts.save(
            db, EVERYTHING, name, Condition(department="75"), "/departements?departement=75", by_mail=False, now=NOW
        )
    db.close()
    with serving(folder) as running:
        yield running


@pytest.fixture
def page(page_factory, server):
    opened = page_factory()
    opened.context.add_cookies([{"name": "ror_session", "value": token(EVERYTHING), "url": server.url}])
    return opened


def nothing_injected(page):
    assert page.evaluate("window.struck") is None
    assert [one.evaluate("one => one.outerHTML") for one in page.locator(INJECTED).all()] == []


def test_no_screen_makes_anything_of_a_name_or_a_comment(page, server):
    page.goto(server.url)
    settle(page)
    for address in ADDRESSES:
        travel(page, f"/{address}")
        settle(page)
        nothing_injected(page)
        shown = page.locator("body").inner_text().replace("\u2060", "")
        assert all(name in shown for name in [NAME, *(ALERTS if address == "alertes" else [])])


def test_what_was_just_saved_and_the_next_unit_are_named_as_text(page, server):
    page.goto(f"{server.url}/mise-a-jour?unite={WARD}")
    settle(page)
    page.get_by_label(re.compile("^Nombre de lits disponibles")).fill("4")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_text("4 lits, enregistré à l'instant")).to_be_visible()
    nothing_injected(page)
    assert page.get_by_text("enregistré à l'instant").inner_text().replace("\u2060", "").startswith(f"- {NAME}")
    settle(page)
    page.get_by_label(re.compile("^Nombre de lits disponibles")).fill("<b>x</b> **3**")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_text("doit être un nombre entier")).to_be_visible()
    nothing_injected(page)


def test_every_page_of_the_frame_is_visited():
    visited = {address.partition("?")[0] for address in ADDRESSES}
    assert visited == {screen.address for screen in SCREENS} - {"aide"}
