"""Fixtures that run each page under AppTest, on a real database and with a real session."""

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
from tests.region import own_settings, region_file

__all__ = ["own_settings", "region_file"]

Opened = Callable[..., AppTest]

ADDRESS = "192.0.2.7"
"""The network address of the browser."""


@pytest.fixture
def region(region_file: Path) -> Iterator[Database]:
    """Open the database of the pages: the tiny region without any declaration."""
    st.cache_resource.clear()
    shutil.copy(region_file, settings().database)
    opened = open_database()
    yield opened
    open_database.cache_clear()
    opened.close()


def signed_in(db: Database, login: str) -> str:
    """Open a session for an account, past its second factor if it has one, and return its token."""
    with db.reader() as cursor:
        stored = accounts.by_login(cursor, login)
    assert stored is not None
    account, _ = stored
    return sign_in.open_session(db, sign_in.ticket_for(account), datetime.now(UTC))


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Opened:
    """Return a function that runs a page: the name of its file, the login ("" for nobody), the parameters of its address."""

    def opened(name: str, login: str, **parameters: str) -> AppTest:
        db = request.getfixturevalue("region")
        token = signed_in(db, login) if login else ""
        monkeypatch.setattr(session, "token", lambda: token)
        monkeypatch.setattr(session, "address", lambda: ADDRESS)
        screen = AppTest.from_file(str(PAGES / f"{name}.py"), default_timeout=30)
        for key, value in parameters.items():
            screen.query_params[key] = value
        return screen.run()

    return opened


def texts(screen: AppTest) -> str:
    """Return all text of the page: titles, sentences, HTML, messages."""
    shown = [*screen.title, *screen.header, *screen.subheader, *screen.markdown, *screen.caption, *screen.get("html")]
    shown += [*screen.error, *screen.warning, *screen.info, *screen.success]
    return "\n".join(str(getattr(one, "value", None) or getattr(getattr(one, "proto", None), "body", "")) for one in shown)


def as_read(table: DataFrame) -> DataFrame:
    """Return a table as users read it: without the leading spaces and badge ranks, which are only there to sort its cells."""

    def read(cell: Any) -> Any:
        if isinstance(cell, str):
            return re.sub("^[1-9] (?=[●■▲✕○⊘✓?])", "", cell.strip())
        return [read(one) for one in cell] if isinstance(cell, list | ndarray) else cell

    return table.map(read)
