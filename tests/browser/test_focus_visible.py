"""The keyboard goes through the pages without Streamlit and shows where it is; `test_accessibility` walks the screens."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.attacks.helpers import prepare, serving
from tests.browser import keyboard


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that this module shares; no test depends on what another one changes."""
    folder = tmp_path_factory.mktemp("focus")
    prepare(folder / "ror.duckdb")
    with serving(folder) as running:
        yield running.url


@pytest.mark.parametrize("address", ["mur", "rappel/arreter/inconnu", "api/v1/docs"])
def test_so_it_is_on_the_pages_without_streamlit(visitor: BrowserContext, url: str, address: str) -> None:
    page = visitor.new_page()
    page.goto(f"{url}/{address}")
    expect(page.locator("h1, .title").first).to_be_visible()
    faults = keyboard.problems(page, skip_link=False)
    assert not faults, "\n".join(faults)
    assert page.locator("h1").count() == 1 or address.startswith("api")
