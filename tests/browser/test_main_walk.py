"""The main job in a real Chromium, on a wide screen and on a phone: declare, and see it where it is read."""

import re

import pytest
from playwright.sync_api import Page, expect

from ror.drawing import linked_board
from ror.web import consultation, window
from scripts.browser import fill_sign_in, settle, sign_in, travel
from tests.browser.demonstration import copy_with_sessions, declare_another_number, open_signed_in
from tests.browser.examination import PHONE, WIDE, resize
from tests.browser.layout import rectangle
from tests.harness import Server

PASSWORD = "Demonstration-2026"
SIZES = pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)], ids=["wide", "phone"])
ROW = 33


@pytest.fixture(scope="module")
def server(seeded, tmp_path_factory):
    """A server that this module shares: the tests that need a late unit are the first."""
    with Server(copy_with_sessions(seeded, tmp_path_factory.mktemp("walk") / "demonstration.duckdb"), demo=True) as running:
        yield running


LISTS = {"departements": "Départements", "structures": "Structures", "resultats": "Structures trouvées"}
"""The names of the lists that stand for tables on a phone."""


def number_field(page: Page):
    return page.get_by_label(re.compile(r"^Nombre de (lits|places) disponibles"))


def open_line(page: Page, table: str, line: int) -> None:
    """Press the first cell of a line of a table, which is a canvas."""
    canvas = page.locator(f".st-key-table-{table} canvas").first
    canvas.scroll_into_view_if_needed()
    box = rectangle(canvas)
    page.mouse.click(box["x"] + 40, box["y"] + (line + 1.5) * ROW)
    settle(page)


def open_place(page: Page, table: str, line: int) -> None:
    """Press a line of a table of places: on a phone it is a list of rows."""
    if page.evaluate("innerWidth") < window.PHONE_WIDTH:
        rows = page.get_by_role("list", name=LISTS[table], exact=True)
        rows.get_by_role("listitem").nth(line).get_by_role("button").click()
        settle(page)
    else:
        open_line(page, table, line)


def whole_region(page: Page) -> None:
    """Choose the whole region in the field of the département."""
    field = page.get_by_role("combobox", name="Détail par structure de")
    field.press("ArrowDown")
    page.get_by_role("option").first.wait_for()
    field.fill("Toute la région")
    page.get_by_role("option", name=consultation.CLOSE).wait_for()
    field.press("Enter")
    settle(page)


def totals(page: Page) -> str:
    return page.locator(".ror-tiles").inner_text()


def no_trouble(page: Page) -> None:
    """Assert that the screen shows no error and has nothing wider than the window."""
    assert page.locator('[data-testid="stException"], [data-testid="stAlertContentError"]').count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")


@SIZES
def test_a_manager_declares_in_three_interactions_from_sign_in(server, page_factory, width, height):
    page = page_factory(width, height)
    sign_in(page, server.url, "responsable", PASSWORD)
    expect(page).to_have_url(re.compile(r"/mise-a-jour$"))
    line = page.locator(".ror-line").first
    expect(line).to_contain_text("En retard")
    number_field(page).first.fill("2")
    page.get_by_role("button", name="Enregistrer 1 unité").click()
    expect(line).to_contain_text(re.compile(r"2 (lits|places), enregistré à l'instant\."))
    expect(line.locator(".ror-chip")).to_contain_text("à l'instant")
    expect(line).not_to_contain_text("En retard")
    no_trouble(page)


def test_a_declaration_reaches_an_open_consultation_without_reload_and_keeps_what_is_typed(server, page_factory):
    reader = page_factory()
    open_signed_in(reader, f"{server.url}/departements?departement=94", "coordination")
    typed = reader.get_by_label("Disponibles, au moins")
    typed.click()
    typed.press("End")
    typed.press_sequentially("1")
    before, shown = totals(reader), reader.evaluate("document.querySelector('[data-testid=stMain]').scrollTop")
    declare_another_number(server)
    expect(reader.locator(".ror-tiles")).not_to_have_text(before)
    assert typed.input_value() == "01"
    assert typed.evaluate("field => field === document.activeElement")
    assert reader.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == shown
    expect(reader).to_have_url(re.compile("departement=94"))


