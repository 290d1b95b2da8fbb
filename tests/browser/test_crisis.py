"""A crisis on two screens: opened by a coordinator, answered on the sheet of a manager, followed live, closed."""

import re

import pytest
from playwright.sync_api import expect

from tests.attacks.helpers import prepare
from tests.attacks.served import WritableServer
from tests.region import CAMILLE, CORALIE, WARD


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    path = tmp_path_factory.mktemp("crisis") / "ror.duckdb"
    prepare(path)
    with WritableServer(path) as running:
        yield running


def test_an_event_is_opened_answered_on_the_sheet_followed_live_and_closed(server, visit):
    manager = visit(CAMILLE, "/mise-a-jour")
    expect(manager.locator(".ror-crisis")).to_have_count(0)
    coordinator = visit(CORALIE, "/coordination?volet=Crise")
    coordinator.get_by_role("button", name="Fermés réactivables").click()
    coordinator.get_by_role("button", name="Supplémentaires à 24 h").click()
    coordinator.get_by_role("button", name="Ouvrir l'événement").click()
    expect(coordinator.get_by_text("Plan blanc niveau 2 : ouvert.")).to_be_visible()
    expect(coordinator.locator(".ror-round")).to_contain_text("0 unité sur 11 a répondu")
    # The banner comes to the open page, with the fields that the event asks for on the lines of beds.
    expect(manager.locator(".ror-crisis")).to_contain_text("Plan blanc niveau 2 : votre nombre toutes les 4 h")
    line = manager.locator(f"[id='line-{WARD}']")
    line.get_by_label("Fermés réactivables").fill("2")
    line.get_by_label("Supplémentaires à 24 h").fill("3")
    line.get_by_label(re.compile("^Nombre de")).fill("5")
    manager.get_by_role("button", name=re.compile("^Enregistrer 1")).click()
    expect(manager.locator(".ror-sheet-status")).to_contain_text("1 unité enregistrée.")
    expect(line.get_by_label("Supplémentaires à 24 h")).to_have_attribute("placeholder", "3")
    expect(manager.locator(".ror-crisis")).to_contain_text("1 unité sur 5 à jour")
    expect(coordinator.locator(".ror-round")).to_contain_text("1 unité sur 11 a répondu")
    numbers = (
        "SELECT temporality, available, closed, supplementary FROM declaration WHERE unit = ? ORDER BY position DESC LIMIT 2"
    )
    assert sorted(server.execute(numbers, [WARD])) == [("01", 5, 2, None), ("03", None, None, 3)]
    coordinator.get_by_role("button", name="Terminer l'événement").click()
    coordinator.get_by_role("button", name="Oui, terminer").click()
    expect(coordinator.get_by_text("Plan blanc niveau 2 : terminé.")).to_be_visible()
    expect(manager.locator(".ror-crisis")).to_have_count(0)
    expect(line.get_by_label("Fermés réactivables")).to_have_count(0)
