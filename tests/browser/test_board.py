"""The questions of a coordinator in a real Chromium, on a region where the numbers that answer them are planted."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from ror.model.registry import Unit
from ror.store import declarations, registry, registry_changes
from ror.store.engine.database import Database
from scripts.browser import settle
from tests.attacks.helpers import prepare, serving, token
from tests.browser.examination import PHONE, WIDE
from tests.browser.layout import rectangle
from tests.browser.test_back import view_of, walk_and_return
from tests.region import DOMINIQUE, STRUCTURES, WARD, event

MELUN, EVRY, CRETEIL, VILLEJUIF, PROVINS = "990770001", "990910001", "990940011", "990940012", "990770002"
PLACED = {
    MELUN: ("Melun", "77288", 48.5331, 2.6645),
    EVRY: ("Évry-Courcouronnes", "91228", 48.6088, 2.4720),
    CRETEIL: ("Créteil", "94028", 48.7990, 2.4530),
    VILLEJUIF: ("Villejuif", "94076", 48.7926, 2.3595),
    PROVINS: ("Provins", "77379", 48.5596, 3.3047),
}
NEED = {"r": ("Réanimation", "121"), "g": ("SMR gériatrique", "101")}
DECLARED = (
    (f"{PROVINS}-r", 5, 30),
    (f"{PROVINS}-r", 0, 2),
    (f"{MELUN}-r", 7, 2),
    (f"{EVRY}-r", 3, 3),
    (f"{CRETEIL}-g", 4, 2),
    (f"{VILLEJUIF}-g", 1, 2),
    (f"{MELUN}-g", 9, 2),
    (f"{EVRY}-g", 8, 30),
)
"""Units, their numbers and the hours since: the later ones of a unit come after."""
QUESTION = "réanimation près de Melun"
TITLE = "2 unités, réanimation à moins de 30 km de Melun (77) : 10 lits"


def structure(finess):
    commune, code, latitude, longitude = PLACED[finess]
    return replace(
        STRUCTURES[0], finess=finess, name=f"Hôpital fictif de {commune}", commune=commune, commune_code=code,
        department=code[:2], latitude=latitude, longitude=longitude, bed_telephone="0639980101" if finess == EVRY else "",
    )  # fmt: skip


def store_declared(db: Database, now: datetime) -> None:
    """Store the structures around Melun and Créteil, their units, and the number that each unit declared."""
    units = sorted({unit for unit, *_ in DECLARED})
    with db.transaction() as transaction:
        registry.merge(transaction, [structure(finess) for finess in PLACED])
        registry.merge(transaction, [Unit(unit, unit[:9], *NEED[unit[-1]], 12, "0199000300") for unit in units])
        registry_changes.record_change(transaction, "tests", now - timedelta(days=2))
    for unit, number, hours in DECLARED:
        with db.transaction() as transaction:
            declared = event(transaction, WARD, number, now - timedelta(hours=hours))
            declarations.append(transaction, replace(declared, unit=unit))


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


def test_intensive_care_near_melun_is_answered_by_the_declared_number(opened):
    page = opened()
    ask(page, QUESTION)
    title(page, TITLE)
    melun, evry = map(row_texts, rows(page).all())
    assert melun[:3] == ("7", "Réanimation", "Hôpital fictif de Melun")
    assert evry[:3] == ("3", "Réanimation", "Hôpital fictif de Évry-Courcouronnes")
    assert evry[3].endswith(" km")


def test_geriatric_rehabilitation_near_creteil_with_two_free_since_a_day(opened):
    page = opened()
    ask(page, "SMR gériatrique à moins de 20 km de Créteil, au moins 2, moins de 24 h")
    (only,) = map(row_texts, rows(page).all())
    assert only[:3] == ("4", "SMR gériatrique", "Hôpital fictif de Créteil")


def test_a_unit_that_fell_to_zero_since_yesterday_is_listed_as_worse(opened):
    page = opened()
    page.get_by_role("radio", name="Dégradé depuis hier").click()
    row = rows(page, "Dégradé depuis hier").filter(has_text="Hôpital fictif de Provins")
    expect(row).to_contain_text("Tombée à zéro : 5 hier")
    assert row_texts(row)[:2] == ("0", "Réanimation")
    expect(rows(page, "Dégradé depuis hier").filter(has_text="Hôpital fictif de Melun")).to_have_count(0)


def test_what_changed_since_yesterday_is_listed_near_the_place_of_the_question(opened):
    page = opened("departements?vue=depuis-hier&pres=commune:77288")
    title(page, re.compile("^Dégradé depuis hier, à moins de 30 km de Melun"))
    expect(page.get_by_text("Hôpital fictif de Provins")).to_have_count(0)


@pytest.mark.parametrize(
    ("question", "left_out", "address"),
    [
        ("réanimation près de Melun ou Provins", "Provins (77)", "pres=commune%3A77288"),
        ("réanimation 91 ou 77", "Seine-et-Marne (77)", "departement=91"),
    ],
)
def test_a_second_place_of_a_question_is_left_out_by_name(opened, question, left_out, address):
    page = opened()
    ask(page, question)
    expect(page.get_by_text(f"Un seul lieu à la fois ; laissé de côté : {left_out}.")).to_be_visible()
    assert address in page.url
    page.get_by_role("button", name="Effacer").click()
    expect(page.get_by_text("Un seul lieu à la fois")).to_have_count(0)


def test_a_place_that_is_chosen_takes_the_message_of_the_one_left_out_away(opened):
    page = opened()
    ask(page, "réanimation près de Melun ou Provins")
    expect(page.get_by_text("Un seul lieu à la fois")).to_be_visible()
    place = page.get_by_role("combobox", name="Près de")
    place.fill("Provins")
    place.press("Enter")
    expect(page).to_have_url(re.compile("pres=commune%3A77379"))
    expect(page.get_by_text("Un seul lieu à la fois")).to_have_count(0)


def test_a_radius_is_never_less_than_the_one_that_is_asked_for(opened):
    page = opened()
    ask(page, "réanimation à moins de 7 km de Melun")
    expect(page).to_have_url(re.compile("rayon=10"))


def test_the_keyboard_opens_a_unit_in_place_and_goes_back_to_the_same_list(opened):
    page = opened()
    ask(page, QUESTION)
    title(page, TITLE)
    before = shown_on_page(page)
    rows(page).first.get_by_role("button").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"unite={EVRY}-r"))
    expect(page.locator(".ror-table")).to_contain_text("Réanimation")
    back = page.get_by_role("button", name=f"← {TITLE}")
    back.focus()
    page.keyboard.press("Enter")
    title(page, TITLE)
    assert shown_on_page(page) == before


def test_each_step_is_one_entry_and_reload_and_a_pasted_address_show_the_same(opened):
    page = opened()
    steps = [
        lambda: ask(page, QUESTION),
        lambda: rows(page).first.get_by_role("button").click(),
        lambda: page.get_by_role("button", name="←").click(),
        lambda: page.get_by_role("radio", name="Dégradé depuis hier").click(),
    ]
    walk_and_return(page, steps)
    page.go_back()
    title(page, TITLE)
    shown = shown_on_page(page)
    page.reload()
    title(page, TITLE)
    assert shown_on_page(page) == shown
    pasted = opened(page.url)
    title(pasted, TITLE)
    assert shown_on_page(pasted) == shown


def test_nothing_near_is_said_and_the_nearest_ones_are_offered(opened):
    page = opened()
    ask(page, "réanimation à moins de 5 km de Créteil")
    expect(page.get_by_text("Aucune unité à moins de 5 km : voici les plus proches.")).to_be_visible()
    nearest = [row_texts(row) for row in rows(page).all()]
    assert nearest[0] == ("3", "Réanimation", "Hôpital fictif de Évry-Courcouronnes", "20 km")
    assert nearest[-1][0] == "0", "those without a free bed come last"


def test_a_phone_has_no_sideways_scroll_and_calls_with_one_large_press(opened):
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


def test_a_phone_has_its_lists_and_the_sharing_on_one_line_and_the_first_answer_high(opened):
    page = opened(width=390, height=844)
    ask(page, QUESTION)
    lists, share = page.get_by_role("radiogroup", name="Liste"), page.get_by_role("button", name="Partager")
    top = rectangle(share)["y"]
    assert abs(rectangle(lists)["y"] - top) < 12
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


def test_a_screen_reader_meets_no_english_name(opened):
    page = opened("departements?besoin=Réanimation&age=■+moins+de+24+h&pres=commune:77288")
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


def test_the_board_writes_nothing_in_the_console(page_factory, server):
    page, messages = page_factory(1440, 900), []
    page.on("console", lambda message: messages.append(message.text))
    page.context.add_cookies([{"name": "ror_session", "value": token(DOMINIQUE), "url": server.url}])
    page.goto(f"{server.url}/departements?besoin=Réanimation")
    settle(page)
    assert messages == []


@pytest.mark.parametrize(
    ("first", "size"),
    [
        ("réanimation places près de Melun", PHONE),
        ("réanimation près de Melun au moins 20", PHONE),
        ("réanimation à moins de 5 km de Provins", PHONE),
        ("réanimation moins d'1 h près de Melun", PHONE),
        ("réanimation pour une femme près de Melun", WIDE),
        ("réanimation enfants près de Melun", WIDE),
    ],
)
def test_the_criteria_of_a_question_do_not_stay_in_the_next_one(opened, first, size):
    page = opened("departements", *size)
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