@SIZES
def test_a_click_on_the_map_opens_the_departement_and_its_table_line_another(server, page_factory, width, height):
    page = page_factory(width, height)
    open_signed_in(page, f"{server.url}/departements", "soignant")
    narrow = width < window.PHONE_WIDTH
    if narrow:
        page.get_by_role("radio", name="Carte").click()
    drawing = page.locator(f".st-key-linked0{'narrow' if narrow else ''} canvas").first
    drawing.scroll_into_view_if_needed()
    box = rectangle(drawing)
    map_height = linked_board.NARROW_HEIGHT if narrow else linked_board.MAP_HEIGHT
    page.mouse.click(box["x"] + box["width"] * 0.74, box["y"] + map_height * 0.68)
    expect(page).to_have_url(re.compile("departement=77"))
    if narrow:
        page.get_by_role("radio", name="Liste").click()
    expect(page.get_by_role("heading", name="Détail par structure : Seine-et-Marne (77)")).to_be_visible()
    settle(page)
    whole_region(page)
    expect(page).not_to_have_url(re.compile("departement="))
    open_place(page, "departements", 0)
    expect(page.get_by_role("heading", name="Détail par structure : Paris (75)")).to_be_visible()
    page.reload()
    settle(page)
    expect(page.get_by_role("heading", name="Détail par structure : Paris (75)")).to_be_visible()
    no_trouble(page)
    open_place(page, "structures", 0)
    expect(page.get_by_role("heading", name="Consultation par structure")).to_be_visible()
    expect(page.locator(".ror-sheet h2")).to_contain_text("fictif")
    expect(page.locator('.ror-table a[href^="tel:019900"]').first).to_be_visible()
    no_trouble(page)


def test_what_a_manager_declared_is_read_on_the_structures_sheet_wide_and_on_a_phone(server, page_factory):
    manager, reader = page_factory(), page_factory()
    open_signed_in(manager, server.url, "responsable")
    unit = manager.locator(".ror-line b").first.inner_text()
    place = manager.locator(".ror-group h2").first.inner_text()
    number_field(manager).first.fill("1")
    manager.get_by_role("button", name="Détail").first.click()
    manager.get_by_label(re.compile("^Commentaire")).first.fill("Chambre double <b>au</b> calme")
    manager.get_by_role("button", name="Enregistrer 1 unité").click()
    expect(manager.get_by_text("enregistré à l'instant")).to_be_visible()
    for size in (WIDE, PHONE):
        resize(reader, size)
        open_signed_in(reader, f"{server.url}/structures", "soignant")
        reader.get_by_label("Rechercher une structure").fill(place.upper())
        reader.get_by_label("Rechercher une structure").press("Enter")
        expect(reader.get_by_text("1 structure : un nom ouvre la fiche")).to_be_visible()
        settle(reader)
        open_place(reader, "resultats", 0)
        line = reader.locator(".ror-table tr", has=reader.get_by_text(unit, exact=True))
        expect(line.locator(".ror-figure")).to_contain_text(re.compile(r"^1 (lit|place)"))
        expect(line).to_contain_text("à l'instant")
        expect(line).to_contain_text("Chambre double <b>au</b> calme")
        no_trouble(reader)


def test_sign_in_leads_to_the_requested_page_reload_stays_there_and_sign_out_ends_the_session(server, page_factory):
    page = page_factory()
    fill_sign_in(page, f"{server.url}/structures?q=melun", "soignant", "faux-mot-de-passe")
    expect(page.get_by_text("Identifiant ou mot de passe incorrect")).to_be_visible()
    assert page.get_by_label("Identifiant", exact=True).input_value() == "soignant"
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    expect(page.get_by_role("heading", name="Consultation par structure")).to_be_visible()
    expect(page).to_have_url(f"{server.url}/structures?q=melun")
    (cookie,) = [one for one in page.context.cookies() if one["name"] == "ror_session"]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    page.reload()
    expect(page.get_by_role("heading", name="Consultation par structure")).to_be_visible()
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("button", name="Se connecter", exact=True)).to_be_visible()
    page.context.add_cookies([cookie])
    page.goto(f"{server.url}/structures?q=melun")
    expect(page.get_by_role("button", name="Se connecter", exact=True)).to_be_visible()


def test_no_english_default_stands_on_the_main_walk(server, page_factory):
    page = page_factory()
    open_signed_in(page, server.url, "responsable")
    for address in ("mise-a-jour", "departements?departement=94", "structures?structure=999410001", "aide"):
        travel(page, f"/{address}")
        for width, height in ((1440, 900), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            settle(page)
            words = page.locator("body").inner_text()
            for english in ("Press Enter", "Choose", "Deploy", "None", "Rerun", "Made with", "Running", "Select", "Manage app"):
                assert english not in words, f"{english}: {address}, {width} pixels"
            assert page.locator("html").get_attribute("lang") == "fr"
            assert "Démonstration - données fictives" in words
            no_trouble(page)
