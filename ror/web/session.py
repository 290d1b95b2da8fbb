"""Who is looking: the gate that every page begins with."""

import time
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import wraps
from typing import Any, NoReturn

import streamlit as st

from ror.errors import RorError
from ror.model.rights import Account, Action, entitled
from ror.services import journal
from ror.services.accounts import devices, sign_in
from ror.services.rights import lacks_second_factor
from ror.settings import PAGES
from ror.store.engine.database import Database, open_database
from ror.web import home, unexpected_errors
from ror.web.server import cookies, reruns

_ACCOUNT, _CURRENT = "account", "current_account"
_ONE_RUN = 0.5
"""Seconds after which the account is read anew even within a run."""
OVER = "Votre session est terminée : connectez-vous de nouveau."

asking: ContextVar[str | None] = ContextVar("asking", default=None)
"""The session token of the browser whose connection is being served; None outside of any."""


def database() -> Database:
    """The database of this server."""
    return open_database()


def token() -> str:
    """The session token that the browser sent when it connected."""
    return st.context.cookies.get(cookies.SESSION, "")


def address() -> str:
    """The network address of the browser."""
    return st.context.ip_address or "127.0.0.1"


def mark() -> str:
    """The mark of a browser that somebody signed in from before: see `services.devices`."""
    return st.context.cookies.get(devices.COOKIE, "")


def current() -> Account | None:
    """The account signed in, read anew at each run; None when nobody is. Only what its user does prolongs the session.

    What the run does next is journalled as coming from the browser's network address.
    """
    journal.acting_from(address())
    run, now = reruns.name(), time.monotonic()
    kept: tuple[str, float, Account] | None = st.session_state.get(_CURRENT)
    # The frame, the page and its fragments ask in turn: on a server, three questions each time.
    if kept is not None and run and kept[0] == run and now - kept[1] < _ONE_RUN:
        reruns.set_account(kept[2])
        return kept[2]
    account = sign_in.account_of(database(), token(), datetime.now(UTC), gesture=reruns.take_user_act())
    reruns.set_account(account)
    st.session_state[_CURRENT] = (run, now, account) if account else None
    return account


def require(action: Action) -> Account:
    """The account signed in, or nothing is served: every page begins with this."""
    account = current()
    if account is None:
        st.stop()
    return _allowed(account, action)


def _allowed(account: Account, action: Action) -> Account:
    if not entitled(account, action):
        _refuse(
            "Votre compte ne donne pas accès à cet écran. Adressez-vous au support pour y être habilité.",
            "Aller à la première page",
            f"{home.first_page(account)}.py",
        )
    st.session_state[_ACCOUNT] = account
    if lacks_second_factor(account, action):
        _refuse(
            "L'administration demande un second facteur : activez le vôtre dans « Mon compte ».",
            "Ouvrir « Mon compte »",
            "mon_compte.py",
        )
    return account


def _refuse(why: str, way: str, page: str) -> NoReturn:
    """Say why nothing is served here, and give the way to another page."""
    st.warning(why)
    if st.button(way, key="way_out", icon=":material/arrow_forward:"):
        st.switch_page(PAGES / page)
    st.stop()


def allows(action: Action) -> bool:
    """Whether a control that needs this right is worth drawing; the gesture behind it asks for the right again."""
    account = st.session_state.get(_ACCOUNT)
    return isinstance(account, Account) and entitled(account, action)


def making(file: Callable[[Account], bytes], said: Callable[[str], bytes] = str.encode) -> Callable[[], bytes]:
    """What a download button calls when it is pressed, later and outside of any run: for whoever is signed in then.

    A file cannot be refused on screen at that point: it says itself why it is empty, `said` in its own format. Streamlit
    makes it for whoever sends its id: in another browser than the one that the button was drawn for, it says so too.
    """
    pressed_by, pressed_from = token(), address()

    def made() -> bytes:
        if asking.get() not in (None, pressed_by):
            return said(OVER)
        journal.acting_from(pressed_from)
        account = sign_in.account_of(database(), pressed_by, datetime.now(UTC))
        try:
            return file(account) if account else said(OVER)
        except RorError as error:
            return said(error.message)
        except Exception as error:
            return said(unexpected_errors.report(error))

    return made


def fragment(action: Action, key: str | None = None) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A part of a page that reruns alone, and asks for the right again each time it does.

    The function gets the account first. Once the session is over, the whole page is run again: it shows the sign-in form.
    A callback may have it rerun by its `key`, instead of what holds the widget.
    """

    def decorate(draw: Callable[..., None]) -> Callable[..., None]:
        @st.fragment(key=key)
        @wraps(draw)
        def drawn(*args: Any) -> None:
            account = current()
            if account is None:
                st.rerun()
            draw(_allowed(account, action), *args)

        return drawn

    return decorate


def sign_out() -> None:
    """End the session; the cookie that the browser still holds is worth nothing from now on."""
    st.session_state.pop(_CURRENT, None)
    sign_in.sign_out(database(), token())
