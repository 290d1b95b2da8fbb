"""The questions of a coordinator in a real Chromium, on a region where the numbers that answer them are planted."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from ror.store.engine.database import Database
from scripts.browser import settle
from tests.attacks.helpers import prepare, serving, token
from tests.browser.examination import PHONE, WIDE
from tests.browser.layout import rectangle
from tests.browser.test_back import view_of, walk_and_return
from tests.near_melun import store_declared
from tests.region import DOMINIQUE

QUESTION = "réanimation près de Melun"
TITLE = "2 unités, réanimation à moins de 30 km de Melun (77) : 10 lits"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder, now = tmp_path_factory.mktemp("board"), datetime.now(UTC)
    prepare(folder / "ror.duckdb")
    db = Database(folder / "ror.duckdb")
    store_declared(db, now)
    db.close()
    with serving(folder) as running:
        yield running


@pytest.fixture
def opened(page_factory, server):
    """Return a function that opens an address of the server in a page of its own, signed in."""

    def open_page(address="departements", width=1440, height=900):
        page = page_factory(width, height)
        page.context.add_cookies([{"name": "ror_session", "value": token(DOMINIQUE), "url": server.url}])
        page.goto(address if address.startswith("http") else f"{server.url}/{address}")
        settle(page)
        return page

    return open_page


def ask(page, text):
    field = page.get_by_role("textbox", name="Chercher")
    field.fill(text)
    field.press("Enter")
    expect(page).to_have_url(re.compile("besoin="))
    settle(page)


def rows(page, name="Unités"):
    return page.get_by_role("list", name=name, exact=True).get_by_role("listitem")


def row_texts(row):
    """Return the number, the name of the unit, its structure and how far it is, of a row."""
    parts = (".ror-row-figure b", ".ror-row-title", ".ror-row-place", ".ror-row-far")
    return tuple(row.locator(part).inner_text() for part in parts)


def title(page, words):
    expect(page.get_by_role("heading", name=words, exact=True)).to_be_visible()


def shown_on_page(page):
    """Return what a page shows: address, titles and rows, without the ages, which change with time."""
    view = view_of(page)
    return view, [re.sub(r"il y a .*", "", text) for text in rows(page).all_inner_texts()]


def test_each_step_is_one_entry_and_reload_and_a_pasted_address_show_the_same(opened):
    page = opened()
    steps = [
        lambda: ask(page, QUESTION),
        lambda: rows(page).first.get_by_role("button").click(),
        lambda: page.get_by_role("button", name=f"← {TITLE}").click(),
        lambda: page.get_by_role("radio", name="Dégradé depuis hier").click(),
    ]
    walk_and_return(page, steps)
    page.go_back()
    title(page, TITLE)
    melun, evry = map(row_texts, rows(page).all())
    assert melun[:3] == ("7", "Réanimation", "Hôpital fictif de Melun")
    assert evry[:3] == ("3", "Réanimation", "Hôpital fictif de Évry-Courcouronnes")
    assert evry[3].endswith(" km")
    shown = shown_on_page(page)
    page.reload()
    title(page, TITLE)
    assert shown_on_page(page) == shown
    pasted = opened(page.url)
    title(pasted, TITLE)
    assert shown_on_page(pasted) == shown


def test_a_phone_has_its_first_answer_high_no_sideways_scroll_and_calls_with_one_large_press(opened):
    page = opened(width=390, height=844)
    ask(page, QUESTION)
    call = rows(page).first.get_by_role("link")
    expect(call).to_have_attribute("href", "tel:0199000300")
    assert rectangle(call)["height"] >= 48
    bed_management, unit = rows(page).nth(1).get_by_role("link").all()
    expect(bed_management).to_have_attribute("href", "tel:0639980101")
    assert rectangle(bed_management)["x"] < rectangle(unit)["x"], "bed management is called first"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")
    assert page.get_by_test_id("stMain").evaluate("(one) => one.scrollWidth <= one.clientWidth + 1")
    lists, share = page.get_by_role("radiogroup", name="Liste"), page.get_by_role("button", name="Partager")
    assert abs(rectangle(lists)["y"] - rectangle(share)["y"]) < 12
    last = page.get_by_role("radio", name="Dégradé depuis hier").evaluate("(one) => one.getBoundingClientRect().right")
    assert last <= lists.evaluate("(one) => one.getBoundingClientRect().right") + 1
    assert rectangle(rows(page).first)["y"] < 500


def test_a_narrow_window_has_a_narrow_map_and_the_answers_beside_it(opened):
    page = opened(width=1024, height=768)
    ask(page, QUESTION)
    drawn = rectangle(page.locator(".st-key-linked0narrow canvas, [class*=narrow] canvas").first)
    first = rectangle(rows(page).first)
    assert drawn["width"] < 380
    assert first["x"] > drawn["x"] + drawn["width"]
    assert first["width"] > 560
    assert first["y"] + first["height"] < 768


ENGLISH = re.compile("^(open|dismiss|clear|remove|increment|decrement|choose|select|app pages|sidebar|day|month|year)\\b", re.I)


def test_a_screen_reader_meets_no_english_name_and_the_console_is_empty(page_factory, server):
    page, messages = page_factory(1440, 900), []
    page.on("console", lambda message: messages.append(message.text))
    page.context.add_cookies([{"name": "ror_session", "value": token(DOMINIQUE), "url": server.url}])
    page.goto(f"{server.url}/departements?besoin=Réanimation&age=■+moins+de+24+h&pres=commune:77288")
    settle(page)
    page.get_by_role("button", name="État au...").click()
    expect(page.get_by_role("button", name="Choisir une date et une heure")).to_be_visible()
    names = page.evaluate(
        """() => [...document.querySelectorAll(":not(svg *)[aria-label], [placeholder]")]
            .filter((one) => one.checkVisibility())
            .flatMap((one) => [one.getAttribute("aria-label"), one.getAttribute("placeholder")]).filter(Boolean)"""
    )
    assert {"Écrans", "Un de plus", "Un de moins", "Tout effacer", "Ouvrir la liste"} <= set(names)
    assert any(name.startswith("Retirer ") for name in names)
    assert [name for name in names if ENGLISH.match(name)] == []
    expect(page.get_by_text("Aller au contenu")).to_have_count(1)
    assert messages == []


NARROWER = {
    PHONE: [
        "réanimation places près de Melun",
        "réanimation près de Melun au moins 20",
        "réanimation à moins de 5 km de Provins",
        "réanimation moins d'1 h près de Melun",
    ],
    WIDE: ["réanimation pour une femme près de Melun", "réanimation enfants près de Melun"],
}
"""By size of the window, questions with criteria that `QUESTION` has not; their fields are in « Plus de critères »."""


@pytest.mark.parametrize("size", NARROWER)
def test_the_criteria_of_a_question_do_not_stay_in_the_next_one(opened, size):
    page = opened("departements", *size)
    for first in NARROWER[size]:
        ask(page, first)
        expect(page.get_by_role("heading", name=TITLE, exact=True)).to_have_count(0)
        ask(page, QUESTION)
        title(page, TITLE)
        ask(page, first)
        expect(page.get_by_role("heading", name=TITLE, exact=True)).to_have_count(0)
        page.get_by_role("button", name="Effacer").click()
        expect(page).to_have_url(re.compile("/departements$"))
        settle(page)
        expect(page.get_by_text("Aucune unité ne correspond")).to_have_count(0)


def test_a_unit_opened_from_the_end_of_a_list_begins_at_its_title(opened):
    page = opened("departements?besoin=Réanimation&besoin=Gériatrie", 390, 480)
    rows(page).last.scroll_into_view_if_needed()
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollTop") > 480
    name = rows(page).last.locator(".ror-row-title").inner_text()
    rows(page).last.get_by_role("button").first.click()
    heading = page.get_by_role("heading", name=name, exact=True, level=2)
    expect(heading).to_be_focused()
    settle(page)
    expect(heading).to_be_in_viewport()
