"""Accessibility of what opens over a screen: lists, calendars, menus of tables, the menu of a phone; and target sizes."""

import re

import pytest
from playwright.sync_api import Page, expect

from scripts.browser import settle
from tests.attacks.helpers import prepare, serving
from tests.browser.examination import PHONE, problems
from tests.browser.layout import rectangle
from tests.region import CAMILLE, CORALIE, DOMINIQUE

THUMB = 48
"""CSS pixels. `test_board` has the same for the press that calls."""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("controls")
    prepare(folder / "ror.duckdb")
    with serving(folder) as running:
        yield running


def check_opened(page: Page) -> None:
    """Assert that what was just opened is in view and has no fault."""
    settle(page)
    faults = problems(page)
    assert faults == [], "\n".join(faults)


def test_menus_of_columns_lists_and_calendars_are_french_and_without_fault(visit):
    page = visit(DOMINIQUE, "/departements")
    box = rectangle(page.locator(".st-key-table-departements canvas").first)
    menu = page.get_by_test_id("stDataFrameColumnMenu")
    for right in range(20, 200, 6):
        page.mouse.click(box["x"] + right, box["y"] + 15)
        if menu.count():
            break
    expect(menu).to_contain_text("Trier par ordre croissant")
    expect(menu).to_contain_text("Fixer la colonne")
    expect(menu.get_by_role("button", name="Copier le nom de la colonne")).to_have_count(1)
    check_opened(page)
    page.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    place = page.get_by_role("combobox", name="Près de")
    place.fill("zzzz")
    expect(page.get_by_role("option", name="Ajouter : zzzz")).to_be_visible()
    check_opened(page)
    page.keyboard.press("Escape")
    age = page.get_by_role("combobox", name="Âge")
    age.click()
    expect(page.get_by_text("Tout choisir")).to_be_visible()
    check_opened(page)
    age.fill("zzzz")
    expect(page.get_by_text("Aucune réponse")).to_be_visible()
    check_opened(page)
    age.fill("")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="État au...").click()
    page.get_by_role("button", name="Choisir une date et une heure").click()
    expect(page.get_by_role("button", name="Mois précédent")).to_be_visible()
    check_opened(page)


def test_the_menu_of_a_phone_and_the_parts_of_a_date_are_french_and_without_fault(visit):
    page = visit(CORALIE, "/coordination?volet=Crise", *PHONE)
    expect(page.get_by_test_id("stDateInput").first).to_be_visible()
    page.get_by_role("button", name="Ouvrir le menu").click()
    expect(page.get_by_role("link", name="Tendances")).to_be_visible()
    check_opened(page)


def test_an_empty_date_asks_for_jj_mm_aaaa(visit):
    page = visit(CAMILLE, "/mon-compte")
    parts = page.get_by_test_id("stDateInput").first.get_by_role("spinbutton")
    assert parts.all_inner_texts() == ["jj", "mm", "aaaa"]
    parts.first.click()
    page.keyboard.type("01122026")
    assert parts.all_inner_texts() == ["01", "12", "2026"]
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    expect(parts.last).to_have_text("aaaa")


def test_what_a_phone_presses_to_declare_is_48_pixels_high(visit):
    page = visit(CAMILLE, "/mise-a-jour", *PHONE)
    line = page.locator(".ror-line").first
    controls = [
        line.get_by_role("button", name=re.compile("^Un de moins")),
        line.get_by_label(re.compile("^Nombre de")).first,
        line.get_by_role("button", name=re.compile("^Un de plus")),
        line.get_by_role("button", name=re.compile("^Inchangé")),
        page.get_by_role("button", name=re.compile("^Enregistrer")).first,
    ]
    heights = [rectangle(control)["height"] for control in controls]
    assert [height for height in heights if height < THUMB] == []
