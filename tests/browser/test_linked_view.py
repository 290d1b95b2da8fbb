"""The linked view of « Consultation par département » in a real Chromium: what is chosen, panned and zoomed in it."""

import re
from collections import Counter

import pytest
from playwright.sync_api import expect

from scripts.browser import settle
from tests.browser.demonstration import copy_with_sessions, declare_another_number, open_signed_in
from tests.browser.layout import rectangle
from tests.browser.vega_view import VegaView
from tests.harness import Server


@pytest.fixture(scope="module")
def server(seeded, tmp_path_factory):
    with Server(copy_with_sessions(seeded, tmp_path_factory.mktemp("linked") / "demonstration.duckdb"), demo=True) as running:
        yield running


@pytest.fixture
def page(server, page_factory):
    page = page_factory(1440, 1300)
    open_signed_in(page, f"{server.url}/departements", "coordination")
    yield page
    page.context.set_offline(False)


def chosen(view, name):
    return view.signal(name).get({"pick_department": "department", "pick_need": "need", "pick_age": "rank"}[name])


def units_by_age(view):
    """Return the units of each band that the legend of ages counts."""
    return {row["rank"]: row["count"] for row, *_ in view.marks("concat_1_layer_2")}


def test_a_choice_in_one_chart_filters_the_others_without_the_server(page):
    view = VegaView(page)
    rows = [row for row in view.source() if row["rank"] is not None]
    assert units_by_age(view) == Counter(row["rank"] for row in rows)
    page.context.set_offline(True)
    view.press("department_rows", department="77")
    view.wait("view.signal('pick_department').department")
    of_77 = [row for row in rows if row["department"] == "77"]
    assert units_by_age(view) == Counter(row["rank"] for row in of_77)
    view.press("need_rows", need="geriatrie")
    view.wait("view.signal('pick_need').need")
    assert units_by_age(view) == Counter(row["rank"] for row in of_77 if "geriatrie" in row["needs"].split("|"))
    finess = {row["finess"] for row in view.source() if row["department"] == "77" and "geriatrie" in row["needs"].split("|")}
    assert {row["finess"] for row, *_ in view.marks("symbols")} == finess


def test_a_departement_that_is_pressed_opens_its_detail_a_double_click_closes_it_and_a_pan_chooses_nothing(page):
    view = VegaView(page)
    view.press("department_rows", department="77")
    expect(page.get_by_role("heading", name="Détail par structure : Seine-et-Marne (77)")).to_be_visible()
    expect(page).to_have_url(re.compile("departement=77"))
    assert chosen(view, "pick_department") == ["77"], "the view was not drawn again"
    page.mouse.dblclick(*_point(view, 10, 10))
    expect(page.get_by_role("heading", name="Détail par structure : Seine-et-Marne (77)")).to_be_hidden()
    expect(page).not_to_have_url(re.compile("departement="))
    settle(page)
    view = VegaView(page)
    before = view.signal("zoom")
    view.point_at(420, 200)
    page.mouse.down()
    page.mouse.move(*_point(view, 380, 180), steps=4)
    page.mouse.up()
    view.wait("view.signal('zoom').x")
    settle(page)
    assert view.signal("zoom") != before
    assert view.signal("pick_department") == {}
    assert view.signal("pick_structure") == {}
    expect(page).not_to_have_url(re.compile("departement="))


def _point(view, x, y):
    box = rectangle(view.canvas)
    return box["x"] + x, box["y"] + y


def test_a_pan_a_zoom_and_a_choice_survive_a_live_declaration(page, server):
    view = VegaView(page)
    view.point_at(340, 160)
    page.mouse.wheel(0, -300)
    view.wait("view.signal('zoom').x")
    page.mouse.down()
    page.mouse.move(*_point(view, 320, 140), steps=4)
    page.mouse.up()
    view.press("age_rows", rank=2)
    view.press("need_rows", need="medecine")
    settle(page)
    zoom, before = view.signal("zoom"), [row["available"] for row in view.source()]
    assert (chosen(view, "pick_age"), chosen(view, "pick_need")) == ([2], ["medecine"])
    declare_another_number(server)
    page.wait_for_function(
        "(before) => window.vegaView.data('source').some((row, place) => row.available !== before[place])", arg=before
    )
    settle(page)
    assert view.signal("zoom") == zoom
    assert (chosen(view, "pick_age"), chosen(view, "pick_need")) == ([2], ["medecine"])


def test_a_structure_that_is_pressed_opens_its_sheet_and_back_shows_the_same_choice(page):
    view = VegaView(page)
    view.press("department_rows", department="77")
    expect(page).to_have_url(re.compile("departement=77"))
    settle(page)
    row = max((row for row, *_ in view.marks("symbols")), key=lambda row: row["x"])
    view.press("symbols", finess=row["finess"])
    expect(page.get_by_role("heading", name="Consultation par structure")).to_be_visible()
    expect(page).to_have_url(re.compile(f"structure={row['finess']}"))
    page.go_back()
    expect(page.get_by_role("heading", name="Détail par structure : Seine-et-Marne (77)")).to_be_visible()
    settle(page)
    assert chosen(VegaView(page), "pick_department") == ["77"]
    assert {row["finess"] for row, *_ in VegaView(page).marks("symbols")} == {
        row["finess"] for row in view.source() if row["department"] == "77" and row["x"] is not None
    }


def test_a_narrow_window_has_the_map_and_the_ages_alone(server, page_factory):
    page = page_factory(390, 844)
    open_signed_in(page, f"{server.url}/departements", "coordination")
    page.get_by_role("radio", name="Carte").click()
    expect(page.locator(".st-key-linked0narrow canvas")).to_be_visible()
    view = VegaView(page)
    assert view.marks("need_rows") == []
    assert len(view.marks("age_rows")) == 5
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")
