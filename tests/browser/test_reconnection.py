"""Lost connections: the page shows it, preserves what is typed, resumes by itself, and answers every press."""

import os
import re
import signal
import time
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from ror.store.engine.database import Database
from scripts.browser import settle, travel
from tests.attacks.helpers import declare_elsewhere, open_for, prepare, screen, token
from tests.attacks.served import WritableServer
from tests.proxy import Proxy
from tests.region import ADELE, BLANCHE, CAMILLE, CORALIE, DOMINIQUE, HOME, HOSPITAL, WARD

CUT = int(os.environ.get("ROR_CUT_SECONDS", "0"))
"""Seconds that a cut lasts at least; figures are pale after ten, which the test waits for in any case."""
FORGOTTEN = 120 if CUT > 120 else 2
"""Seconds after which Streamlit forgets a session without connection: 120 in production, shortened with the cut."""

LOST = re.compile(r"Connexion perdue, données de \d\d h \d\d, nouvel essai")
INTERRUPTED = "La connexion a été coupée pendant votre dernière action"
DEVELOPER_WORDS = re.compile("streamlit|connection error|connecting|still running", re.IGNORECASE)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    path = tmp_path_factory.mktemp("reconnection") / "ror.duckdb"
    prepare(path)
    db = Database(path)
    open_for(db, BLANCHE)
    db.close()
    environment = {"STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": str(FORGOTTEN), "ROR_SUPPORT_TELEPHONE": "01 99 00 12 34"}
    with WritableServer(path, environment=environment) as running:
        yield running


@pytest.fixture
def proxy(server):
    with Proxy(server.port) as running:
        yield running


@pytest.fixture
def visit(page_factory):
    """Return a function that opens an address as a signed-in account."""

    def opened(account, address: str, width: int = 1440, height: int = 900) -> Page:
        page = page_factory(width, height)
        page.context.add_cookies([{"name": "ror_session", "value": token(account), "url": address}])
        page.goto(address)
        settle(page)
        return page

    return opened


def banner(page: Page):
    return page.locator("#ror-connection")


def number_field(page: Page):
    return page.get_by_label(re.compile(r"^Nombre de lits disponibles"))


def press(page: Page, words: str) -> None:
    page.get_by_role("button", name=words, exact=True).click()


def ward(url: str) -> str:
    return f"{url}/mise-a-jour?unite={WARD}"


def expect_lost(page: Page) -> None:
    """Assert that the page shows our banner with the telephone of the support, and no message of Streamlit."""
    expect(banner(page)).to_contain_text(LOST)
    expect(banner(page).get_by_role("link", name="01 99 00 12 34")).to_be_in_viewport()
    assert_no_developer_words(page)


def assert_no_developer_words(page: Page) -> None:
    assert not DEVELOPER_WORDS.search(page.locator("body").inner_text())
    assert page.get_by_role("dialog").count() == 0


@contextmanager
def frozen(server, page: Page):
    """Suspend the server for five seconds, and assert that the page then shows the banner."""
    os.kill(server.pid, signal.SIGSTOP)
    try:
        yield
        time.sleep(5)
        assert LOST.search(" ".join(banner(page).all_inner_texts()))
    finally:
        os.kill(server.pid, signal.SIGCONT)


def expect_resumed(page: Page) -> None:
    """Assert that the page resumes: its banner disappears without a reload."""
    expect(banner(page).filter(has_text="Connexion perdue")).to_have_count(0, timeout=30_000)
    settle(page)
    assert_no_developer_words(page)


def expect_saved(page: Page, number: int) -> None:
    expect(page.get_by_text(re.compile(rf"{number} lits?, enregistré à l'instant\."))).to_be_in_viewport()
    # The sentence is drawn first, then a new form in place of the saved one: text typed in between would be lost.
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def line_seen_by_coordinator(server) -> str:
    """Return the line of the ward in its structure's sheet."""
    with screen(server, CORALIE) as tab:
        tab.open("structures", f"structure={HOSPITAL}")
        lines = re.findall("<tr.*?</tr>", " ".join(tab.texts()), re.DOTALL)
    (line,) = [line for line in lines if "Médecine interne" in line]
    return re.sub("<[^>]*>", " ", line)


def numbers(server, unit: str = WARD) -> list[int]:
    """Return the numbers declared for a unit, in order."""
    return [row[0] for row in server.execute("SELECT available FROM declaration WHERE unit = ? ORDER BY position", [unit])]


