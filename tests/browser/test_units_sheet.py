"""The sheet of all the units of a manager, by taps and keys: fifteen units, of which three change, within a minute."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from ror.model.capacity import Counts
from ror.model.registry import Unit
from ror.services.availability.declare import DeclarationDraft, declare
from ror.store import registry, registry_changes
from ror.store.engine.database import Database
from scripts.browser import settle, sign_in
from tests.attacks.helpers import declare_elsewhere, open_for, prepare, token
from tests.attacks.served import WritableServer
from tests.browser.layout import rectangle
from tests.proxy import Proxy
from tests.region import BLANCHE, CAMILLE, CLAUDE, DAY_HOSPITAL, HOSPITAL, NOW, PASSWORD, RESUSCITATION, WARD

EXTRA = 10
FORGOTTEN = 2
"""Seconds after which Streamlit forgets a session without connection."""

SIXTH = f"{HOSPITAL}-55"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server where Camille has fifteen units, with the numbers that earlier tests of the module declared."""
    path = tmp_path_factory.mktemp("sheet") / "ror.duckdb"
    prepare(path)
    db = Database(path)
    units = [Unit(f"{HOSPITAL}-{50 + n}", HOSPITAL, f"Unité {n:02}", "16", 20, "") for n in range(EXTRA)]
    with db.transaction() as transaction:
        registry.merge(transaction, units)
        registry_changes.record_change(transaction, "tests", NOW)
    for number, unit in enumerate(units):
        draft = DeclarationDraft(unit.id, Counts(number % 4))
        declare(db, CAMILLE, draft, datetime.now(UTC) - timedelta(hours=30 * number))
    for account in (BLANCHE, CLAUDE):
        open_for(db, account)
    db.close()
    with WritableServer(path, environment={"STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": str(FORGOTTEN)}) as running:
        yield running


@pytest.fixture
def proxy(server):
    with Proxy(server.port) as running:
        yield running


@pytest.fixture
def visit(page_factory, server):
    """Return a function that opens the sheet as a signed-in account."""

    def opened(account=CAMILLE, width: int = 1440, height: int = 900, url: str = "") -> Page:
        page = page_factory(width, height)
        address = url or server.url
        page.context.add_cookies([{"name": "ror_session", "value": token(account), "url": address}])
        page.goto(f"{address}/mise-a-jour")
        expect(page.locator(".ror-line").first).to_be_visible()
        settle(page)
        return page

    return opened


def line(page: Page, unit: str):
    return page.locator(f"[id='line-{unit}']")


def number(page: Page, unit: str):
    return line(page, unit).get_by_label(re.compile("^Nombre de"))


def button(page: Page, words: str | re.Pattern[str]):
    return page.get_by_role("button", name=words)


def save(page: Page) -> None:
    button(page, re.compile("^Enregistrer")).click()


def message(page: Page, words: str) -> None:
    expect(page.locator(".ror-sheet-status")).to_contain_text(words)


def numbers(server, unit: str) -> list[int]:
    return [row[0] for row in server.execute("SELECT available FROM declaration WHERE unit = ? ORDER BY position", [unit])]


def count(server) -> int:
    return server.execute("SELECT count(*) FROM declaration")[0][0]


def digit(page: Page, unit: str) -> str:
    """Return a number beside the unit's own, so that it is not unusual."""
    present = int(number(page, unit).input_value() or "0")
    return str(present + 1 if present < 5 else present - 1)


def test_fifteen_units_three_of_them_changed_take_at_most_twenty_taps_on_a_phone(server, visit):
    page = visit(width=390, height=844)
    before, began, taps = count(server), time.monotonic(), 0
    for unit in (WARD, RESUSCITATION, DAY_HOSPITAL):
        typed = digit(page, unit)
        number(page, unit).click()
        page.keyboard.type(typed)
        taps += 2
    button(page, "Tout est inchangé").click()
    message(page, "12 unités inchangées : vérifiez, puis enregistrez.")
    button(page, "Enregistrer 15 unités").click()
    taps += 2
    message(page, "15 unités enregistrées.")
    # Two rows, « Annuler » and the message on the second one.
    expect(button(page, re.compile("^Annuler l'enregistrement"))).to_be_in_viewport(ratio=1)
    assert rectangle(page.locator(".ror-sheet-foot"))["height"] < 3 * 48
    assert (count(server) - before, taps) == (15, 8)
    assert time.monotonic() - began < 15


