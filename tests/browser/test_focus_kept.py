"""The script that keeps the focus, on a page of the test: the focused element is redrawn, removed, hidden or opened again."""

import pytest
from playwright.sync_api import Page, expect

from ror.settings import ROOT

SCRIPT = (ROOT / "ror/web/server/focus.js").read_text()
ADDRESS = "http://focus.test/"
PAGE = """
<!doctype html><div data-testid="stApp" data-test-script-state="notRunning">
<header><button id="section" aria-haspopup="menu" aria-expanded="false">Consultation</button></header>
<main data-testid="stMain"><h1>Écran</h1>
<div id="fields"><input aria-label="Chercher"><button id="clear">Effacer</button></div>
<ul><li><button data-row="1">Un</button></li><li><button data-row="2">Deux</button></li>
<li><button data-row="3">Trois</button></li></ul>
<div id="panel"><button id="open">Ouvrir</button></div>
<div data-testid="stForm"><input aria-label="Identifiant"><input aria-label="Mot de passe"></div></main></div>
"""
REFUSAL = '<div data-testid="stAlert" role="alert"><p data-testid="stAlertContentError">Indiquez votre identifiant.</p></div>'


@pytest.fixture
def page(page_factory) -> Page:
    page: Page = page_factory()
    page.route(ADDRESS, lambda route: route.fulfill(body=PAGE, content_type="text/html; charset=utf-8"))
    load(page)
    rerun(page)
    return page


def load(page: Page) -> None:
    """Load the page, before the first run of its screen has ended."""
    page.goto(ADDRESS)
    page.add_script_tag(content=SCRIPT)
    page.evaluate("dispatchEvent(new Event('DOMContentLoaded'))")


def rerun(page: Page) -> None:
    """Mark the page as running, then as finished, as Streamlit does in a run."""
    for state in ("running", "notRunning"):
        page.evaluate("(state) => (document.querySelector('[data-testid=stApp]').dataset.testScriptState = state)", state)


def expect_focus(page: Page, element: str) -> None:
    expect(page.locator(element)).to_be_focused()


def test_an_element_that_is_drawn_anew_has_the_focus_again(page):
    page.locator("[data-row='2']").focus()
    page.evaluate("document.querySelector('ul').innerHTML += ''")
    expect_focus(page, "[data-row='2']")


def test_a_removed_line_gives_the_focus_to_the_one_in_its_place(page):
    page.locator("[data-row='2']").focus()
    page.evaluate("document.querySelector(\"[data-row='2']\").parentElement.remove()")
    rerun(page)
    expect_focus(page, "[data-row='3']")


def test_a_button_that_goes_gives_the_focus_to_its_field(page):
    page.locator("#clear").focus()
    page.evaluate("document.getElementById('clear').remove()")
    rerun(page)
    expect_focus(page, "[aria-label='Chercher']")


def test_what_opens_in_place_of_its_button_takes_the_focus_and_gives_it_back(page):
    page.locator("#open").focus()
    page.evaluate("document.getElementById('panel').innerHTML = '<h2>Fiche</h2><button id=close>Fermer</button>'")
    rerun(page)
    expect_focus(page, "h2")
    page.locator("#close").focus()
    page.evaluate("document.getElementById('panel').innerHTML = '<button id=open>Ouvrir</button>'")
    rerun(page)
    expect_focus(page, "#open")


def test_a_field_that_was_left_on_purpose_is_left(page):
    page.locator("[data-row='2']").focus()
    page.mouse.click(600, 700)
    page.evaluate("document.querySelector('ul').innerHTML += ''")
    rerun(page)
    page.wait_for_timeout(300)
    assert page.evaluate("document.activeElement === document.body")


