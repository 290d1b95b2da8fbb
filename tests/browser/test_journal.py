"""The journal in a real Chromium: an administrator finds by names who changed a number, and downloads the lines."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from ror.model.capacity import Counts
from ror.services.availability.declare import DeclarationDraft, declare
from ror.store.engine.database import Database
from scripts.browser import settle
from tests.attacks.helpers import prepare, serving, token
from tests.region import ADELE, BLANCHE, CAMILLE, RESUSCITATION, WARD, write


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder, now = tmp_path_factory.mktemp("journal"), datetime.now(UTC)
    prepare(folder / "ror.duckdb")
    db = Database(folder / "ror.duckdb")
    before = write(db, WARD, 4, now - timedelta(hours=1))
    declare(db, CAMILLE, DeclarationDraft(WARD, Counts(3), seen_position=before.position), now)
    other = write(db, RESUSCITATION, 1, now - timedelta(hours=1))
    declare(db, BLANCHE, DeclarationDraft(RESUSCITATION, Counts(2), seen_position=other.position), now)
    db.close()
    with serving(folder) as running:
        yield running


def test_an_administrator_finds_who_changed_a_number_by_the_names_of_the_unit_and_the_person(server, page_factory):
    page = page_factory(1440, 900)
    page.context.add_cookies([{"name": "ror_session", "value": token(ADELE), "url": server.url}])
    page.goto(f"{server.url}/administration?volet=Journal")
    settle(page)
    expect(page.get_by_text("2 lignes. Les heures sont celles de Paris.")).to_be_visible()
    search = page.get_by_role("textbox", name="Unité, structure ou personne")
    search.fill("MEDECINE tilleuls camille")
    search.press("Enter")
    expect(page.get_by_text("1 ligne. Les heures sont celles de Paris.")).to_be_visible()
    assert "tilleuls" not in page.url, "a name never stands in the address"
    with page.expect_download() as download:
        page.get_by_role("button", name="Télécharger (CSV)").first.click()
    (_, line) = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert "Camille Exemple" in line
    assert ";unité Médecine interne;Hôpital fictif des Tilleuls;4 → 3 lits;" in line