def test_the_save_button_stands_above_the_keyboard_of_a_phone(visit):
    page = visit(width=390, height=844)
    number(page, WARD).click()
    page.set_viewport_size({"width": 390, "height": 430})
    expect(button(page, re.compile("^Enregistrer"))).to_be_in_viewport(ratio=1)
    expect(number(page, WARD)).to_be_in_viewport(ratio=1)
    size = rectangle(line(page, WARD).get_by_role("button", name="Un de plus"))
    assert min(size["width"], size["height"]) >= 48
    assert number(page, WARD).get_attribute("inputmode") == "numeric"


def test_three_clicks_and_a_few_keys_do_on_a_desktop(server, visit):
    page = visit()
    before, typed = count(server), {unit: digit(page, unit) for unit in (WARD, RESUSCITATION, DAY_HOSPITAL)}
    for unit in typed:
        number(page, unit).click()
        page.keyboard.type(typed[unit])
    page.keyboard.press("Alt+=")
    page.keyboard.press("Control+s")
    message(page, "15 unités enregistrées.")
    assert count(server) - before == 15
    assert {unit: str(numbers(server, unit)[-1]) for unit in typed} == typed


def test_from_signing_in_to_saved_one_unit_takes_three_interactions(server, page_factory):
    page = page_factory()
    sign_in(page, f"{server.url}/mise-a-jour", CAMILLE.login, PASSWORD)
    expect(page.locator(".ror-line").first).to_be_visible()
    before = count(server)
    typed = digit(page, WARD)
    number(page, WARD).click()
    page.keyboard.type(typed)
    page.keyboard.press("Control+s")
    message(page, "1 unité enregistrée.")
    assert count(server) - before == 1


def test_a_press_saves_changed_and_confirmed_lines_alone_and_says_what_is_wrong_or_that_nothing_is_to_save(server, visit):
    page = visit(height=600)
    before = count(server)
    save(page)
    message(page, "Rien à enregistrer")
    assert count(server) == before
    number(page, WARD).fill("3,7")
    number(page, DAY_HOSPITAL).fill("95")
    typed = digit(page, RESUSCITATION)
    number(page, RESUSCITATION).fill(typed)
    save(page)
    message(page, "1 unité enregistrée, 1 à corriger, 1 à confirmer.")
    assert count(server) - before == 1
    expect(line(page, WARD).get_by_role("alert")).to_contain_text("doit être un nombre entier")
    expect(line(page, DAY_HOSPITAL).get_by_role("alert")).to_contain_text("Est-ce bien 95 ?")
    focused = page.evaluate("document.activeElement.closest('.ror-line').id")
    expect(page.locator(f"[id='{focused}']")).to_be_in_viewport(ratio=1)
    assert focused in (f"line-{WARD}", f"line-{DAY_HOSPITAL}")
    assert number(page, WARD).input_value() == "3,7"
    line(page, DAY_HOSPITAL).get_by_role("button", name="Oui, enregistrer 95").click()
    message(page, "1 unité enregistrée.")
    assert numbers(server, DAY_HOSPITAL)[-1] == 95


def test_the_detail_says_who_else_answers_and_its_numbers_by_sex_are_checked_against_the_total_and_written(server, visit):
    page = visit()
    typed = digit(page, WARD)
    number(page, WARD).fill(typed)
    line(page, WARD).get_by_role("button", name="Détail").click()
    expect(line(page, WARD)).to_contain_text("Aussi déclarée par : Blanche Modèle")
    women = line(page, WARD).get_by_label(re.compile("femmes"))
    women.fill("19")
    save(page)
    expect(line(page, WARD).get_by_role("alert")).to_contain_text("font 19 ensemble")
    expect(women).to_be_focused()
    women.fill(typed)
    save(page)
    message(page, "1 unité enregistrée.")
    (parts,) = server.execute("SELECT parts FROM declaration WHERE unit = ? ORDER BY position DESC LIMIT 1", [WARD])
    assert typed in parts[0]


