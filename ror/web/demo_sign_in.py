"""The buttons that sign in to an account of the demonstration, and the switch from one of its accounts to another."""

from datetime import UTC, datetime

import streamlit as st

from ror.errors import SignInFailed
from ror.model.rights import Account
from ror.services.accounts.sign_in import PasswordAccepted
from ror.services.operations.demonstration_accounts import sign_in_as
from ror.settings import settings
from ror.web import redirect, session
from ror.web.markdown import literal

LABELS = {
    "responsable": "Responsable de disponibilités",
    "soignant": "Professionnel de santé",
    "coordination": "Coordination",
    "admin": "Administration",
}
"""The accounts, by login, in the order of their buttons."""

_CODE = "Ce compte demande maintenant un second facteur : connectez-vous par le formulaire."


def render_buttons() -> PasswordAccepted | None:
    """Render one button for each account, in a demonstration only; return the accepted sign-in of a pressed one."""
    if not settings().demo:
        return None
    with st.container(key="demo-sign-in", gap="small"):
        st.html("<h2>Essayer, d'une seule pression</h2>")
        with st.container(key="demo-sign-in-buttons", horizontal=True, gap="small"):
            pressed = [login for login, label in LABELS.items() if st.button(label, key=f"demo-{login}", width="stretch")]
        if not pressed:
            return None
        try:
            return sign_in_as(session.database(), pressed[0], datetime.now(UTC), session.browser_mark())
        except SignInFailed as error:
            st.error(literal(error.user_message))
            return None


def switch(account: Account | None, login: str, address: str) -> None:
    """Sign out of `account`, if any, sign in to the account with this login, and open an address. Raises `SignInFailed`."""
    accepted = sign_in_as(session.database(), login, datetime.now(UTC), session.browser_mark())
    if accepted.needs_code:
        raise SignInFailed(_CODE)
    if account is not None:
        session.sign_out()
    redirect.open_session(accepted.ticket, keep=False, target=address)
