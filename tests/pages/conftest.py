"""Each page under AppTest, on a real database, by somebody really signed in."""

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from numpy import ndarray
from pandas import DataFrame
from streamlit.testing.v1 import AppTest

from ror.services.accounts import sign_in
from ror.settings import PAGES, settings
from ror.store import accounts
from ror.store.engine.database import Database, open_database
from ror.web import session
from tests.region import built, own_settings

__all__ = ["built", "own_settings"]

Opened = Callable[..., AppTest]


@pytest.fixture
def region(built: Path) -> Iterator[Database]:
    """The database that the pages open, holding the tiny region without any declaration."""
    st.cache_resource.clear()
    shutil.copy(built, settings().database)
    opened = open_database()
    yield opened
    open_database.cache_clear()
    opened.close()


def signed_in(db: Database, login: str) -> str:
    """The token of a session of somebody who proved who they are, second factor included if there is one."""
    with db.reader() as cursor:
        stored = accounts.by_login(cursor, login)
    assert stored is not None
    account, _ = stored
    return sign_in.open_session(db, sign_in.ticket_for(account), datetime.now(UTC))


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Opened:
    """Opens a page: its file's name, the login of who looks ("" for nobody), the address's parameters."""

    def opened(name: str, login: str, **parameters: str) -> AppTest:
        db = request.getfixturevalue("region")
        token = signed_in(db, login) if login else ""
        monkeypatch.setattr(session, "token", lambda: token)
        monkeypatch.setattr(session, "address", lambda: "192.0.2.7")
        screen = AppTest.from_file(str(PAGES / f"{name}.py"), default_timeout=30)
        for key, value in parameters.items():
            screen.query_params[key] = value
        return screen.run()

    return opened


def texts(screen: AppTest) -> str:
    """Everything that the page says in words: titles, sentences, HTML, messages."""
    said = [*screen.title, *screen.header, *screen.subheader, *screen.markdown, *screen.caption, *screen.get("html")]
    said += [*screen.error, *screen.warning, *screen.info, *screen.success]
    return "\n".join(str(getattr(one, "value", None) or getattr(getattr(one, "proto", None), "body", "")) for one in said)


def as_read(table: DataFrame) -> DataFrame:
    """A table as it is read on screen: without what only sorts its cells, spaces in front of them and ranks of badges."""

    def read(cell: Any) -> Any:
        if isinstance(cell, str):
            return re.sub("^[1-9] (?=[●■▲✕○⊘✓?])", "", cell.strip())
        return [read(one) for one in cell] if isinstance(cell, list | ndarray) else cell

    return table.map(read)