def test_a_whole_save_is_undone_but_for_the_units_that_moved_since(server, visit):
    page = visit()
    was = numbers(server, WARD)[-1]
    for unit in (WARD, RESUSCITATION):
        number(page, unit).fill(digit(page, unit))
    save(page)
    message(page, "2 unités enregistrées.")
    declare_elsewhere(server, BLANCHE, RESUSCITATION, digit(page, RESUSCITATION))
    page.reload()
    expect(page.locator(".ror-line").first).to_be_visible()
    button(page, re.compile("^Annuler l'enregistrement de")).click()
    message(page, "1 unité de nouveau comme avant. Mises à jour depuis, et laissées : Réanimation.")
    expect(number(page, WARD)).to_have_value(str(was))


def test_somebody_elses_number_appears_in_its_line_before_it_is_overwritten(server, visit):
    page = visit()
    present = int(number(page, WARD).input_value())
    mine, theirs = digit(page, WARD), str(present + 2 if present < 5 else present - 2)
    number(page, WARD).fill(mine)
    declare_elsewhere(server, BLANCHE, WARD, theirs)
    news = line(page, WARD).get_by_role("alert")
    expect(news).to_contain_text(f"Entre-temps, Blanche Modèle a déclaré {theirs} lit")
    expect(number(page, WARD)).to_have_value(mine)
    save(page)
    message(page, "Rien n'est enregistré, 1 à corriger.")
    expect(news).to_contain_text("Votre saisie est gardée")
    save(page)
    message(page, "1 unité enregistrée.")
    assert [str(one) for one in numbers(server, WARD)[-2:]] == [theirs, mine]


def comment_field(page: Page):
    return line(page, WARD).get_by_label(re.compile("^Commentaire"))


def type_number_and_comment(page: Page) -> str:
    """Fill the line of the ward, and return the number typed."""
    typed = digit(page, WARD)
    number(page, WARD).fill(typed)
    line(page, WARD).get_by_role("button", name="Détail").click()
    comment_field(page).fill("Sortie à 17 h")
    return typed


def expect_kept(page: Page, typed: str) -> None:
    expect(number(page, WARD)).to_have_value(typed)
    expect(comment_field(page)).to_have_value("Sortie à 17 h")


def save_number_and_comment(server, page: Page, typed: str) -> None:
    save(page)
    message(page, "1 unité enregistrée.")
    assert str(numbers(server, WARD)[-1]) == typed
    (comment,) = server.execute("SELECT comment FROM declaration WHERE unit = ? ORDER BY position DESC LIMIT 1", [WARD])
    assert comment == ("Sortie à 17 h",)


def test_nothing_typed_is_lost_by_a_reload_another_screen_and_a_restart_of_the_server_in_turn(server, visit):
    page = visit()
    typed = type_number_and_comment(page)
    page.reload()
    expect_kept(page, typed)
    page.goto(f"{server.url}/mon-compte")
    settle(page)
    page.go_back()
    expect_kept(page, typed)
    server.stop()
    time.sleep(2)
    server.start()
    expect(page.locator("#ror-connection").filter(has_text="Connexion perdue")).to_have_count(0, timeout=30_000)
    expect_kept(page, typed)
    save_number_and_comment(server, page, typed)


def test_nothing_typed_is_lost_when_the_session_ends(server, visit):
    page = visit()
    typed = type_number_and_comment(page)
    page.context.clear_cookies()
    sign_in(page, f"{server.url}/mise-a-jour", CAMILLE.login, PASSWORD)
    expect_kept(page, typed)
    save_number_and_comment(server, page, typed)


