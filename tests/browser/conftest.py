"""Fixtures of the browser tests: pages of the server of a module, signed in to an account, and a mail server."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from ror.model.rights import Account
from scripts.browser import settle
from tests import mailbox
from tests.attacks.helpers import token
from tests.harness import Server


@pytest.fixture(scope="module")
def box() -> Iterator[mailbox.Mailbox]:
    """Yield the mail server that the server of a module is started with."""
    with mailbox.opened() as opened:
        yield opened


@pytest.fixture
def visit(page_factory: Callable[..., Page], server: Server) -> Callable[..., Page]:
    """Return a function that opens a page of the module's `server` as an account that has a session there.

    It waits until the page is drawn; `script` runs before those of the page.
    """

    def opened(account: Account, address: str, width: int = 1440, height: int = 900, script: str = "") -> Page:
        page = page_factory(width, height)
        if script:
            page.add_init_script(script)
        page.context.add_cookies([{"name": "ror_session", "value": token(account), "url": server.url}])
        page.goto(server.url + address)
        settle(page)
        return page

    return opened
