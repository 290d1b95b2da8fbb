"""The content policy under a real Chromium: it stops what is not ours, and nothing of what the screens do."""

import json

import pytest
from playwright.sync_api import expect

from ror.web.screens import SCREENS
from scripts.browser import settle, sign_in, travel
from tests.attacks.helpers import EVERYTHING, serving, token
from tests.browser.layout import rectangle
from tests.region import PASSWORD

ADDRESSES = ["", *(screen.address for screen in SCREENS)]
LISTEN = """
addEventListener('securitypolicyviolation', (event) => console.log('STOPPED ' + JSON.stringify(
    [event.effectiveDirective, event.blockedURI, (event.sourceFile || '').split('/').pop(), event.sample])));
"""
# Streamlit tries WebAssembly for 64-bit numbers, and does without.
EXPECTED = ("wasm-eval",)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("policy")) as running:
        yield running


@pytest.fixture
def watched(page_factory, server):
    """A page, and a list that gets the violations of the policy and the errors of its scripts."""
    page, stopped = page_factory(), []

    def on_console(message):
        if message.text.startswith("STOPPED "):
            violation = json.loads(message.text.removeprefix("STOPPED "))
            if violation[1] not in EXPECTED:
                stopped.append(violation)

    page.on("console", on_console)
    page.on("pageerror", lambda error: stopped.append(["error", str(error)]))
    page.add_init_script(LISTEN)
    return page, stopped


@pytest.fixture
def signed_in(watched, server):
    page, stopped = watched
    page.context.add_cookies([{"name": "ror_session", "value": token(EVERYTHING), "url": server.url}])
    return page, stopped


def test_signing_in_and_out_goes_through_and_every_screen_is_drawn_whole_in_between(watched, server):
    page, stopped = watched
    sign_in(page, f"{server.url}/departements", EVERYTHING.login, PASSWORD)
    expect(page.get_by_role("heading", name="Consultation par département")).to_be_visible()
    page.get_by_text("Mentions légales", exact=True).click()
    expect(page.get_by_text("L'éditeur de ce service")).to_be_visible()
    for address in ADDRESSES:
        travel(page, f"/{address}")
        settle(page)
        assert page.locator('[data-testid="stException"]').count() == 0
        page.evaluate("document.querySelectorAll('details:not([open]) > summary').forEach((one) => one.click())")
        for uploader in page.locator('input[type="file"]').all():
            uploader.set_input_files({"name": "unites.csv", "mimeType": "text/csv", "buffer": b"finess;nom;type\n"})
        settle(page)
        assert (address, stopped) == (address, [])
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("button", name="Se connecter", exact=True)).to_be_visible()
    assert stopped == []


def test_maps_charts_and_downloads_work(signed_in, server):
    page, stopped = signed_in
    page.goto(f"{server.url}/departements?departement=75")
    settle(page)
    charts = page.locator('[data-testid="stVegaLiteChart"] canvas, [data-testid="stVegaLiteChart"] svg.marks')
    expect(charts.first).to_be_visible()
    box = rectangle(charts.first)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    with page.expect_download() as download:
        page.get_by_role("button", name="Télécharger (CSV)").first.click()
    assert download.value.failure() is None
    page.goto(f"{server.url}/mise-a-jour")
    settle(page)
    page.get_by_role("button", name="Détail").first.click()
    unit = str(page.locator(".ror-line").first.get_attribute("id")).removeprefix("line-")
    page.goto(f"{server.url}/mise-a-jour?unite={unit}")
    settle(page)
    page.get_by_text("Fermer l'unité jusqu'au ...").click()
    page.get_by_role("group", name="Dernier jour de fermeture").get_by_role("spinbutton").first.click()
    settle(page)
    assert stopped == []


ADD = "document.body.append(Object.assign(document.createElement('{}'), {{{}}}))"
WRITE = "document.body.insertAdjacentHTML('beforeend', `{}`)"
ELSEWHERE = "https://ailleurs.example"
ATTACKS = {
    "script-src": "new Function('window.struck = 1')()",
    "script-src-attr": WRITE.format('<img src=x onerror="window.struck = 1">'),
    "script-src-elem": ADD.format("script", "text: 'window.struck = 1'"),
    "frame-src": ADD.format("iframe", f"src: '{ELSEWHERE}'"),
    "base-uri": ADD.format("base", f"href: '{ELSEWHERE}'"),
    "object-src": ADD.format("object", f"data: '{ELSEWHERE}'"),
    "style-src-attr": WRITE.format('<p style="position:fixed;inset:0">x</p>'),
    "style-src-elem": WRITE.format("<style>body{display:none}</style>"),
    "connect-src": f"fetch('{ELSEWHERE}').catch(() => 0)",
    "img-src": f"new Image().src = '{ELSEWHERE}'",
    "form-action": "const form = document.createElement('form'); document.body.append(form); form.submit()",
}


@pytest.mark.parametrize("directive", ATTACKS)
def test_injected_content_neither_runs_nor_sends_anything(struck, directive):
    page, stopped = struck
    stopped.clear()
    # By a timer of the page: the policy does not apply to what Playwright evaluates itself.
    page.evaluate(f"setTimeout(() => {{ {ATTACKS[directive]} }})")
    page.wait_for_timeout(150)
    assert directive in [one[0] for one in stopped]
    assert page.evaluate("window.struck") is None


@pytest.fixture(scope="module")
def struck(chromium, server):
    """A page that all attacks share, and a list that gets the violations of the policy in it."""
    context = chromium.new_context()
    context.add_init_script(LISTEN)
    page, stopped = context.new_page(), []
    page.on("console", lambda one: one.text.startswith("STOPPED ") and stopped.append(json.loads(one.text[8:])))
    page.goto(server.url)
    settle(page)
    yield page, stopped
    context.close()


def test_no_other_site_shows_us_in_a_frame(page_factory, server):
    page = page_factory()
    page.set_content(f'<iframe src="{server.url}" width="600" height="400"></iframe>')
    page.wait_for_timeout(500)
    assert "Se connecter" not in "".join(frame.evaluate("document.body?.innerText ?? ''") for frame in page.frames)
