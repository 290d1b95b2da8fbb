"""The files that are the same for everybody."""

import re
from pathlib import Path

import pytest
from streamlit.file_util import get_static_dir

from ror.web.server import assets

SCRIPTS = Path(get_static_dir()) / "static/js"


@pytest.mark.parametrize("name", [assets.STYLE, assets.ICON, assets.START])
def test_the_address_of_a_file_changes_with_its_content(name, monkeypatch):
    before = assets.address(name)
    assets.address.cache_clear()
    monkeypatch.setattr(assets, "content", lambda _: b"other")
    try:
        assert assets.address(name) != before
    finally:
        assets.address.cache_clear()


def test_what_is_fetched_early_exists_and_holds_what_draws_charts_and_tables():
    names = re.findall(r"js/([^\"]+)\"", assets.preloads().decode())
    assert all((SCRIPTS / name).is_file() for name in names)
    for drawn in assets.RENDERERS:
        assert any(name.startswith(f"{drawn}.") for name in names), f"{drawn} is not fetched early"


def test_the_page_requests_nothing_twice():
    names = re.findall(r"js/([^\"]+)\"", assets.preloads().decode())
    page = (Path(get_static_dir()) / "index.html").read_text("utf-8")
    assert len(names) == len(set(names))
    assert not [name for name in names if name in page]
