"""The forms of a password: forgotten, set by a one-time link, changed by its owner."""

from datetime import UTC, datetime

import streamlit as st

from ror.errors import NotFound, Refused, RorError
from ror.model.passwords import RULE_OF_ADMINISTRATORS, RULES
from ror.model.rights import Account, Role
from ror.services import mail
from ror.services.accounts import links, passwords
from ror.services.accounts.sign_in import PasswordAccepted
from ror.web import redirect, session, titles
from ror.web.forms import actions
from ror.web.markdown import literal


def render_forgotten_form() -> None:
    """Render the form that requests a one-time link; its answer does not reveal whether the account exists."""
    st.title("Mot de passe oublié")
    if not mail.configured():
        st.info(literal(links.NO_MAIL))
        return
    with st.form("forgotten"):
        login = st.text_input("Identifiant ou courriel", key="forgotten_login", autocomplete="username")
        if st.form_submit_button("Recevoir un lien", type="primary", width="stretch"):
            if login.strip():
                st.info(literal(links.request_link(session.database(), login, datetime.now(UTC))))
            else:
                st.error("Indiquez votre identifiant, ou l'adresse de courriel de votre compte.")


def render_link_form(token: str) -> PasswordAccepted | None:
    """Render the form that a one-time link opens; once the password is chosen, return the sign-in of its holder."""
    now = datetime.now(UTC)
    st.title("Choisissez votre mot de passe")
    try:
        account = links.link_account(session.database(), token, now)
    except NotFound as error:
        titles.begin("Lien périmé")
        st.error(literal(error.user_message))
        return None
    titles.begin("Choisir un mot de passe")
    with st.form("by_link"):
        # Rendered with the password, so that a password manager stores both.
        st.text_input("Identifiant", value=account.login, disabled=True, autocomplete="username")
        new = _render_new_password(account)
        if not st.form_submit_button("Choisir ce mot de passe", type="primary", width="stretch"):
            return None
        try:
            return passwords.set_by_link(session.database(), token, _checked_twice(*new), now)
        except RorError as error:
            st.error(literal(error.user_message))
    return None


def render_change_form(account: Account) -> None:
    """Render the form that changes the account's own password; it closes every session and signs this browser in again."""
    with st.form("change_password"):
        old = st.text_input("Mot de passe actuel", key="old_password", type="password", autocomplete="current-password")
        new = _render_new_password(account)
        if not st.form_submit_button("Changer le mot de passe", type="primary"):
            return

        def change(account: Account, now: datetime) -> str:
            return passwords.change(session.database(), account, old, _checked_twice(*new), now, session.browser_mark())

        ticket = actions.run(change, lambda error: st.error(literal(error.user_message)))
    if ticket is not None:
        redirect.open_session(ticket, keep=True)


def _render_new_password(account: Account) -> tuple[str, str]:
    """Render the two fields of a new password with its rules; return both texts."""
    rules = RULE_OF_ADMINISTRATORS if Role.ADMINISTRATOR in account.roles else RULES
    new = st.text_input("Nouveau mot de passe", key="new_password", type="password", autocomplete="new-password")
    again = st.text_input("Le même, une seconde fois", key="new_password_again", type="password", autocomplete="new-password")
    st.caption(
        f"{rules}. Tous les signes servent, espaces et accents compris ; ni mot de passe courant, ni votre nom, votre "
        "identifiant ou votre courriel."
    )
    return new, again


def _checked_twice(new: str, again: str) -> str:
    if new != again:
        raise Refused("Les deux saisies du nouveau mot de passe diffèrent : tapez-le de nouveau dans les deux champs.")
    return new