def test_a_number_typed_before_and_after_a_restart_is_written_and_read_by_another_account(server, visit):
    page = visit(CAMILLE, ward(server.url))
    number_field(page).fill("2")
    server.stop()
    expect_lost(page)
    page.get_by_role("button", name="Enregistrer", exact=True).click(force=True)
    expect(banner(page)).to_contain_text("rien n'est enregistré")
    server.start()
    expect_resumed(page)
    expect(banner(page)).to_contain_text("votre dernière action n'est pas faite, recommencez")
    assert number_field(page).input_value() == "2"
    number_field(page).fill("3")
    press(page, "Enregistrer")
    expect_saved(page, 3)
    expect(banner(page)).to_have_count(0)
    assert "3 lits" in line_seen_by_coordinator(server)


def test_what_was_typed_survives_a_second_restart_and_every_save_in_between(server, visit):
    page = visit(CAMILLE, ward(server.url), 390, 844)
    for number in (4, 5):
        number_field(page).fill(str(number))
        page.get_by_label("Commentaire (facultatif)").fill(f"Sortie de {number} h")
        server.kill()
        server.start()
        expect_resumed(page)
        assert page.get_by_label("Commentaire (facultatif)").input_value() == f"Sortie de {number} h"
        press(page, "Enregistrer")
        expect_saved(page, number)
    assert numbers(server)[-2:] == [4, 5]


def test_nothing_changed_answers_after_a_restart(server, visit):
    page = visit(CAMILLE, ward(server.url))
    before = numbers(server)
    server.stop()
    server.start()
    expect_resumed(page)
    press(page, "Rien n'a changé")
    expect(page.get_by_text("confirmé à l'instant.")).to_be_in_viewport()
    assert numbers(server) == [*before, before[-1]]


def test_a_cut_longer_than_the_session_pales_the_figures_and_loses_nothing(server, proxy, visit):
    page = visit(CAMILLE, ward(proxy.url), 390, 844)
    number_field(page).fill("5")
    proxy.cut()
    expect_lost(page)
    assert page.locator(".ror-unit").evaluate("one => getComputedStyle(one).opacity") == "1"
    time.sleep(max(CUT, FORGOTTEN))
    expect(page.locator(".ror-unit")).not_to_have_css("opacity", "1")
    assert number_field(page).input_value() == "5"
    proxy.restore()
    expect_resumed(page)
    press(page, "Enregistrer")
    expect_saved(page, 5)
    assert numbers(server)[-1] == 5


def test_a_server_that_hangs_for_five_seconds_shows_the_banner_and_goes_on(server, visit):
    page = visit(CAMILLE, ward(server.url))
    number_field(page).fill("4")
    with frozen(server, page):
        pass
    expect_resumed(page)
    press(page, "Enregistrer")
    expect_saved(page, 4)


def test_a_press_on_a_server_that_hangs_is_carried_out_once_it_goes_on(server, visit):
    page = visit(CAMILLE, ward(server.url), 390, 844)
    before = numbers(server)
    number_field(page).fill("3")
    with frozen(server, page):
        press(page, "Enregistrer")
    expect_resumed(page)
    expect_saved(page, 3)
    expect(banner(page)).to_have_count(0)
    assert numbers(server) == [*before, 3]
    number_field(page).fill("2")
    press(page, "Enregistrer")
    expect_saved(page, 2)


def test_a_laptop_that_wakes_on_another_network_goes_on(server, proxy, visit):
    page = visit(CAMILLE, ward(proxy.url))
    number_field(page).fill("3")
    asleep = page.context.new_cdp_session(page)
    asleep.send("Page.setWebLifecycleState", {"state": "frozen"})
    proxy.lose()
    time.sleep(4)
    asleep.send("Page.setWebLifecycleState", {"state": "active"})
    expect_lost(page)
    expect_resumed(page)
    assert number_field(page).input_value() == "3"
    press(page, "Enregistrer")
    expect_saved(page, 3)


def test_a_press_that_never_arrived_is_reported_and_can_be_repeated(server, proxy, visit):
    page = visit(CAMILLE, ward(proxy.url))
    before = numbers(server)
    number_field(page).fill("2")
    proxy.hang()
    press(page, "Enregistrer")
    time.sleep(0.5)
    proxy.cut()
    expect_lost(page)
    proxy.restore()
    expect_resumed(page)
    expect(banner(page)).to_contain_text(INTERRUPTED)
    assert numbers(server) == before
    press(page, "Enregistrer")
    expect_saved(page, 2)
    assert numbers(server) == [*before, 2]


