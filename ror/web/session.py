"""Who is looking: the gate that every page begins with."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any

import streamlit as st

from ror.errors import RorError
from ror.model.rights import Account, Action, entitled
from ror.services import journal, sign_in
from ror.services.rights import lacks_second_factor
from ror.store.database import Database, open_database
from ror.web import live, trouble

COOKIE = "ror_session"
_ACCOUNT = "account"


def database() -> Database:
    """The database of this server."""
    return open_database()


def token() -> str:
    """The session token that the browser sent when it connected."""
    return st.context.cookies.get(COOKIE, "")


def address() -> str:
    """The network address of the browser."""
    return st.context.ip_address or "127.0.0.1"


def current() -> Account | None:
    """The account signed in, read anew at each run; None when nobody is. A live tick does not prolong the session.

    What the run does next is journalled as coming from the browser's network address.
    """
    journal.acting_from(address())
    return sign_in.account_of(database(), token(), datetime.now(UTC), gesture=not live.woken())


def require(action: Action) -> Account:
    """The account signed in, or nothing is served: every page begins with this."""
    account = current()
    if account is None:
        st.stop()
    if not entitled(account, action):
        st.warning("Votre compte ne donne pas accès à cet écran. Adressez-vous au support pour y être habilité.")
        st.stop()
    st.session_state[_ACCOUNT] = account
    if lacks_second_factor(account, action):
        st.warning("L'administration demande un second facteur : activez le vôtre dans « Mon compte ».")
        st.stop()
    return account


def allows(action: Action) -> bool:
    """Whether a control that needs this right is worth drawing; the gesture behind it asks for the right again."""
    account = st.session_state.get(_ACCOUNT)
    return isinstance(account, Account) and entitled(account, action)


def making(file: Callable[[Account], bytes]) -> Callable[[], bytes]:
    """What a download button calls when it is pressed, later and outside of any run: for whoever is signed in then.

    A file cannot be refused on screen at that point: it says itself why it is empty.
    """
    pressed_by, pressed_from = token(), address()

    def made() -> bytes:
        journal.acting_from(pressed_from)
        account = sign_in.account_of(database(), pressed_by, datetime.now(UTC))
        try:
            return file(account) if account else "Votre session est terminée : connectez-vous de nouveau.".encode()
        except RorError as error:
            return error.message.encode()
        except Exception as error:
            return trouble.noted(error).encode()

    return made


def fragment(action: Action) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A part of a page that reruns alone, and asks for the right again each time it does.

    The function gets the account first. Once the session is over, the whole page is run again: it shows the sign-in form.
    """

    def decorate(draw: Callable[..., None]) -> Callable[..., None]:
        @st.fragment
        @wraps(draw)
        def drawn(*args: Any) -> None:
            if current() is None:
                st.rerun()
            draw(require(action), *args)

        return drawn

    return decorate


def sign_out() -> None:
    """End the session; the cookie that the browser still holds is worth nothing from now on."""
    sign_in.sign_out(database(), token())
