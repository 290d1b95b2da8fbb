"""The first visit in a real Chromium: words before scripts, the sign-in form before charts, our icons alone."""

import re

import pytest
from playwright.sync_api import expect

from ror.settings import settings
from ror.web.server import modules, prepared
from scripts.browser import settle, sign_in, travel
from tests.attacks.helpers import EVERYTHING, serving, token
from tests.region import PASSWORD

# When the form appeared, on the clock of the entries of `performance`.
WATCH_FORM = """
new MutationObserver(() => {
    if (document.querySelector("input[autocomplete=username]")) window.formAt ??= performance.now();
}).observe(document, { childList: true, subtree: true });
"""
STARTS = """
() => performance.getEntriesByType("resource").map((one) => [decodeURI(one.name).split("/").pop(), one.startTime])
"""
NARROW_ICONS = """
() => [...document.querySelectorAll('[data-testid="stIconMaterial"]')].filter((icon) => icon.checkVisibility())
    .map((icon) => [icon.textContent, icon.scrollWidth, parseFloat(getComputedStyle(icon).fontSize)])
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    prepared.PreparedFiles().prepare()
    with serving(tmp_path_factory.mktemp("first")) as running:
        yield running


@pytest.fixture
def phone(page_factory):
    page = page_factory(390, 844)
    page.add_init_script(WATCH_FORM)
    return page


def starts(page):
    return dict(page.evaluate(STARTS))


def test_there_are_words_before_any_script_has_come_and_then_the_form(phone, server):
    phone.route(re.compile(r"\.js$"), lambda _: None)
    phone.goto(server.url, wait_until="commit")
    waiting = phone.locator("#ror-waiting")
    for words in (settings().service_name, "Chargement...", settings().support_telephone):
        expect(waiting.get_by_text(words)).to_be_in_viewport()
    phone.unroute(re.compile(r"\.js$"))
    phone.goto(server.url)
    expect(phone.get_by_label("Identifiant")).to_be_visible()
    expect(waiting).to_have_count(0)


def test_no_chart_or_table_is_requested_before_the_form_and_all_are_after_it(phone, server):
    phone.goto(server.url)
    phone.wait_for_function("() => window.formAt")
    settle(phone)
    form_at, started = phone.evaluate("window.formAt"), starts(phone)
    early = {name for name, start in started.items() if start < form_at}
    scripts = {name for name in early if name.endswith(".js")}
    ours = {"start.js", "connection.js", "french.js", "focus.js"}
    assert scripts - ours == modules.of_page() | modules.of_form(), "the form needs these, and asks for no other"
    assert started.keys() >= modules.of_screens()
    assert [name for name in started if name.startswith("DataFrame.") and name.endswith(".css")]


def test_a_signed_in_user_does_not_wait_for_charts_to_be_named(phone, server):
    phone.context.add_cookies([{"name": "ror_session", "value": token(EVERYTHING), "url": server.url}])
    phone.goto(f"{server.url}/departements")
    settle(phone)
    started = starts(phone)
    # The first thing that Streamlit itself requests.
    assert all(started[name] < started["health"] for name in modules.of_screens())


def test_icons_are_drawn_and_the_whole_font_of_icons_is_never_fetched(phone, server):
    fonts = []
    phone.on("request", lambda request: fonts.append(request.url.rpartition("/")[2]) if ".woff2" in request.url else None)
    sign_in(phone, server.url, EVERYTHING.login, PASSWORD)
    for address in ("mise-a-jour", "departements", "structures", "administration", "aide", "mon-compte"):
        travel(phone, f"/{address}")
        settle(phone)
        for name, width, size in phone.evaluate(NARROW_ICONS):
            assert width <= 1.3 * size, f"{name} is written, not drawn"
    assert "icons.woff2" in fonts
    assert not [name for name in fonts if name.startswith("MaterialSymbols")]
