"""The HTML page of every screen, before any script has run."""

import re
from pathlib import Path

import pytest
from streamlit.file_util import get_static_dir

from ror.settings import settings
from ror.web.server import assets, modules, page, policy
from tests.attacks.helpers import cookie, send_request, serving
from tests.region import CORALIE, own_settings

__all__ = ["own_settings"]

STREAMLIT = (Path(get_static_dir()) / "index.html").read_bytes()
SCRIPTS = Path(get_static_dir()) / "static/js"
CHARTS = ("ArrowVegaLiteChart.", "embed.", "DataFrame.", "arrowFormatUtils.")


def patched(signed_in=False):
    page.patched.cache_clear()
    return page.patched(STREAMLIT, signed_in=signed_in).decode()


def parts(text):
    """Split a page into what the browser requests at once and what it requests later."""
    later = re.search(r'<template id="ror-later">(.*?)</template>', text)
    return (text.replace(later[0], ""), later[1]) if later else (text, "")


def requested(text):
    return re.findall(r'(?:href|src)="\./static/js/([^"]+)"', text)


def test_there_is_something_to_read_before_any_script(own_settings, monkeypatch):
    monkeypatch.setenv("ROR_SERVICE_NAME", "Lits & places")
    monkeypatch.setenv("ROR_SUPPORT_TELEPHONE", "01 99 00 12 34")
    monkeypatch.setenv("ROR_SUPPORT_HOURS", "jour & nuit")
    settings.cache_clear()
    body = patched().split("<body>")[1]
    waiting = body[: body.index("</div>")]
    for words in ("Lits &amp; places", "Chargement...", '<a href="tel:0199001234">01 99 00 12 34</a>, jour &amp; nuit'):
        assert words in waiting
    assert body.index('id="ror-waiting"') < body.index('id="root"'), "Streamlit empties its root"
    assert "<script" not in body[: body.index("</div>")]


def test_nothing_keeps_the_words_from_the_screen():
    head = patched().split("</head>")[0]
    assert 'rel="stylesheet"' not in head
    assert all("defer" in script or 'type="module"' in script for script in re.findall(r"<script[^>]*src=[^>]*>", head))


def test_the_content_policy_allows_the_style_of_the_words():
    style = re.search(r"<style>(.*?)</style>", patched())[1]
    assert policy._hashes([style]) in policy.content_policy()


def test_the_page_is_ours():
    text = patched()
    assert '<html lang="fr">' in text
    assert "_stcore/agent" not in text
    assert "You need to enable JavaScript" not in text
    assert "Activez JavaScript pour utiliser ce service." in text
    for name in (
        assets.STYLE,
        assets.BOARD_STYLE,
        assets.STREAMLIT_STYLE,
        assets.START,
        assets.CONNECTION,
        assets.FOCUS,
        assets.FOCUS_STYLE,
    ):
        assert text.count(assets.address(name)) == 1
    assert "favicon.png" not in text
    assert "static/css/index." not in text, "that style leads to the whole icon font"


def test_our_scripts_run_before_those_of_streamlit():
    text = patched()
    assert text.index(assets.address(assets.START)) < text.index(assets.address(assets.CONNECTION))
    assert text.index(assets.address(assets.CONNECTION)) < text.index('type="module"')


def test_before_sign_in_charts_are_left_for_later():
    now, later = parts(patched())
    assert set(requested(now)) == set(re.findall(r'js/([^"]+)"', STREAMLIT.decode())) | modules.of_form()
    assert not [name for name in requested(now) if name.startswith(CHARTS)]
    assert set(requested(later)) == modules.of_screens()
    assert "DataFrame" not in now


def test_no_font_is_fetched_before_the_scripts():
    assert 'as="font"' in STREAMLIT.decode()
    assert 'as="font"' not in patched()


def test_for_a_signed_in_user_charts_are_asked_for_at_once():
    now, later = parts(patched(signed_in=True))
    assert later == ""
    assert set(requested(now)) >= modules.of_form() | modules.of_screens()
    # Where the first screen has no table, browsers warn that its preloaded style is not used.
    assert re.search(r'<link rel="prefetch"[^>]*static/css/DataFrame\.[^"]*\.css', now)


@pytest.mark.parametrize("signed_in", [True, False])
def test_the_page_requests_nothing_twice(signed_in):
    names = requested(patched(signed_in))
    assert len(names) == len(set(names))


def test_what_is_requested_early_exists_and_renders_forms_charts_and_tables():
    assert all((SCRIPTS / name).is_file() for name in modules.of_first_screens())
    for renderers, found in ((modules.FORM, modules.of_form()), (modules.SCREENS, modules.of_screens() | modules.of_form())):
        for renderer in renderers:
            assert any(name.startswith(f"{renderer}.") for name in found), f"{renderer} is not requested early"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("page")) as running:
        yield running


def body(server, **headers):
    return send_request(server, "/structures", accept="text/html", **headers)[2].decode()


def test_the_server_tells_a_signed_in_user_from_the_others(server):
    assert 'id="ror-later"' in body(server)
    assert 'id="ror-later"' in body(server, cookie="ror_session=over")
    assert 'id="ror-later"' not in body(server, cookie=cookie(CORALIE))
