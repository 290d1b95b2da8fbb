"""A reader reports on a number in a real Chromium: after one press the open pages of others and of the manager show it."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from ror.store.engine.database import Database
from tests.attacks.helpers import prepare
from tests.attacks.served import WritableServer
from tests.browser.layout import rectangle
from tests.region import CAMILLE, CORALIE, DOMINIQUE, HOSPITAL, WARD, write

CONTRADICTED = "⚑ contredit par 1 lecteur à l'instant : "


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    path = tmp_path_factory.mktemp("feedback") / "ror.duckdb"
    prepare(path)
    db = Database(path)
    write(db, WARD, 3, datetime.now(UTC) - timedelta(hours=2))
    db.close()
    with WritableServer(path) as running:
        yield running


def test_one_press_marks_the_number_on_open_pages_tells_the_manager_and_is_taken_back(visit):
    manager = visit(CAMILLE, "/mise-a-jour")
    coordinator = visit(CORALIE, "/departements?vue=unites")
    reader = visit(DOMINIQUE, f"/structures?structure={HOSPITAL}", 390, 844)
    choices = reader.get_by_role("group", name="Retour sur ce nombre, Médecine interne")
    assert choices.get_by_role("button").all_inner_texts() == ["Confirmé", "Plus de place", "Injoignable", "Autre nombre"]
    assert all(rectangle(one)["height"] >= 48 for one in choices.get_by_role("button").all())
    choices.get_by_role("button", name="Autre nombre").press("Enter")
    line = reader.locator(".ror-feedback").filter(has=choices)
    status = line.get_by_role("status")
    expect(status).to_have_text(
        "Merci : « Autre nombre » est noté. Les lecteurs et le responsable de l'unité le voient jusqu'au prochain nombre."
    )
    expect(choices.get_by_role("button", name="Autre nombre")).to_be_focused()
    expect(choices.get_by_role("button", name="Autre nombre")).to_have_attribute("aria-pressed", "true")
    expect(coordinator.locator(".ror-row .ror-contradicted")).to_have_text(f"{CONTRADICTED}autre nombre", timeout=15_000)

    # What is refused stays in its field, with the reason.
    line.get_by_label("Nombre annoncé").fill("3")
    line.get_by_label("Un mot au responsable").fill("rappeler après 16 h <b>")
    line.get_by_role("button", name="Envoyer").click()
    expect(status).to_contain_text("3 est le nombre affiché")
    expect(line.get_by_label("Un mot au responsable")).to_have_value("rappeler après 16 h <b>")
    line.get_by_label("Un mot au responsable").fill("x" * 700)
    line.get_by_role("button", name="Envoyer").click()
    expect(status).to_contain_text("700 caractères : raccourcissez")
    expect(line.get_by_label("Un mot au responsable")).to_have_value("x" * 700)
    line.get_by_label("Un mot au responsable").fill("rappeler après 16 h <b>")
    line.get_by_label("Nombre annoncé").fill("1")
    line.get_by_label("Nombre annoncé").press("Enter")
    expect(status).to_contain_text("« Autre nombre : 1 » est noté")
    expect(status).to_contain_text("Votre mot est transmis au responsable.")
    expect(reader.locator(".ror-table .ror-contradicted")).to_have_text(f"{CONTRADICTED}plutôt 1")
    reported = manager.locator(f"[id='line-{WARD}'] .ror-line-reported p")
    expect(reported).to_have_text(
        [f"{CONTRADICTED}plutôt 1", "Autre nombre (1), à l'instant : « rappeler après 16 h <b> »"], timeout=15_000
    )
    expect(manager.get_by_text("1 contredite par des lecteurs")).to_be_visible()

    line.get_by_role("button", name="Annuler").click()
    expect(status).to_have_text("Votre retour est annulé.")
    expect(reader.locator(".ror-table .ror-contradicted")).to_have_count(0)
    expect(reported).to_have_count(0, timeout=15_000)
    expect(coordinator.locator(".ror-contradicted")).to_have_count(0, timeout=15_000)
