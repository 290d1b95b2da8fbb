"""The script that keeps the focus, on a page of its own: what has the focus is drawn anew, removed, hidden or opened again."""

import pytest
from playwright.sync_api import Page, expect

from ror.settings import ROOT

SCRIPT = (ROOT / "ror/web/server/focus.js").read_text()
ADDRESS = "http://focus.test/"
PAGE = """
<!doctype html><main data-testid="stMain"><h1>Écran</h1>
<div id="fields"><input aria-label="Chercher"><button id="clear">Effacer</button></div>
<ul><li><button data-row="1">Un</button></li><li><button data-row="2">Deux</button></li>
<li><button data-row="3">Trois</button></li></ul>
<div id="panel"><button id="open">Ouvrir</button></div>
<div data-testid="stForm"><input aria-label="Identifiant"><input aria-label="Mot de passe"></div></main>
"""
REFUSAL = '<div data-testid="stAlert" role="alert"><p data-testid="stAlertContentError">Indiquez votre identifiant.</p></div>'


@pytest.fixture
def page(page_factory) -> Page:
    page: Page = page_factory()
    page.route(ADDRESS, lambda route: route.fulfill(body=PAGE, content_type="text/html; charset=utf-8"))
    page.goto(ADDRESS)
    page.add_script_tag(content=SCRIPT)
    page.evaluate("dispatchEvent(new Event('DOMContentLoaded'))")
    rerun(page)
    return page


def rerun(page: Page) -> None:
    """Tell the page that the script of the server has ended, as Streamlit does."""
    page.evaluate("postMessage({ type: 'SCRIPT_RUN_STATE_CHANGED', scriptRunState: 'notRunning' })")


def focused(page: Page, element: str) -> None:
    expect(page.locator(element)).to_be_focused()


def test_an_element_that_is_drawn_anew_has_the_focus_again(page):
    page.locator("[data-row='2']").focus()
    page.evaluate("document.querySelector('ul').innerHTML += ''")
    focused(page, "[data-row='2']")


def test_a_removed_line_gives_the_focus_to_the_one_in_its_place(page):
    page.locator("[data-row='2']").focus()
    page.evaluate("document.querySelector(\"[data-row='2']\").parentElement.remove()")
    rerun(page)
    focused(page, "[data-row='3']")


def test_a_button_that_goes_gives_the_focus_to_its_field(page):
    page.locator("#clear").focus()
    page.evaluate("document.getElementById('clear').remove()")
    rerun(page)
    focused(page, "[aria-label='Chercher']")


def test_what_opens_in_place_of_its_button_takes_the_focus_and_gives_it_back(page):
    page.locator("#open").focus()
    page.evaluate("document.getElementById('panel').innerHTML = '<h2>Fiche</h2><button id=close>Fermer</button>'")
    rerun(page)
    focused(page, "h2")
    page.locator("#close").focus()
    page.evaluate("document.getElementById('panel').innerHTML = '<button id=open>Ouvrir</button>'")
    rerun(page)
    focused(page, "#open")


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