def test_the_answer_to_an_earlier_save_is_not_taken_for_that_to_what_is_typed_since(server, visit):
    page = visit()
    number(page, WARD).fill(digit(page, WARD))
    save(page)
    message(page, "1 unité enregistrée.")
    mine = digit(page, WARD)
    number(page, WARD).fill(mine)
    page.get_by_role("navigation").get_by_text("Aide").click()
    page.get_by_text("Mon compte", exact=True).click()
    expect(page.get_by_role("heading", name="Mon compte")).to_be_visible()
    declare_elsewhere(server, BLANCHE, WARD, int(mine) + 1 if int(mine) < 4 else int(mine) - 2)
    page.go_back()
    expect(number(page, WARD)).to_have_value(mine)
    expect(page.locator(".ror-sheet-status")).to_be_empty()
    save(page)
    message(page, "Rien n'est enregistré, 1 à corriger.")


def test_back_shows_the_sheet_where_it_was_left(server, visit):
    page = visit(height=500)
    line(page, WARD).scroll_into_view_if_needed()
    main = page.get_by_test_id("stMain")
    main.evaluate("page => page.scrollTo(0, 300)")
    settle(page)
    page.goto(f"{server.url}/mon-compte")
    settle(page)
    page.go_back()
    expect(page.locator(".ror-line").first).to_be_attached()
    settle(page)
    assert main.evaluate("page => page.scrollTop") == 300


def test_a_save_whose_answer_was_lost_is_written_once_and_answered_when_the_page_is_back(server, proxy, visit):
    page = visit(url=proxy.url)
    before, typed = numbers(server, WARD), digit(page, WARD)
    number(page, WARD).fill(typed)
    proxy.mute()
    save(page)
    limit = time.monotonic() + 20
    while numbers(server, WARD) == before and time.monotonic() < limit:
        time.sleep(0.1)
    proxy.cut()
    time.sleep(FORGOTTEN + 2)
    proxy.restore()
    message(page, "1 unité enregistrée.")
    assert [str(one) for one in numbers(server, WARD)] == [*map(str, before), typed]


def test_a_save_that_a_loaded_page_sends_again_leaves_no_mark(server, proxy, visit):
    page = visit(url=proxy.url)
    number(page, WARD).fill(digit(page, WARD))
    same = page.get_by_role("button", name="Inchangé, Soins intensifs de cardiologie")
    same.click()
    expect(same).to_have_attribute("aria-pressed", "true")
    proxy.mute()
    save(page)
    expect(button(page, "Enregistrement…")).to_be_visible()
    proxy.cut()
    proxy.restore()
    page.reload()
    message(page, "2 unités enregistrées.")
    expect(same).to_have_attribute("aria-pressed", "false")
    expect(button(page, "Enregistrer")).to_be_visible()


def test_the_browser_stores_numbers_under_a_pseudonym_and_comments_in_the_tab_alone(server, visit):
    page = visit()
    number(page, WARD).fill(digit(page, WARD))
    line(page, WARD).get_by_role("button", name="Détail").click()
    line(page, WARD).get_by_label(re.compile("^Commentaire")).fill("Aile sud")
    stored = page.evaluate("localStorage.getItem('ror-sheet')")
    assert WARD in stored
    assert not [private for private in ("Aile sud", CAMILLE.id, CAMILLE.name) if private in stored]
    assert "Aile sud" in page.evaluate("sessionStorage.getItem('ror-sheet')")
    page.evaluate("localStorage.setItem('ror-sheet', localStorage.getItem('ror-sheet').replace(/\"at\":\\d+/, '\"at\":1'))")
    page.reload()
    expect(page.locator(".ror-line").first).to_be_visible()
    expect(line(page, WARD)).not_to_have_class(re.compile("changed"))
    assert page.evaluate("sessionStorage.getItem('ror-sheet')") is None


def test_drafts_end_when_another_account_opens_the_service(server, visit, page_factory):
    page = visit()
    number(page, WARD).fill(digit(page, WARD))
    page.context.add_cookies([{"name": "ror_session", "value": token(BLANCHE), "url": server.url}])
    page.goto(f"{server.url}/departements")
    expect(page.get_by_text(BLANCHE.name)).to_be_visible()
    settle(page)
    assert page.evaluate("localStorage.getItem('ror-sheet')") is None