def test_a_save_whose_answer_was_lost_is_acknowledged_once_the_page_is_back_and_written_once(server, proxy, visit):
    page = visit(CAMILLE, ward(proxy.url))
    before = numbers(server)
    number_field(page).fill("1")
    proxy.mute()
    press(page, "Enregistrer")
    limit = time.monotonic() + 20
    while numbers(server) == before and time.monotonic() < limit:
        time.sleep(0.1)
    proxy.cut()
    expect_lost(page)
    time.sleep(FORGOTTEN)
    proxy.restore()
    expect_resumed(page)
    expect_saved(page, 1)
    assert numbers(server) == [*before, 1]
    assert number_field(page).input_value() == "1"
    number_field(page).fill("2")
    press(page, "Enregistrer")
    expect_saved(page, 2)
    assert numbers(server) == [*before, 1, 2]


def test_a_newer_number_of_another_account_is_never_overwritten_silently(server, proxy, visit):
    page = visit(CAMILLE, ward(proxy.url))
    number_field(page).fill("6")
    proxy.cut()
    expect_lost(page)
    declare_elsewhere(server, BLANCHE, WARD, 3)
    time.sleep(FORGOTTEN)
    proxy.restore()
    expect_resumed(page)
    press(page, "Enregistrer")
    expect(
        page.get_by_text(re.compile("Entre-temps, Blanche Modèle a déclaré 3 lits.*Votre saisie est gardée"))
    ).to_be_in_viewport()
    assert number_field(page).input_value() == "6"
    assert numbers(server)[-1] == 3
    press(page, "Enregistrer")
    expect_saved(page, 6)


def test_the_forms_of_administration_keep_what_is_typed_and_answer(server, visit):
    page = visit(ADELE, f"{server.url}/administration?compte=nouveau")
    for number in (1, 2):
        page.get_by_label("Identifiant", exact=True).fill(f"nouvelle{number}")
        page.get_by_label("Nom", exact=True).fill("Nora Nouvelle")
        page.get_by_label("Nom", exact=True).press("Tab")
        settle(page)
        server.stop()
        server.start()
        expect_resumed(page)
        assert page.get_by_label("Identifiant", exact=True).input_value() == f"nouvelle{number}"
        press(page, "Créer le compte")
        expect(page.get_by_text("Choisissez au moins un rôle")).to_be_visible()


def test_a_form_of_the_registry_does_not_overwrite_what_changed_while_it_was_cut_off(server, visit):
    address = f"{server.url}/administration?volet=Structures+et+unités&structure={HOSPITAL}"
    page, other = visit(ADELE, address), visit(ADELE, address)
    for one in (page, other):
        one.get_by_text("Modifier la structure").click()
        settle(one)
    page.get_by_label("Nom", exact=True).fill("Hôpital fictif des Tilleuls bleus")
    other.get_by_label("Nom", exact=True).fill("Hôpital fictif des Tilleuls roses")
    press(other, "Enregistrer")
    expect(other.get_by_text("est enregistrée")).to_be_visible()
    server.stop()
    server.start()
    expect_resumed(page)
    assert page.get_by_label("Nom", exact=True).input_value() == "Hôpital fictif des Tilleuls bleus"
    press(page, "Enregistrer")
    expect(page.get_by_text(re.compile("Entre-temps, « Hôpital fictif des Tilleuls roses"))).to_be_visible()
    press(page, "Enregistrer")
    expect(page.get_by_text("« Hôpital fictif des Tilleuls bleus » est enregistrée")).to_be_visible()


def test_a_password_form_answers_after_a_restart(server, visit):
    page = visit(DOMINIQUE, f"{server.url}/mon-compte")
    page.get_by_label("Mot de passe actuel").fill("Pas le bon, 2026")
    server.stop()
    server.start()
    expect_resumed(page)
    assert page.get_by_label("Mot de passe actuel").input_value() == "Pas le bon, 2026"
    press(page, "Changer le mot de passe")
    expect(page.locator('[data-testid="stAlert"]')).to_be_visible()


def test_a_file_given_before_a_restart_is_reported_as_gone(server, visit):
    page = visit(CAMILLE, ward(server.url))
    page.get_by_text("Par fichier : toutes vos unités à la fois").click()
    content = f"identifiant;disponible\n{WARD};2\n".encode()
    page.locator('input[type="file"]').set_input_files({"name": "releve.csv", "mimeType": "text/csv", "buffer": content})
    expect(page.get_by_text("1 ligne lue")).to_be_visible()
    server.stop()
    server.start()
    expect_resumed(page)
    expect(page.get_by_text("Le fichier « releve.csv » n'est plus là")).to_be_visible()


