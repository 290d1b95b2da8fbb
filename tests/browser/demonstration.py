"""Visitors of the demonstration with an open session: tests of something else than the sign-in form save its page."""

import re
import shutil
from pathlib import Path

from playwright.sync_api import Page

from ror.services.operations.demonstration import FED_UNIT, SIGN_INS
from ror.store import accounts
from ror.store.engine.database import Database
from scripts.browser import settle
from tests.attacks.helpers import declare_elsewhere, open_for, screen, token
from tests.harness import Server


def copy_with_sessions(seeded: Path, path: Path) -> Path:
    """Copy the demonstration's database to a path, with an open session for each printed account; return that path."""
    shutil.copy(seeded, path)
    db = Database(path)
    for login in SIGN_INS:
        with db.reader() as cursor:
            stored = accounts.by_login(cursor, login)
        assert stored is not None
        open_for(db, stored[0])
    db.close()
    return path


def open_signed_in(page: Page, address: str, login: str) -> None:
    """Open an address of a server on such a copy, as the account with this login, and wait until it is drawn."""
    page.context.add_cookies([{"name": "ror_session", "value": token(f"demo-{login}"), "url": address}])
    page.goto(address)
    settle(page)


def declare_another_number(server: Server) -> None:
    """Declare another number for a unit of the manager of such a copy, in a tab of its own, without a browser."""
    with screen(server, "demo-responsable") as tab:
        tab.open("mise-a-jour", f"unite={FED_UNIT}")
        shown = re.search(r'class="ror-number"><b>(\d+)', " ".join(tab.texts()))
    assert shown
    declare_elsewhere(server, "demo-responsable", FED_UNIT, int(shown[1]) - 1 if int(shown[1]) else 1)
