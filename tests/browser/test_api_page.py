"""The page that documents the JSON interface, in a real Chromium: it works under our policy, without other servers."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from ror.model.rights import Perimeter
from ror.model.tokens import TokenScope
from ror.services.accounts import tokens
from ror.store.engine.database import Database
from tests.attacks.helpers import prepare, serving
from tests.region import own_settings

__all__ = ["own_settings"]


@pytest.fixture
def server_and_token(tmp_path):
    prepare(tmp_path / "ror.duckdb")
    database = Database(tmp_path / "ror.duckdb")
    _, text = tokens.create_token(database, None, "Essais", [TokenScope.READ], Perimeter(), 1, datetime.now(UTC))
    database.close()
    with serving(tmp_path) as server:
        yield server, text


def test_the_interface_is_read_and_tried_from_its_page_wide_and_on_a_phone(page_factory, server_and_token):
    server, text = server_and_token
    page, messages, hosts = page_factory(), [], set()
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.goto(f"{server.url}/api/v1/docs")
    page.get_by_role("button", name="Authorize").first.click()
    page.locator(".auth-container input").fill(text)
    page.locator(".auth-btn-wrapper .authorize").click()
    page.locator(".auth-btn-wrapper .btn-done").click()
    page.get_by_text("What units offer, now or at a past instant").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table tbody .response-col_status").first).to_contain_text("200")
    expect(page.locator(".live-responses-table")).to_contain_text("Hôpital fictif des Tilleuls")
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert messages == []
    assert hosts - {""} == {urlsplit(server.url).netloc}