def test_a_page_that_only_reads_goes_on_and_shows_what_changed_meanwhile(server, proxy, visit):
    page = visit(CORALIE, f"{proxy.url}/structures?structure={HOSPITAL}")
    proxy.cut()
    expect_lost(page)
    declare_elsewhere(server, CAMILLE, WARD, 4)
    proxy.restore()
    expect_resumed(page)
    expect(page.get_by_role("row", name=re.compile("Médecine interne"))).to_contain_text("4 lits")


@pytest.mark.parametrize(
    ("pressed", "opened", "size"),
    [
        pytest.param(
            lambda page: page.locator(".ror-row-open").first, 'h2:has-text("Détail par structure")', (390, 844), id="answer"
        ),
        pytest.param(
            lambda page: page.get_by_role("button", name="Plus de critères"), ".st-key-champ", (1440, 900), id="popover"
        ),
    ],
)
def test_a_press_on_the_board_is_refused_while_the_connection_is_lost(proxy, visit, pressed, opened, size):
    page = visit(CORALIE, f"{proxy.url}/departements", *size)
    expect(pressed(page)).to_be_visible()
    proxy.cut()
    expect_lost(page)
    pressed(page).click(force=True)
    expect(banner(page)).to_contain_text("rien n'est enregistré")
    proxy.restore()
    expect_resumed(page)
    assert page.url == f"{proxy.url}/departements"
    expect(page.locator(opened)).to_have_count(0)
    pressed(page).click()
    expect(page.locator(opened).first).to_be_visible()


def test_the_perimeter_chosen_for_an_account_survives_a_restart(server, visit):
    page = visit(ADELE, f"{server.url}/administration?compte=nouveau")
    page.get_by_label("Identifiant", exact=True).fill("perimetre")
    page.get_by_label("Nom", exact=True).fill("Paule Périmètre")
    page.get_by_role("combobox", name="Rôles").click()
    page.get_by_role("option", name="Responsable de disponibilités").click()
    page.keyboard.press("Escape")
    page.get_by_label("Ajouter au périmètre").fill("Ormes")
    page.get_by_label("Ajouter au périmètre").press("Enter")
    page.get_by_role("button", name=re.compile("^Structure - Résidence fictive des Ormes")).click()
    settle(page)
    server.stop()
    server.start()
    expect_resumed(page)
    press(page, "Créer le compte")
    expect(page.get_by_text("Compte perimetre créé")).to_be_visible()
    keys = server.execute("SELECT key FROM account_perimeter JOIN account ON account.id = account WHERE login = 'perimetre'")
    assert keys == [(HOME,)]


def test_two_quick_steps_leave_the_page_alive(server, visit):
    page = visit(CORALIE, f"{server.url}/departements")
    for _ in range(3):
        page.get_by_role("radio", name="Dégradé depuis hier").click()
        settle(page)
        page.get_by_role("radio", name="Unités", exact=True).click()
        settle(page)
    for _ in range(5):
        travel(page, "/aide", "/departements")
        settle(page)
        expect(page.get_by_role("radio", name="Unités", exact=True)).to_be_visible()
    expect(banner(page)).to_have_count(0)


def test_a_page_that_can_read_no_message_any_more_is_loaded_again_but_for_a_form(server, visit):
    connections = []

    def join(connection):
        connection.connect_to_server()
        connections.append(connection)

    page = visit(CORALIE, f"{server.url}/aide")
    page.route_web_socket(re.compile("/_stcore/stream"), join)
    page.goto(f"{server.url}/departements")
    settle(page)
    with page.expect_event("load"):
        connections[-1].send(b"\xff\xff\xff")
    settle(page)
    expect(banner(page)).to_have_count(0)
    page.context.add_cookies([{"name": "ror_session", "value": token(CAMILLE), "url": server.url}])
    page.goto(ward(server.url))
    settle(page)
    number_field(page).fill("6")
    connections[-1].send(b"\xff\xff\xff")
    expect(banner(page)).to_contain_text("rechargez la page")
    assert number_field(page).input_value() == "6"
    with page.expect_event("load"):
        press(page, "Recharger")
    settle(page)
    expect(number_field(page)).to_be_visible()
    expect(banner(page)).to_have_count(0)
