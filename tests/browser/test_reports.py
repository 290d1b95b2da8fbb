"""The report of the region on the screen: subscribed to, sent at once with its files, found by date and downloaded."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from ror.model.territory import PARIS
from ror.store.engine.database import Database
from scripts.browser import settle
from tests import mailbox
from tests.attacks.helpers import open_for
from tests.browser.examination import problems
from tests.browser.grid import Grid
from tests.harness import Server
from tests.region import CORALIE, WARD, build, store_account, write


@pytest.fixture(scope="module")
def server(tmp_path_factory, box):
    path = tmp_path_factory.mktemp("reports") / "ror.duckdb"
    db = Database(path)
    build(db)
    store_account(db, replace(CORALIE, mail="coralie@exemple.fr"))
    write(db, WARD, 4, datetime.now(UTC) - timedelta(hours=1))
    open_for(db, CORALIE)
    db.close()
    with Server(path, environment=mailbox.environment(box.port)) as running:
        yield running


def test_a_coordinator_receives_the_report_and_finds_it_again_by_date(visit, box):
    page = visit(CORALIE, "/coordination?volet=Rapports", 390, 844)
    page.get_by_role("button", name="Recevoir les rapports par courriel").click()
    expect(page.get_by_text("Vous recevrez le prochain rapport par courriel.")).to_be_visible()
    page.get_by_role("button", name="Enregistrer ces heures").click()
    expect(page.get_by_text("envoyé à 1 compte")).to_be_visible()
    page.get_by_role("button", name="Envoyer maintenant").click()
    letter = box.arrived.get(timeout=60)
    pdf, table = letter.iter_attachments()
    assert pdf.get_content().startswith(b"%PDF")
    assert "Médecine interne" in table.get_payload(decode=True).decode()
    expect(page.get_by_text("envoyé à votre adresse, et archivé ci-dessous.")).to_be_visible()
    settle(page)
    assert problems(page) == []
    page.locator('[data-testid="stDateInput"] [role="spinbutton"]').first.click()
    page.keyboard.type(f"{datetime.now(PARIS):%d%m%Y}")
    page.keyboard.press("Tab")
    settle(page)
    Grid(page).press(0)
    expect(page.get_by_text("4 lits disponibles, dont 4 confirmés")).to_be_visible()
    with page.expect_download() as downloaded:
        page.get_by_role("button", name="Rapport (PDF)").click()
    assert downloaded.value.path().read_bytes() == pdf.get_content()
    page.go_back()
    settle(page)
    expect(page.get_by_role("button", name="Envoyer maintenant")).to_be_visible()
