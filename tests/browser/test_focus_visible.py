"""The Tab key shows its focus on the pages without Streamlit; those with it are walked in `test_accessibility`."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.attacks.helpers import prepare, serving
from tests.browser import keyboard


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that this module shares: its tests change nothing that another one depends on."""
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