def test_a_refusal_describes_the_fields_of_its_form_until_it_goes(page):
    page.evaluate("(html) => document.querySelector('[data-testid=stForm]').insertAdjacentHTML('beforeend', html)", REFUSAL)
    login, password = page.locator("[aria-label='Identifiant']"), page.locator("[aria-label='Mot de passe']")
    expect(login).to_have_attribute("aria-invalid", "true")
    refusal = page.get_by_role("alert").get_attribute("id")
    for field in (login, password):
        expect(field).to_have_attribute("aria-describedby", str(refusal))
    assert password.get_attribute("aria-invalid") is None
    page.evaluate("document.querySelector('[data-testid=stAlert]').remove()")
    for field in (login, password):
        expect(field).not_to_have_attribute("aria-describedby", str(refusal))
    assert login.get_attribute("aria-invalid") is None


def open_screen(page: Page, address: str, title: str) -> None:
    """Draw another screen at once, as Streamlit may on a busy machine: no mark shows that a run began and ended."""
    page.evaluate("(address) => history.pushState({}, '', address)", address)
    page.evaluate("(title) => (document.querySelector('h1').outerHTML = `<h1>${title}</h1>`)", title)


def test_a_screen_that_is_drawn_in_one_go_has_the_focus_on_its_title(page):
    page.wait_for_timeout(300)
    page.locator("#section").focus()
    open_screen(page, "/tendances", "Tendances")
    expect_focus(page, "h1")
    expect(page.get_by_role("status")).to_have_text("Écran : Tendances")


def load_after_sign_in(page: Page) -> None:
    page.evaluate("sessionStorage.setItem('ror-signed-out', '1')")
    load(page)


def test_the_first_screen_after_a_sign_in_has_the_focus_on_its_title_without_a_ring(page):
    load_after_sign_in(page)
    rerun(page)
    expect_focus(page, "h1")
    assert not page.locator("h1:focus-visible").count()


def test_a_field_that_its_user_reached_before_the_first_screen_was_whole_has_the_focus(page):
    load_after_sign_in(page)
    page.locator("[aria-label='Chercher']").click()
    page.keyboard.type("ré")
    rerun(page)
    page.wait_for_timeout(300)
    page.keyboard.type("a")
    expect(page.locator("[aria-label='Chercher']")).to_have_value("réa")


def open_menu(page: Page) -> None:
    page.evaluate(
        """() => {
            document.getElementById("section").ariaExpanded = "true";
            document.body.insertAdjacentHTML("beforeend", '<div role="menu"><a href="#" role="menuitem">Tendances</a></div>');
            document.querySelector("[role=menuitem]").focus();
        }"""
    )


def test_a_menu_that_closes_late_does_not_take_the_focus_from_the_new_screen_but_its_user_can(page):
    page.wait_for_timeout(300)
    open_menu(page)
    open_screen(page, "/tendances", "Tendances")
    expect_focus(page, "h1")
    give_back = "document.getElementById('section').focus()"
    page.evaluate(give_back)
    expect_focus(page, "h1")
    page.evaluate(give_back)
    expect_focus(page, "#section")


def test_a_popover_that_is_drawn_anew_keeps_the_focus_and_tab_waits_for_its_content(page):
    page.evaluate(
        """() => document.getElementById("panel").insertAdjacentHTML(
            "beforeend", "<button data-testid='stPopoverButton' aria-expanded='true'>Partager</button>")"""
    )
    page.locator("[data-testid=stPopoverButton]").focus()
    drawn = "<div data-testid='stPopoverBody' role='dialog' tabindex='-1'></div>"
    page.evaluate("(html) => document.body.insertAdjacentHTML('beforeend', html)", drawn)
    expect_focus(page, "[role=dialog]")
    page.evaluate("(html) => { document.querySelector('[role=dialog]').outerHTML = html; }", drawn)
    rerun(page)
    expect_focus(page, "[role=dialog]")
    page.keyboard.press("Tab")
    expect_focus(page, "[role=dialog]")
    page.evaluate("document.querySelector('[role=dialog]').innerHTML = '<button id=inside>Imprimer</button>'")
    page.keyboard.press("Tab")
    expect_focus(page, "#inside")
    page.keyboard.press("Shift+Tab")
    expect_focus(page, "[data-testid=stPopoverButton]")
