"""Our static files, which are the same for every user."""

import re
from pathlib import Path

import pytest
from streamlit.file_util import get_static_dir

from ror.web.server import assets

FOLDER = Path(get_static_dir()) / "static"


@pytest.mark.parametrize("name", [assets.STYLE, assets.ICON, assets.START, assets.ICONS])
def test_the_address_of_a_file_changes_with_its_content(name, monkeypatch):
    before = assets.address(name)
    assets.address.cache_clear()
    monkeypatch.setattr(assets, "content", lambda _: b"other")
    try:
        assert assets.address(name) != before
    finally:
        assets.address.cache_clear()


def test_the_style_of_streamlit_draws_icons_with_our_font_and_finds_its_others():
    (original,) = (FOLDER / "css").glob("index.*.css")
    style = assets.content(assets.STREAMLIT_STYLE).decode()
    addresses = re.findall(r"url\(([^)]*)\)", style)
    assert len(addresses) == original.read_text("utf-8").count("url(")
    assert addresses.count(assets.address(assets.ICONS)) == 1
    font_addresses = [one for one in addresses if one != assets.address(assets.ICONS) and not one.startswith("data:")]
    assert all(one.startswith("/static/") and (FOLDER.parent / one[1:]).is_file() for one in font_addresses)
    assert "MaterialSymbols" not in style


def test_text_is_shown_before_its_font_has_arrived():
    style = assets.content(assets.STREAMLIT_STYLE).decode()
    faces = [face for face in re.findall(r"@font-face\{[^}]*\}", style) if "font-family:Source Sans;" in face]
    assert faces
    assert all("font-display:swap" in face for face in faces)
