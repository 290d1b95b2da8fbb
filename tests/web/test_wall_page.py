"""The page of the wall: its addresses, its colours, and what its files may not do."""

import re

import pytest

from ror.model.freshness import age_bands
from ror.services.coordination import displays
from ror.settings import ROOT
from ror.web.server import assets, policy, wall_page
from ror.web.server.live_hub import EVERYTHING, Hub, _OpenPage
from tests.loops import run_coroutine
from tests.region import own_settings

__all__ = ["own_settings"]

GRAPHICS, TEXT = 3.0, 4.5


def colours_of(theme):
    """Return the colours of a theme by the names of their variables."""
    style = assets.content(assets.WALL_STYLE).decode()
    dark, light = (re.search(rf"^{re.escape(name)} \{{(.*?)^\}}", style, re.DOTALL | re.MULTILINE)[1] for name in BLOCKS)
    colours_of_dark = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", dark))
    return colours_of_dark | (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", light)) if theme == "light" else {})


BLOCKS = ("html", 'html[data-theme="light"]')


def luminance(colour):
    digits = colour.removeprefix("#")
    digits = digits if len(digits) == 6 else "".join(2 * one for one in digits)
    parts = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(colour, ground):
    high, low = sorted((luminance(colour), luminance(ground)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_wall_is_at_its_address_and_below_it_alone():
    assert displays.ADDRESS == policy.WALL
    assert all(map(policy.is_wall, ("/mur", "/mur/contenu", "/mur/autre")))
    assert not any(map(policy.is_wall, ("/", "/murmure", "/mur-ancien", "/aide/mur")))


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_colour_is_distinct_from_what_it_stands_on(theme):
    colours = colours_of(theme)
    for ground in ("panel", "ground"):
        for ink in ("ink", "quiet"):
            assert contrast(colours[ink], colours[ground]) >= TEXT
    for band in range(6):
        for ground in ("panel", "land"):
            assert contrast(colours[f"band-{band}"], colours[ground]) >= GRAPHICS, (theme, band, ground)
    assert contrast(colours["ink"], colours["halo"]) >= TEXT


def test_the_light_colours_are_those_of_the_legend():
    colours = colours_of("light")
    assert [colours[f"band-{band.rank}"] for band in age_bands()] == [band.colour for band in age_bands()]


def test_the_page_names_its_files_by_their_content_and_holds_no_script_of_its_own():
    page = wall_page.response().body.decode()
    for name in (*assets.WALL_SCRIPTS, assets.WALL_STYLE):
        assert assets.address(name) in page
    assert re.findall(r"<script[^>]*>(.*?)</script>", page) == ["", ""]
    assert "style=" not in page
    assert f'data-version="{wall_page.version()}"' in page


def test_a_wall_hears_of_numbers_alone_whatever_it_asks_for():
    async def subscribed():
        hub, page = Hub(), _OpenPage()
        hub._subscribe(page, {"shows": ["account:camille", "*"], "position": 0}, frozenset([EVERYTHING]))
        return page.shows

    assert run_coroutine(subscribed()) == {EVERYTHING}


def test_texts_of_the_region_are_never_markup():
    for name in assets.WALL_SCRIPTS:
        script = (ROOT / "ror/web/server" / name).read_text("utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script)
