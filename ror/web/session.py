"""Who is looking: the gate that every page begins with."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any

import streamlit as st

from ror.model.rights import Account, Action, entitled
from ror.services import sign_in
from ror.store.database import Database, open_database
from ror.web import live

COOKIE = "ror_session"


def database() -> Database:
    """The database of this server."""
    return open_database()


def token() -> str:
    """The session token that the browser sent when it connected."""
    return st.context.cookies.get(COOKIE, "")


def current() -> Account | None:
    """The account signed in, read anew at each run; None when nobody is. A live tick does not prolong the session."""
    return sign_in.account_of(database(), token(), datetime.now(UTC), gesture=not live.woken())


def require(action: Action) -> Account:
    """The account signed in, or nothing is served: every page begins with this."""
    account = current()
    if account is None:
        st.stop()
    if not entitled(account, action):
        st.warning("Votre compte ne donne pas accès à cet écran. Adressez-vous au support pour y être habilité.")
        st.stop()
    return account


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
