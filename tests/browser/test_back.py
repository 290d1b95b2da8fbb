"""« Retour » and « Avancer » of the browser: each step shows again what was seen there, filters included."""

import re

import pytest
from playwright.sync_api import expect

from scripts.browser import settle
from tests.attacks.helpers import EVERYTHING, serving, token
from tests.browser.grid import Grid
from tests.region import WARD


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("back")) as running:
        yield running


@pytest.fixture
def page(page_factory, server):
    """A page of an account with every role; the first entry of its history is a blank page."""
    page = page_factory()
    page.context.add_cookies([{"name": "ror_session", "value": token(EVERYTHING), "url": server.url}])
    return page


def view_of(page):
    """Wait until the page is settled, and return its address and titles."""
    expect(page.locator("h1")).to_be_visible()
    settle(page)
    return page.url, page.locator("h1, h2").all_inner_texts()


def entries(page):
    return page.evaluate("history.length")


def walk_and_return(page, steps):
    """Take each step, which makes one entry, then go back through all of them and forward again; return the addresses.

    Each entry must show again what it showed first.
    """
    stops, start = [view_of(page)], entries(page)
    for number, step in enumerate(steps, 1):
        step()
        page.wait_for_url(lambda url: url != stops[-1][0], wait_until="commit")
        stops.append(view_of(page))
        assert entries(page) == start + number, page.url
    for stop in stops[-2::-1]:
        page.go_back()
        page.wait_for_url(stop[0], wait_until="commit")
        assert view_of(page) == stop
    for stop in stops[1:]:
        page.go_forward()
        page.wait_for_url(stop[0], wait_until="commit")
        assert view_of(page) == stop
    return [url for url, _ in stops]


def test_from_filters_to_a_departement_to_a_structure_and_back(page, server, page_factory):
    page.goto(f"{server.url}/departements")
    settle(page)
    page.get_by_role("radio", name="Lits", exact=True).click()
    settle(page)
    typed = page.get_by_label("Disponibles, au moins")
    typed.fill("1")
    typed.press("Enter")
    settle(page)
    totals = page.locator(".ror-tiles").inner_text()
    urls = walk_and_return(
        page,
        [
            lambda: Grid(page, ".st-key-table-departements").press(0),
            lambda: Grid(page, ".st-key-table-structures").press(0),
        ],
    )
    assert re.fullmatch(r".*/structures\?structure=\w{9}", urls[2])
    page.go_back()
    settle(page)
    assert page.locator(".ror-tiles").inner_text() == totals
    assert page.get_by_label("Disponibles, au moins").input_value() == "1"
    assert page.get_by_role("radio", name="Lits", exact=True).is_checked()
    colleague = page_factory()
    colleague.context.add_cookies([{"name": "ror_session", "value": token(EVERYTHING), "url": server.url}])
    colleague.goto(page.url)
    assert view_of(colleague) == view_of(page)
    assert colleague.locator(".ror-tiles").inner_text() == totals


def test_from_a_search_to_structures_and_units_and_back(page, server):
    page.goto(f"{server.url}/structures?q=hopital")
    settle(page)
    walk_and_return(
        page, [lambda: Grid(page, ".st-key-table-resultats").press(0), lambda: choose(page, "Unité", "Réanimation")]
    )
    page.go_back()
    settle(page)
    page.get_by_label("Rechercher une structure").fill("canal")
    page.get_by_label("Rechercher une structure").press("Enter")
    expect(page.locator(".ror-sheet")).to_have_count(0)
    assert page.url.endswith("/structures?q=canal")


def choose(page, field, words):
    """Pick an option of a list once the charts are drawn: the page moves with them, and scrolling closes a list."""
    for chart in page.get_by_test_id("stVegaLiteChart").all():
        chart.locator(".marks").wait_for()
    listed = page.get_by_role("combobox", name=field, exact=True)
    listed.scroll_into_view_if_needed()
    settle(page)
    listed.press("ArrowDown")
    page.get_by_role("option").first.wait_for()
    listed.fill(words)
    page.get_by_role("option", name=words, exact=True).wait_for()
    listed.press("Enter")


def test_between_the_entries_of_the_administration(page, server):
    page.goto(f"{server.url}/administration?volet=Structures et unités")
    settle(page)
    walk_and_return(
        page,
        [
            lambda: Grid(page, ".st-key-table-structures-admin").press(0),
            lambda: Grid(page, "[class*=st-key-table-units-]").press(0),
        ],
    )
    page.goto(f"{server.url}/administration?volet=Comptes")
    settle(page)
    walk_and_return(page, [lambda: Grid(page, ".st-key-table-comptes").press(0)])


def test_the_bare_address_stays_out_of_the_history(page, server):
    page.goto(server.url)
    assert view_of(page)[0] == f"{server.url}/mise-a-jour"
    page.go_back()
    page.wait_for_url("about:blank")


def test_from_a_unit_to_declare_to_another_and_back(page, server):
    page.goto(f"{server.url}/mise-a-jour?unite={WARD}")
    settle(page)
    walk_and_return(
        page, [lambda: Grid(page, ".st-key-table-duties").press(1), lambda: Grid(page, ".st-key-table-duties").press(2)]
    )
