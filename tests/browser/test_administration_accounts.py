"""Many accounts at once, on the screen: a list is imported, its people are invited by mail, and one of them signs in."""

import re

import pytest
from playwright.sync_api import Page, expect

from scripts.browser import settle
from tests import mailbox
from tests.attacks.helpers import prepare, token
from tests.harness import Server
from tests.region import ADELE, CAMILLE, HOSPITAL

LIST = f"""identifiant;nom;courriel;roles;perimetre
lea;Léa Exemple;lea@exemple.fr;Responsable de disponibilités;{HOSPITAL}
sami;Sami Exemple;;Professionnel de santé;
max;Max Exemple;;chef;
ana;Ana Exemple;;chef;
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory, box):
    path = tmp_path_factory.mktemp("accounts") / "ror.duckdb"
    prepare(path)
    with Server(path, environment=mailbox.environment(box.port)) as running:
        yield running


def opened(page: Page, address: str) -> Page:
    page.goto(address)
    settle(page)
    return page


def press(page: Page, name: str | re.Pattern[str]) -> None:
    page.get_by_role("button", name=name, exact=isinstance(name, str)).click()
    settle(page)


def test_a_list_is_imported_its_people_are_invited_and_one_signs_in(page_factory, server, box, tmp_path):
    page = page_factory()
    page.context.add_cookies([{"name": "ror_session", "value": token(ADELE), "url": server.url}])
    file = tmp_path / "comptes.csv"
    file.write_text(LIST, "utf-8")
    opened(page, f"{server.url}/administration")
    press(page, re.compile("Importer une liste"))
    page.locator('input[type="file"]').set_input_files(file)
    settle(page)
    expect(page.get_by_text("4 lignes lues")).to_be_visible()
    # One reason is given once, with the lines that it refuses.
    expect(page.get_by_text("« chef » n'est pas un rôle").first).to_have_text(re.compile(r"^2 lignes \(4, 5\) : "))
    press(page, re.compile("Importer 2 comptes"))
    expect(page.get_by_text("Import terminé : 2 créés, 0 modifié ; 2 lignes refusées")).to_be_visible()

    press(page, re.compile("Tous les comptes"))
    press(page, re.compile("Invitations"))
    page.get_by_role("radio", name="À choisir").click()
    settle(page)
    for login in ("lea", "sami"):
        page.get_by_role("combobox").last.fill(login)
        page.get_by_role("option", name=re.compile(login)).click()
    page.keyboard.press("Escape")
    settle(page)
    press(page, re.compile("Inviter 2 comptes"))
    press(page, "Oui, inviter")
    expect(page.get_by_text("1 invitation envoyée, 1 lien à remettre.")).to_be_visible()
    with page.expect_download() as waiting:
        page.locator(".st-key-files-invitation-links").get_by_role("button", name="Télécharger (CSV)").click()
    links = waiting.value.path().read_text("utf-8-sig")
    assert "sami" in links
    assert links.count("?jeton=") == 1

    mail = box.next()
    assert mail["To"] == "lea@exemple.fr"
    invited = page_factory(390, 844)
    opened(invited, server.url + re.search(r"/\?jeton=[\w-]{43}", mail.get_content())[0])
    invited.get_by_label("Nouveau mot de passe").fill("brouillard pivoine 41")
    invited.get_by_label("Le même, une seconde fois").fill("brouillard pivoine 41")
    invited.get_by_role("button", name="Choisir ce mot de passe").click()
    expect(invited.get_by_text("Léa Exemple").first).to_be_visible()
    settle(invited)
    opened(page, f"{server.url}/administration?compte=invitations")
    page.get_by_role("radio", name="Tous", exact=True).click()
    settle(page)
    press(page, re.compile("^Révoquer"))
    press(page, "Oui, révoquer")
    expect(page.get_by_text("invitation révoquée")).to_be_visible()


def test_the_answer_to_a_button_at_the_end_of_a_sheet_is_scrolled_to(page_factory, server):
    page = page_factory(390, 844)
    page.context.add_cookies([{"name": "ror_session", "value": token(ADELE), "url": server.url}])
    opened(page, f"{server.url}/administration?compte={CAMILLE.id}")
    for typed, answer in (("camille@exemple.fr", "Compte enregistré"), ("sans adresse", "Cette adresse de courriel")):
        page.get_by_label(re.compile("^Courriel")).fill(typed)
        press(page, re.compile("^Enregistrer"))
        expect(page.get_by_text(answer)).to_be_in_viewport()