def test_drafts_end_when_their_account_signs_out(visit):
    page = visit(CLAUDE)
    number(page, DAY_HOSPITAL).fill(digit(page, DAY_HOSPITAL))
    assert page.evaluate("localStorage.getItem('ror-sheet')")
    button(page, "Se déconnecter").click()
    expect(page.get_by_label("Identifiant", exact=True)).to_be_visible()
    assert page.evaluate("localStorage.getItem('ror-sheet') ?? sessionStorage.getItem('ror-sheet')") is None


def test_the_last_detail_is_named_and_a_comment_that_is_too_long_stays_whole_and_is_refused_by_its_length(visit):
    page = visit()
    line(page, SIXTH).get_by_role("button", name="Détail").click()
    expect(line(page, SIXTH).get_by_text("Dernier détail")).to_be_hidden()
    number(page, SIXTH).fill(digit(page, SIXTH))
    line(page, SIXTH).get_by_label(re.compile("^Occupés")).fill("3")
    save(page)
    message(page, "1 unité enregistrée.")
    line(page, SIXTH).get_by_role("button", name="Détail").click()
    expect(line(page, SIXTH).get_by_text("Dernier détail : 3 occupés. Ce qui reste vide")).to_be_visible()
    number(page, SIXTH).fill(digit(page, SIXTH))
    comment = line(page, SIXTH).get_by_label(re.compile("^Commentaire, "))
    comment.fill("a" * 3000)
    number(page, WARD).fill(digit(page, WARD))
    save(page)
    expect(line(page, SIXTH).get_by_role("alert")).to_contain_text("3000 caractères : raccourcissez-le à 500")
    expect(comment).to_have_value("a" * 3000)
    expect(comment).to_be_focused()
    expect(comment).to_have_attribute("aria-invalid", "true")
    expect(number(page, SIXTH)).to_have_attribute("aria-invalid", "false")
    message(page, "1 unité enregistrée, 1 à corriger.")


def test_several_units_are_closed_in_one_act(server, visit):
    page = visit()
    page.get_by_text("Fermer plusieurs unités").click()
    day = (datetime.now(UTC) + timedelta(days=3)).date()
    page.get_by_label("Dernier jour de fermeture").fill(day.isoformat())
    for name in ("Unité 08", "Unité 09"):
        page.get_by_label(name, exact=True).check()
    button(page, "Préparer la fermeture").click()
    message(page, "2 unités à fermer : vérifiez, puis enregistrez.")
    button(page, "Enregistrer 2 unités").click()
    message(page, "2 unités enregistrées.")
    rows = server.execute("SELECT closed_until FROM declaration WHERE kind = 'closed' ORDER BY position DESC LIMIT 2")
    assert [row[0] for row in rows] == [day, day]
    chip = page.locator(".ror-line").filter(has_text="Unité 08").locator(".ror-chip")
    expect(chip).to_have_text("⊘ Fermée à l'instant")
    expect(chip).to_have_css("color", "rgb(28, 39, 51)")


def test_keys_go_from_number_to_number_and_a_column_of_a_spreadsheet_is_pasted_over_them(visit):
    page = visit()
    fields = page.locator(".ror-line-number")
    fields.nth(0).focus()
    for key, expected in (("Enter", 1), ("ArrowDown", 2), ("ArrowUp", 1)):
        page.keyboard.press(key)
        expect(fields.nth(expected)).to_be_focused()
    page.keyboard.press("=")
    expect(page.locator(".ror-line").nth(1)).to_have_class(re.compile("same"))
    expect(fields.nth(2)).to_be_focused()
    fields.nth(1).focus()
    page.evaluate(
        """() => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text", "7\\tx\\r\\n\\r\\n9\\n");
            const paste = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
            document.activeElement.dispatchEvent(paste);
        }"""
    )
    third = fields.nth(2).input_value()
    assert [fields.nth(n).input_value() for n in (1, 2, 3)] == ["7", third, "9"]
