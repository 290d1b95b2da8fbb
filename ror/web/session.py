"""The account signed in, and the rights that pages require before they render anything."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import wraps
from typing import Any, NoReturn

import streamlit as st
from streamlit.errors import StreamlitAPIException

from ror.errors import RorError
from ror.model.rights import Account, Action, entitled
from ror.services import journal
from ror.services.accounts import devices, sign_in
from ror.services.rights import lacks_second_factor
from ror.settings import PAGES
from ror.store.engine.database import Database, open_database
from ror.web import footer, home, titles, unexpected_errors
from ror.web.server import cookies, reruns

_ACCOUNT, _CURRENT, _DRAWN = "account", "current_account", "page-drawn"
_MAX_REUSE_SECONDS = 0.5
"""Seconds for which a run of the script reuses the account that it has read."""
OVER = "Votre session est terminée : connectez-vous de nouveau."

connection_token: ContextVar[str | None] = ContextVar("connection_token", default=None)
"""The session token of the browser whose connection is being served; None outside of a connection."""


def database() -> Database:
    """Return the database of this server."""
    return open_database()


def token() -> str:
    """Return the session token that the browser sent when it connected."""
    return st.context.cookies.get(cookies.SESSION, "")


def address() -> str:
    """Return the network address of the browser."""
    return st.context.ip_address or "127.0.0.1"


def browser_mark() -> str:
    """Return the mark of the browser, "" for a new one: see `services.accounts.devices`."""
    return st.context.cookies.get(devices.COOKIE, "")


def current() -> Account | None:
    """Return the account signed in, read again at each run, None when nobody is.

    Only an action of the user prolongs the session. The rest of the run is journalled with the browser's network address.
    """
    journal.acting_from(address())
    run, now = reruns.name(), time.monotonic()
    cached: tuple[str, float, Account] | None = st.session_state.get(_CURRENT)
    # The frame, the page and its fragments call this in turn: with PostgreSQL, three statements each time.
    if cached is not None and run and cached[0] == run and now - cached[1] < _MAX_REUSE_SECONDS:
        reruns.set_account(cached[2])
        return cached[2]
    account = sign_in.account_of(database(), token(), datetime.now(UTC), user_action=reruns.take_user_act())
    reruns.set_account(account)
    st.session_state[_CURRENT] = (run, now, account) if account else None
    return account


def require(action: Action) -> Account:
    """Return the account signed in; stop the script when nobody is, or without the right. Every page begins with this."""
    account = current()
    if account is None:
        st.stop()
    return _check_right(account, action)


def _check_right(account: Account, action: Action) -> Account:
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


def _refuse(reason: str, label: str, page: str) -> NoReturn:
    """Render why this page is refused, with a button to another page, and stop the script."""
    titles.show("Accès refusé")
    st.title("Accès refusé")
    st.warning(reason)
    if st.button(label, key="way_out", icon=":material/arrow_forward:"):
        st.switch_page(PAGES / page)
    # `st.stop` also ends the shell, which renders the footer after the page.
    st.html(footer.html(inside=True))
    st.stop()


def allows(action: Action) -> bool:
    """Return whether to render a control that needs this right; its action checks the right again."""
    account = st.session_state.get(_ACCOUNT)
    return isinstance(account, Account) and entitled(account, action)


def deferred_file(
    create: Callable[[Account], bytes], format_message: Callable[[str], bytes] = str.encode
) -> Callable[[], bytes]:
    """Return the function that a download button calls when it is pressed, outside of any run of the script.

    `create` gets the account signed in by then. A refusal cannot be rendered on screen at that point: the file holds its
    sentence instead, in its own format by `format_message`. Streamlit calls the function for any browser that sends the id
    of the file: one with another session gets a sentence too.
    """
    session_token, network_address = token(), address()

    def file() -> bytes:
        if connection_token.get() not in (None, session_token):
            return format_message(OVER)
        journal.acting_from(network_address)
        account = sign_in.account_of(database(), session_token, datetime.now(UTC))
        try:
            return create(account) if account else format_message(OVER)
        except RorError as error:
            return format_message(error.user_message)
        except Exception as error:
            return format_message(unexpected_errors.report(error))

    return file


def fragment(action: Action, key: str | None = None) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Decorate a part of a page that reruns alone, and checks the right again at each rerun.

    The function gets the account as its first argument. Once the session is over, the whole page reruns and renders the
    sign-in form. A callback may rerun the fragment by its `key`, instead of the fragment of the widget.
    """

    def decorate(render: Callable[..., None]) -> Callable[..., None]:
        @st.fragment(key=key)
        @wraps(render)
        def fragment_function(*args: Any) -> None:
            account = current()
            if account is None:
                st.rerun()
            render(_check_right(account, action), *args)

        return fragment_function

    return decorate


@contextmanager
def whole_page() -> Iterator[None]:
    """Record that the whole page is being drawn: an exception, as that of an interrupted run, leaves it not drawn."""
    st.session_state[_DRAWN] = False
    yield
    st.session_state[_DRAWN] = True


def require_whole_page() -> None:
    """Have the whole page run; to be called in a callback. It holds until it ran, whatever else interrupts it first."""
    st.session_state[_DRAWN] = False


def rerun_fragment(key: str | list[str]) -> None:
    """Rerun a fragment, or several; to be called in a callback.

    The whole page runs where the fragment is not drawn, as when another page was asked for at the same moment, and after
    a run of the whole page that was interrupted: it left parts as they were, and fragments where they stood before it.
    """
    if not st.session_state.get(_DRAWN, True):
        st.rerun()
    with suppress(StreamlitAPIException):
        st.rerun(key)


def sign_out() -> None:
    """Close the session; the cookie that the browser still has gives no access any more."""
    st.session_state.pop(_CURRENT, None)
    sign_in.sign_out(database(), token())
